"""BentoML services; the only package that imports bentoml."""
