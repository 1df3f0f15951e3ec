"""Continuous batching over llama.cpp, for any GGUF chat model."""
