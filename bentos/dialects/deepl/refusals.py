"""Errors as DeepL's clients read them: status and body."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel, Field

from bentos import errors
from bentos.files.errors import (
    FileNotTranslatedError,
    InvalidFileError,
    UnknownJobError,
    UnsupportedFileError,
)
from bentos.glossaries.errors import (
    GlossaryLimitError,
    InvalidGlossaryError,
    UnknownGlossaryError,
)
from models.base.exceptions import LinguaNexusError, OverloadedError

QUOTA_EXCEEDED: Final = 456
TOO_BUSY: Final = 529

_STATUSES: Final[dict[type[LinguaNexusError], int]] = {
    errors.UnauthorizedError: HTTPStatus.FORBIDDEN,
    errors.InvalidRequestError: HTTPStatus.BAD_REQUEST,
    errors.QuotaExceededError: QUOTA_EXCEEDED,
    errors.BackendError: HTTPStatus.SERVICE_UNAVAILABLE,
    UnsupportedFileError: HTTPStatus.BAD_REQUEST,
    InvalidFileError: HTTPStatus.BAD_REQUEST,
    FileNotTranslatedError: HTTPStatus.SERVICE_UNAVAILABLE,
    InvalidGlossaryError: HTTPStatus.BAD_REQUEST,
    GlossaryLimitError: QUOTA_EXCEEDED,
    OverloadedError: TOO_BUSY,
}
_MESSAGES: Final[dict[type[LinguaNexusError], str]] = {
    errors.UnauthorizedError: "Authorization failed. Please supply a valid DeepL-Auth-Key.",
    errors.QuotaExceededError: "Quota exceeded",
    errors.RateLimitedError: "Too many requests",
    FileNotTranslatedError: "Document not ready",
    InvalidFileError: "Invalid file data",
    UnknownJobError: "Not found",
    UnsupportedFileError: "Invalid file data",
    UnknownGlossaryError: "Glossary not found",
}
_DESCRIPTIONS: Final = {
    400: "A field is missing or wrong.",
    403: "The key is missing, wrong, or not good for this.",
    404: "There is no such thing.",
    408: "The body did not come to its end in time.",
    413: "The request, or a text of it, is too large.",
    429: "Too many requests; `Retry-After` says when to come back.",
    QUOTA_EXCEEDED: "The characters of the quota, or the room for glossaries, do not suffice.",
    500: "Something unforeseen.",
    503: "Not now: no model is ready, or a document is not done.",
    504: "The translation took longer than it may.",
    TOO_BUSY: "Too many requests at once.",
}


class Refusal(BaseModel):
    """An error."""

    message: str
    detail: str | None = Field(default=None, description="More of it, in English.")


def status_of(error: LinguaNexusError) -> int:
    """The status that DeepL's clients understand."""
    return errors.nearest(error, _STATUSES) or errors.status_of(error)


def body_of(error: LinguaNexusError) -> Mapping[str, Any]:
    """An error, as DeepL's clients read it: both fields are texts, where they are there."""
    message = _MESSAGES.get(type(error))
    if message is None:
        return {"message": error.message}
    return {"message": message, "detail": error.message}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What an operation answers when it fails; some can happen to every one."""
    return {
        status: {"model": Refusal, "description": _DESCRIPTIONS[status]}
        for status in sorted({*statuses, 403, 429, 500})
    }
