"""What can go wrong in a translation, by name; nothing of HTTP.

LinguaNexusError
├── EmptyTextError
├── TextTooLongError
├── UnsupportedLanguageError
├── SameLanguageError
└── ModelError
    ├── InitializationError
    ├── ModelNotReadyError
    ├── OverloadedError
    ├── DeadlineExceededError
    └── TranslationError
"""

import re
from typing import ClassVar

from pydantic import JsonValue
from typing_extensions import override


class LinguaNexusError(Exception):
    """Base of every error of ours.

    `code` is stable and follows from the class's name; `message` may be shown to the caller and
    never quotes his
    text; `details` is machine readable and equally free of it.
    """

    code: ClassVar[str] = "lingua_nexus"

    @override
    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__.removesuffix("Error")).lower()

    def __init__(self, message: str, **details: JsonValue) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class EmptyTextError(LinguaNexusError):
    """The text holds nothing but white space."""


class TextTooLongError(LinguaNexusError):
    """The text, or the number of items, is over the limit set."""


class UnsupportedLanguageError(LinguaNexusError):
    """A language nobody knows, or this model does not speak; `details["language"]` names it."""

    def __init__(
        self, language: str, reason: str = "is not supported by this model", **details: JsonValue
    ) -> None:
        super().__init__(f"Language {language!r} {reason}.", language=language, **details)


class SameLanguageError(LinguaNexusError):
    """Source and target were given and are one language."""

    def __init__(self, language: str) -> None:
        super().__init__(f"Source and target language are both {language!r}.", language=language)


class ModelError(LinguaNexusError):
    """The model's fault, not the caller's."""


class InitializationError(ModelError):
    """The model could not be loaded."""


class ModelNotReadyError(ModelError):
    """The model is still loading, failed to load, or is shutting down."""


class OverloadedError(ModelError):
    """The queue is full; worth another try after `retry_after_s` seconds."""

    def __init__(self, message: str, retry_after_s: int = 1) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s


class DeadlineExceededError(ModelError):
    """The translation took longer than it may."""


class TranslationError(ModelError):
    """The engine failed on this text."""
