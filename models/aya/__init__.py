"""Aya Expanse, behind the shared contract."""

from models.aya.model import AyaModel

__all__ = ["AyaModel"]
