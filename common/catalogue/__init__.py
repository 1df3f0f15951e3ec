"""The models we know of: facts, estimates and advice; of what is installed it knows nothing."""
