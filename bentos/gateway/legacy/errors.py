"""What the predecessor's servers said when they refused; not when they do."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import override

from bentos.errors import headers_of, status_of
from bentos.gateway.legacy.profiles import Profile
from bentos.management.errors import UnknownModelError
from models.base.exceptions import (
    EmptyTextError,
    InitializationError,
    LinguaNexusError,
    ModelNotReadyError,
)


class Json(JSONResponse):
    """Raw UTF-8; what UTF-8 cannot carry goes back as it came, escaped."""

    @override
    def render(self, content: Any) -> bytes:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "backslashreplace")


class RefusedError(Exception):
    """An answer other than 200, ready to be sent."""

    def __init__(
        self, status: int, detail: str | Sequence[Any], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status)
        self.status = status
        self.detail = detail
        self.headers = headers

    def content(self) -> dict[str, Any]:
        return {"detail": self.detail}

    def response(self) -> Response:
        return Json(self.content(), self.status, self.headers)


class LimitedError(RefusedError):
    """The caller came too often; the one body that says so under another name."""

    def __init__(self, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(HTTPStatus.TOO_MANY_REQUESTS, message, headers)

    @override
    def content(self) -> dict[str, Any]:
        return {"error": self.detail}


class InvalidError(RefusedError):
    """The body is not what the path takes; some servers sent it back along with the reasons."""

    def __init__(self, reasons: Sequence[Mapping[str, Any]], body: object) -> None:
        super().__init__(HTTPStatus.UNPROCESSABLE_ENTITY, list(reasons))
        self._reasons = reasons
        self.body = body
        self.with_body = False

    @override
    def content(self) -> dict[str, Any]:
        return super().content() | ({"body": self.body} if self.with_body else {})

    @override
    def response(self) -> Response:
        try:
            return super().response()
        except RecursionError:
            self.with_body = False
            self.detail = [{**reason, "input": None} for reason in self._reasons]
            return super().response()


@dataclass(frozen=True, slots=True)
class Voice:
    """A server's words."""

    not_ready: str
    failed: str
    """Around the reason, and with the model's name, of a translation that failed."""


VOICES: Final = {
    Profile.MAIN: Voice("Model not loaded yet", "Translation error: {reason}"),
    Profile.MULTIMODEL: Voice("Model registry not initialized", "Translation error: {reason}"),
    Profile.SINGLE: Voice("Model not ready", "[{model}] Translation failed: {reason}"),
    Profile.AYA: Voice("Aya model is not available", "Translation failed: {reason}"),
}


def refused(error: LinguaNexusError, server: Profile, model: str = "model") -> RefusedError:
    """An error of ours as this server would have put it."""
    voice, status = VOICES[server], status_of(error)
    if isinstance(error, ModelNotReadyError | InitializationError):
        return RefusedError(status, voice.not_ready, headers_of(error))
    if isinstance(error, EmptyTextError):
        return RefusedError(status, "Empty text provided")
    if isinstance(error, UnknownModelError):
        return RefusedError(status, f"Model '{error.details.get('model')}' not found")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return LimitedError(error.message, headers_of(error))
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return RefusedError(status, voice.failed.format(model=model, reason=error.message))
    return RefusedError(status, error.message, headers_of(error))


async def http_error(request: Request, error: Exception) -> Response:
    """No such path, or not with this method."""
    del request
    if not isinstance(error, HTTPException):
        raise error
    return RefusedError(error.status_code, error.detail, error.headers).response()


async def unforeseen(request: Request, error: Exception) -> Response:
    """Says nothing of what happened; starlette raises it again for the log."""
    del request, error
    return RefusedError(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error").response()
