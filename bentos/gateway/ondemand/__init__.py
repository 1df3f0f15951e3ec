"""Models that the gateway starts and stops itself; not how they are asked."""
