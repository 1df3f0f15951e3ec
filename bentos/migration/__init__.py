"""From the predecessor's deployment to ours: reads its files, writes new ones, starts nothing."""
