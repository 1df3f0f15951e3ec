"""The one table from exception to HTTP status, and the one error body; raises nothing itself."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import TypeVar, cast

from starlette.responses import JSONResponse

from bentos.files import errors as files
from bentos.glossaries import errors as glossaries
from bentos.management import errors as management
from models.base import chat_model, exceptions
from models.base.exceptions import LinguaNexusError
from models.base.request_models import ErrorDetail, ErrorResponse

_REALM = "lingua-nexus"

Status = TypeVar("Status", bound=int)


class UnauthorizedError(LinguaNexusError):
    """No API key was sent, or one that is not known."""

    def __init__(
        self,
        message: str = "An API key is needed, in X-API-Key or Authorization: Bearer.",
        *,
        key_sent: bool = False,
    ) -> None:
        super().__init__(message)
        self.key_sent = key_sent


class ForbiddenError(LinguaNexusError):
    """The API key is known but does not have the scope."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"This API key does not have the scope {scope!r}.", scope=scope)


class RateLimitedError(LinguaNexusError):
    """Too many requests of one caller; worth another try after `retry_after_s` seconds."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("Too many requests; slow down.", retry_after_s=retry_after_s)


class QuotaExceededError(LinguaNexusError):
    """The caller's characters of the day do not suffice; there are new ones at midnight UTC."""

    def __init__(self, quota: int, left: int, retry_after_s: int) -> None:
        super().__init__(
            f"{left} of the {quota} characters a day are left, fewer than this needs.",
            quota=quota,
            left=left,
            retry_after_s=retry_after_s,
        )


class BodyTooLargeError(LinguaNexusError):
    """The request's body is over the limit set."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The request body is larger than {limit} bytes.", limit=limit)


class RequestTimeoutError(LinguaNexusError):
    """The request's body did not come to its end in time."""

    def __init__(self, timeout_s: float) -> None:
        message = f"The request was not sent within {timeout_s:g} seconds."
        super().__init__(message, timeout_s=timeout_s)


class NotFoundError(LinguaNexusError):
    """Nothing is served at this path."""

    def __init__(self, message: str = "Nothing is served at this path.") -> None:
        super().__init__(message)


class MethodNotAllowedError(LinguaNexusError):
    """The path is served, but not with this method."""

    def __init__(self, allowed: list[str]) -> None:
        super().__init__("This path is not served with this method.", allowed=list(allowed))
        self.allowed = allowed


class InvalidRequestError(LinguaNexusError):
    """The request's shape is wrong: a field missing, unknown or of the wrong type; broken JSON."""


class InternalError(LinguaNexusError):
    """Anything unforeseen; says nothing of what happened inside."""

    def __init__(
        self, message: str = "Something went wrong inside; the request id finds it in the log."
    ) -> None:
        super().__init__(message)


class BackendError(exceptions.ModelError):
    """A gateway's: the model's service broke the connection, or answered what cannot be read."""

    def __init__(
        self, message: str = "The model's service gave an answer that cannot be read."
    ) -> None:
        super().__init__(message)


class BackendUnavailableError(exceptions.ModelNotReadyError):
    """A gateway's: no service of the model is up; another try after `retry_after_s` seconds."""

    def __init__(
        self, message: str = "The model's service is not available.", retry_after_s: int = 1
    ) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s


