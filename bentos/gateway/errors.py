"""What goes wrong between the gateway and a backend, and a backend's errors as ours again."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

from pydantic import JsonValue, ValidationError

from models.base.exceptions import (
    LinguaNexusError,
    ModelError,
    ModelNotReadyError,
    OverloadedError,
    TranslationError,
)
from models.base.request_models import ErrorDetail, ErrorResponse

_REFUSED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_REFUSED_CODES: Final = frozenset({"unauthorized", "forbidden"})
_SERVERS_FAULT: Final = 500
_METHOD: Final = re.compile(r"[A-Z]{1,16}")
_LONGEST_WAIT_S: Final = 86_400
_ALIVE: Final = frozenset({OverloadedError.code, TranslationError.code})


class BackendError(ModelError):
    """The model's service broke the connection, or answered what cannot be read."""

    def __init__(
        self,
        message: str = "The model's service gave an answer that cannot be read.",
        **details: JsonValue,
    ) -> None:
        super().__init__(message, **details)


class BackendUnavailableError(ModelNotReadyError):
    """No service of the model is up; worth another try after `retry_after_s` seconds."""

    def __init__(
        self, message: str = "The model's service is not available.", retry_after_s: int = 1
    ) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s


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
    if not HTTPStatus.BAD_REQUEST <= status < _SERVERS_FAULT:
        return None
    return _kind_of("invalid_request")


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
    if kind.code == "method_not_allowed":
        methods = allowed if isinstance(allowed, list) else []
        details["allowed"] = [one for one in methods if _METHOD.fullmatch(str(one))]
        vars(error)["allowed"] = details["allowed"]
    return error


def _seconds(value: JsonValue) -> int | None:
    return int(value) if isinstance(value, int) and 0 <= value <= _LONGEST_WAIT_S else None
