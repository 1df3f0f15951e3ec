"""Glossaries that are kept, and the endpoints for them."""
