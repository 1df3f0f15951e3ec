"""NLLB-200; importing it loads neither an engine nor weights."""

from models.nllb.model import NLLBModel

__all__ = ["NLLBModel"]
