"""Engines that several models may use; none of them is a model."""
