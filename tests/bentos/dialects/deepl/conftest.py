from tests.bentos.dialects.deepl.calling import deepl

__all__ = ["deepl"]
