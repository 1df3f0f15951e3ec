"""Where LibreTranslate's API is, who may call it, and how its errors look; answers nothing."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter
from starlette.types import Scope
from typing_extensions import override

from bentos import errors
from bentos.auth import TRANSLATE, sent_key
from bentos.dialects.keyed import KeyedDialect
from bentos.dialects.libretranslate import files, service, texts
from bentos.dialects.libretranslate.languages import CODES
from bentos.files.errors import FileNotTranslatedError, InvalidFileError, UnsupportedFileError
from models.base.exceptions import (
    LinguaNexusError,
    ModelError,
    TextTooLongError,
    UnsupportedLanguageError,
)

_OPEN: Final = frozenset(
    {"/languages", "/frontend/settings", "/suggest", "/health", "/spec", "/openapi.json"}
)
_FILES: Final = "/download_file/"
"""Open too: whoever has a file's URL may fetch it."""

_STATUSES: Final[dict[type[LinguaNexusError], HTTPStatus]] = {
    errors.ForbiddenError: HTTPStatus.FORBIDDEN,
    errors.InvalidRequestError: HTTPStatus.BAD_REQUEST,
    TextTooLongError: HTTPStatus.BAD_REQUEST,
    InvalidFileError: HTTPStatus.BAD_REQUEST,
    UnsupportedFileError: HTTPStatus.BAD_REQUEST,
    FileNotTranslatedError: HTTPStatus.NOT_FOUND,
}

_router = APIRouter()
_router.routes.extend([*texts.router.routes, *files.router.routes, *service.router.routes])


class LibreTranslate(KeyedDialect):
    """Its key may be in the body, the query or a header."""

    name = "LibreTranslate"
    bases = ("/libretranslate",)
    router = _router
    key_field = "api_key"

    @override
    def scope_of(self, path: str, method: str) -> str | None:
        return None if path in _OPEN or path.startswith(_FILES) else TRANSLATE

    @override
    def key_of(self, scope: Scope) -> bytes | None:
        return sent_key(scope["headers"]) or self.query_key(scope)

    @override
    def status_of(self, error: LinguaNexusError) -> int:
        if isinstance(error, errors.UnauthorizedError):
            return HTTPStatus.FORBIDDEN if error.key_sent else HTTPStatus.BAD_REQUEST
        if isinstance(error, errors.QuotaExceededError | ModelError):
            return errors.status_of(error)
        return errors.nearest(error, _STATUSES) or errors.status_of(error)

    @override
    def body_of(self, error: LinguaNexusError, request_id: str | None) -> Mapping[str, Any]:
        return {"error": _message_of(error)}


def _message_of(error: LinguaNexusError) -> str:
    """As its clients know them, where one of them might look at it."""
    match error:
        case errors.UnauthorizedError():
            asked = "Please contact the server operator to get an API key"
            return "Invalid API key" if error.key_sent else asked
        case errors.RateLimitedError() | errors.QuotaExceededError():
            return f"Slowdown: {error.message}"
        case UnsupportedLanguageError():
            return f"{CODES.write(str(error.details['language']))} is not supported"
        case TextTooLongError():
            sent = error.details.get("characters", error.details.get("items"))
            limit = error.details.get("limit")
            return f"Invalid request: request ({sent}) exceeds text limit ({limit})"
        case UnsupportedFileError():
            return "Invalid request: file format not supported"
        case _:
            return error.message
