"""Where Google's Translation v2 is, who may call it, and how its errors look; answers nothing."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from pydantic import JsonValue
from starlette.types import Scope
from typing_extensions import override

from bentos import errors
from bentos.auth import sent_key
from bentos.dialects.google import router
from bentos.dialects.google.languages import CODES
from bentos.dialects.keyed import KeyedDialect
from bentos.management.errors import UnknownModelError
from models.base.exceptions import (
    LinguaNexusError,
    SameLanguageError,
    TextTooLongError,
    UnsupportedLanguageError,
)

_HEADER: Final = b"x-goog-api-key"
_INVALID: Final = "invalid"

_STATUSES: Final[dict[type[LinguaNexusError], HTTPStatus]] = {
    errors.QuotaExceededError: HTTPStatus.FORBIDDEN,
    errors.InvalidRequestError: HTTPStatus.BAD_REQUEST,
    TextTooLongError: HTTPStatus.BAD_REQUEST,
    UnknownModelError: HTTPStatus.BAD_REQUEST,
}
_BAD: Final = ("INVALID_ARGUMENT", "badRequest")
_NAMES: Final = {
    400: _BAD,
    403: ("PERMISSION_DENIED", "forbidden"),
    404: ("NOT_FOUND", "notFound"),
    405: ("UNIMPLEMENTED", "httpMethodNotAllowed"),
    408: ("DEADLINE_EXCEEDED", "requestTimeout"),
    413: ("INVALID_ARGUMENT", "uploadTooLarge"),
    429: ("RESOURCE_EXHAUSTED", "rateLimitExceeded"),
    500: ("INTERNAL", "backendError"),
    502: ("UNAVAILABLE", "backendError"),
    503: ("UNAVAILABLE", "backendError"),
    504: ("DEADLINE_EXCEEDED", "backendError"),
}


class Google(KeyedDialect):
    """Its key may be in the query, a header or a form."""

    name = "Google Translation v2"
    bases = ("/google", "")
    starts = (router.BASE,)
    router = router.router
    key_field = "key"

    @override
    def key_of(self, scope: Scope) -> bytes | None:
        header = next((value for name, value in scope["headers"] if name == _HEADER), b"")
        return self.query_key(scope) or header.strip() or sent_key(scope["headers"])

    @override
    def status_of(self, error: LinguaNexusError) -> int:
        if isinstance(error, errors.UnauthorizedError):
            return HTTPStatus.BAD_REQUEST if error.key_sent else HTTPStatus.FORBIDDEN
        return errors.nearest(error, _STATUSES) or errors.status_of(error)

    @override
    def body_of(self, error: LinguaNexusError, request_id: str | None) -> Mapping[str, Any]:
        code = int(self.status_of(error))
        status, usual = _NAMES.get(code, _BAD)
        message, reason = _said_of(error)
        item = {"message": message, "domain": "global", "reason": reason or usual}
        return {"error": {"code": code, "message": message, "errors": [item], "status": status}}


def _said_of(error: LinguaNexusError) -> tuple[str, str | None]:
    """Message and reason as its clients know them; no reason: that of the status."""
    message, reason = error.message, None
    match error:
        case errors.UnauthorizedError(key_sent=True):
            message = "API key not valid. Please pass a valid API key."
        case errors.UnauthorizedError():
            message = "The request is missing a valid API key."
        case errors.QuotaExceededError():
            message, reason = "Daily Limit Exceeded", "dailyLimitExceeded"
        case errors.InvalidRequestError():
            reason = _INVALID
        case UnsupportedLanguageError(details={"language": code}):
            message, reason = f"Invalid Value: {_written(code)} is not supported.", _INVALID
        case SameLanguageError(details={"language": code}):
            message = f"Bad language pair: {_written(code)}|{_written(code)}"
        case TextTooLongError(details={"items": _}):
            message, reason = "Too many text segments", _INVALID
        case TextTooLongError():
            message, reason = "Text too long", _INVALID
        case _:
            pass
    return message, reason


def _written(code: JsonValue) -> str:
    return CODES.write(str(code))
