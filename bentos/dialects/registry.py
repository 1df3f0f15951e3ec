"""The APIs of others that are spoken, and which of them a path belongs to."""

from typing import Final

from bentos.dialects.deepl.dialect import DeepL
from bentos.dialects.dialect import Dialect
from bentos.dialects.google.dialect import Google
from bentos.dialects.libretranslate.dialect import LibreTranslate
from bentos.dialects.ollama.api import Ollama
from bentos.dialects.openai.api import OpenAI

DIALECTS: Final[tuple[Dialect, ...]] = (
    OpenAI(),
    Ollama(),
    LibreTranslate(),
    Google(),
    DeepL(),
)


def dialect_at(path: str) -> Dialect | None:
    """None: the path is our own, or nobody's."""
    return next((one for one in DIALECTS if one.base_of(path) is not None), None)
