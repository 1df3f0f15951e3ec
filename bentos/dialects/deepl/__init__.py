"""DeepL's API, versions 2 and 3, as far as its clients use it."""
