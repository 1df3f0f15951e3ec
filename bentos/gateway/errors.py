"""What a backend answered, as the exception it was there; raises nothing itself."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

from pydantic import JsonValue, ValidationError

from bentos.errors import (
    BackendError,
    BackendUnavailableError,
    ForbiddenError,
    InvalidRequestError,
    MethodNotAllowedError,
    UnauthorizedError,
)
from models.base.exceptions import LinguaNexusError, OverloadedError, TranslationError
from models.base.request_models import ErrorDetail, ErrorResponse

__all__ = ["BackendError", "BackendUnavailableError", "error_of", "is_about_the_text", "rebuilt"]

_REFUSED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_REFUSED_CODES: Final = frozenset({UnauthorizedError.code, ForbiddenError.code})
_SERVERS_FAULT: Final = 500
_METHOD: Final = re.compile(r"[A-Z]{1,16}")
_LONGEST_WAIT_S: Final = 86_400
_ALIVE: Final = frozenset({OverloadedError.code, TranslationError.code})


def error_of(status: int, body: bytes) -> LinguaNexusError:
    """The exception that a backend answered; returned, not raised.

    Its class, message and details are those it had there. That the backend refuses the gateway's
    key, or answers no error body of ours, is not the caller's fault: a `BackendError`.
    """
    detail = _read(body)
    if status in _REFUSED or (detail is not None and detail.code in _REFUSED_CODES):
        return BackendError("The model's service does not accept the gateway's API key.")
    if detail is None:
        return BackendError()
    kind = _kind_of(detail.code) or _stand_in(status)
    return BackendError() if kind is None else _rebuilt(kind, detail)


def rebuilt(detail: ErrorDetail) -> LinguaNexusError:
    """The exception that an item of a backend's batch failed with; returned, not raised."""
    kind = _kind_of(detail.code)
    return BackendError() if kind is None else _rebuilt(kind, detail)


def is_about_the_text(status: int, body: bytes) -> bool:
    """Whether an answer of 5xx comes from a service that is well: full, or beaten by one text."""
    detail = _read(body) if status >= _SERVERS_FAULT else None
    return detail is not None and detail.code in _ALIVE


def _read(body: bytes) -> ErrorDetail | None:
    try:
        return ErrorResponse.model_validate_json(body).error
    except ValidationError:
        return None


def _kind_of(code: str) -> type[LinguaNexusError] | None:
    return next((kind for kind in _kinds(LinguaNexusError) if kind.code == code), None)


def _kinds(base: type[LinguaNexusError]) -> Iterator[type[LinguaNexusError]]:
    yield base
    for kind in base.__subclasses__():
        yield from _kinds(kind)


def _stand_in(status: int) -> type[LinguaNexusError] | None:
    """For a code of another version: the caller's fault stays the caller's."""
    is_callers_fault = HTTPStatus.BAD_REQUEST <= status < _SERVERS_FAULT
    return InvalidRequestError if is_callers_fault else None


def _rebuilt(kind: type[LinguaNexusError], detail: ErrorDetail) -> LinguaNexusError:
    """Past the class's own `__init__`, whose arguments are not in the body."""
    error = kind.__new__(kind, detail.message)
    error.message = detail.message
    error.details = details = dict(detail.details)
    # These two become headers: nothing else may stand in them.
    wait_s, allowed = details.pop("retry_after_s", None), details.pop("allowed", None)
    if isinstance(error, OverloadedError | BackendUnavailableError):
        error.retry_after_s = details["retry_after_s"] = _seconds(wait_s) or 1
    elif _seconds(wait_s) is not None:
        details["retry_after_s"] = _seconds(wait_s)
    if isinstance(error, MethodNotAllowedError):
        named = allowed if isinstance(allowed, list) else []
        error.allowed = [str(one) for one in named if _METHOD.fullmatch(str(one))]
        details["allowed"] = list(error.allowed)
    return error


def _seconds(value: JsonValue) -> int | None:
    return int(value) if isinstance(value, int) and 0 <= value <= _LONGEST_WAIT_S else None
