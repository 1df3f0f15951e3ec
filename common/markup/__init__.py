"""Marked-up documents as the texts in them; knows no model and fetches nothing."""
