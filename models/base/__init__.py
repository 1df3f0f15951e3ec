"""The contract of a model: interface, request shapes, errors."""
