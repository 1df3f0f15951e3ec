"""Google's Cloud Translation API, basic edition (v2)."""
