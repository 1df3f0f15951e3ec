"""APIs of others, spoken so that their clients work unchanged."""
