"""Load tests and benchmarks: they speak HTTP to a running service and import nothing of it."""
