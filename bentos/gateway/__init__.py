"""One URL for all Bentos; holds no weights and knows no engine."""
