"""What `make new:<name>` writes a model from; not a model itself."""
