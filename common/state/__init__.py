"""What is kept across restarts, in one SQLite file: use, measurements, choices."""
