"""Ollama's API as far as a translator can speak it."""
