"""Whole files translated in the background, and the endpoints for it."""