STATUSES: dict[type[LinguaNexusError], HTTPStatus] = {
    LinguaNexusError: HTTPStatus.INTERNAL_SERVER_ERROR,
    exceptions.EmptyTextError: HTTPStatus.BAD_REQUEST,
    exceptions.SameLanguageError: HTTPStatus.BAD_REQUEST,
    exceptions.UnsupportedLanguageError: HTTPStatus.BAD_REQUEST,
    exceptions.TextTooLongError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    exceptions.InitializationError: HTTPStatus.SERVICE_UNAVAILABLE,
    exceptions.ModelNotReadyError: HTTPStatus.SERVICE_UNAVAILABLE,
    exceptions.OverloadedError: HTTPStatus.SERVICE_UNAVAILABLE,
    exceptions.DeadlineExceededError: HTTPStatus.GATEWAY_TIMEOUT,
    chat_model.ChatUnsupportedError: HTTPStatus.BAD_REQUEST,
    chat_model.InvalidChatError: HTTPStatus.BAD_REQUEST,
    chat_model.ContextLengthExceededError: HTTPStatus.BAD_REQUEST,
    UnauthorizedError: HTTPStatus.UNAUTHORIZED,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    RateLimitedError: HTTPStatus.TOO_MANY_REQUESTS,
    QuotaExceededError: HTTPStatus.TOO_MANY_REQUESTS,
    BodyTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    RequestTimeoutError: HTTPStatus.REQUEST_TIMEOUT,
    NotFoundError: HTTPStatus.NOT_FOUND,
    MethodNotAllowedError: HTTPStatus.METHOD_NOT_ALLOWED,
    InvalidRequestError: HTTPStatus.UNPROCESSABLE_ENTITY,
    management.UnknownModelError: HTTPStatus.NOT_FOUND,
    management.UnknownQuantizationError: HTTPStatus.UNPROCESSABLE_ENTITY,
    management.NotServableError: HTTPStatus.CONFLICT,
    management.NotInstalledError: HTTPStatus.CONFLICT,
    management.ModelInUseError: HTTPStatus.CONFLICT,
    management.InvalidBundleError: HTTPStatus.UNPROCESSABLE_ENTITY,
    BackendError: HTTPStatus.BAD_GATEWAY,
    files.UnsupportedFileError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    files.FileTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    files.InvalidFileError: HTTPStatus.UNPROCESSABLE_ENTITY,
    files.UnknownJobError: HTTPStatus.NOT_FOUND,
    files.FileNotTranslatedError: HTTPStatus.CONFLICT,
    files.FilesUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    glossaries.UnknownGlossaryError: HTTPStatus.NOT_FOUND,
    glossaries.InvalidGlossaryError: HTTPStatus.UNPROCESSABLE_ENTITY,
    glossaries.GlossaryLimitError: HTTPStatus.CONFLICT,
    glossaries.GlossariesUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""A kind that is not here has the status of its nearest ancestor that is."""


def nearest(error: BaseException, table: Mapping[type[LinguaNexusError], Status]) -> Status | None:
    """What a table has for the error's nearest ancestor in it."""
    kinds = cast("Iterable[type[LinguaNexusError]]", type(error).__mro__)
    return next((table[kind] for kind in kinds if kind in table), None)


def status_of(error: BaseException) -> HTTPStatus:
    """The status of the nearest ancestor in the table; 500 for what is not ours."""
    return nearest(error, STATUSES) or HTTPStatus.INTERNAL_SERVER_ERROR


def detail_of(error: BaseException, request_id: str | None = None) -> ErrorDetail:
    """What the caller may know of an error; nothing of one that is not ours."""
    ours = error if isinstance(error, LinguaNexusError) else InternalError()
    return ErrorDetail(
        code=ours.code, message=ours.message, details=ours.details, request_id=request_id
    )


def body_of(error: BaseException, request_id: str | None = None) -> ErrorResponse:
    """The one error body."""
    return ErrorResponse(error=detail_of(error, request_id))


def headers_of(error: BaseException) -> dict[str, str]:
    """What HTTP wants beside a status: when to come back, how to authenticate, which methods."""
    if not isinstance(error, LinguaNexusError):
        return {}
    headers: dict[str, str] = {}
    if "retry_after_s" in error.details:
        headers["Retry-After"] = str(error.details["retry_after_s"])
    if isinstance(error, UnauthorizedError):
        headers["WWW-Authenticate"] = f'Bearer realm="{_REALM}"'
    if isinstance(error, RequestTimeoutError):
        headers["Connection"] = "close"  # what still comes is not the next request
    if isinstance(error, MethodNotAllowedError):
        headers["Allow"] = ", ".join(error.allowed)
    return headers


def response_of(error: BaseException, request_id: str | None = None) -> JSONResponse:
    """The whole answer to a request that failed."""
    body = body_of(error, request_id).model_dump(mode="json")
    return JSONResponse(body, status_code=status_of(error), headers=headers_of(error))
