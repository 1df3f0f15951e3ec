"""Errors as OpenAI's clients read them; decides nothing else."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from bentos import errors
from bentos.dialects.openai.responses import ErrorBody, ErrorObject
from bentos.management.errors import UnknownModelError
from models.base.chat_model import (
    ChatUnsupportedError,
    ContextLengthExceededError,
    InvalidChatError,
)
from models.base.exceptions import LinguaNexusError, ModelNotReadyError

_CODES: Final = {
    UnknownModelError: "model_not_found",
    errors.UnauthorizedError: "invalid_api_key",
    errors.RateLimitedError: "rate_limit_exceeded",
    errors.QuotaExceededError: "insufficient_quota",
    errors.NotFoundError: "unknown_url",
}
"""All others are our own."""
_PARAMS: Final[dict[type[LinguaNexusError], str]] = {
    UnknownModelError: "model",
    ChatUnsupportedError: "target_lang",
    ContextLengthExceededError: "messages",
    InvalidChatError: "messages",
}
_DESCRIPTIONS: Final = {
    400: "The request cannot be done as it is.",
    401: "The API key is missing or wrong.",
    403: "The API key does not have the scope.",
    404: "There is no such model.",
    408: "The body did not come to its end in time.",
    413: "The body or the text is over the limit set.",
    429: "Too many requests, or the quota is used up.",
    500: "Something unforeseen.",
    502: "The model's service broke the connection.",
    503: "The queue is full, or the model is not ready.",
    504: "It took longer than it may.",
}
_SERVERS_FAULT: Final = 500


def statuses(*but: int) -> dict[int | str, dict[str, Any]]:
    """The errors of an operation, for its schema."""
    return {
        status: {"model": ErrorBody, "description": text}
        for status, text in _DESCRIPTIONS.items()
        if status not in but
    }


def status_of(error: LinguaNexusError) -> int:
    """What is wrong with a request's shape is 400 there."""
    if isinstance(error, errors.InvalidRequestError):
        return HTTPStatus.BAD_REQUEST
    return errors.status_of(error)


def body_of(error: LinguaNexusError) -> Mapping[str, Any]:
    """The body of an error, in an answer or in the middle of a stream."""
    said = ErrorObject(
        message=_message_of(error),
        type=_type_of(error),
        param=_param_of(error),
        code=_CODES.get(type(error), error.code),
    )
    return ErrorBody(error=said).model_dump()


def _message_of(error: LinguaNexusError) -> str:
    if isinstance(error, UnknownModelError):
        name = error.details.get("model")
        return f"The model `{name}` does not exist or you do not have access to it."
    said = str(_first_field(error).get("message") or "")
    return error.message if said in error.message else f"{error.message} {said}"


def _type_of(error: LinguaNexusError) -> str:
    if isinstance(error, errors.QuotaExceededError):
        return "insufficient_quota"
    if isinstance(error, errors.RateLimitedError):
        return "requests"
    if isinstance(error, ModelNotReadyError):
        return "unavailable_error"  # as llama.cpp's server says while it loads
    return "server_error" if status_of(error) >= _SERVERS_FAULT else "invalid_request_error"


def _param_of(error: LinguaNexusError) -> str | None:
    # What comes through a gateway from a model has no details.
    if type(error) in _PARAMS:
        return _PARAMS[type(error)]
    field = error.details.get("field") or _first_field(error).get("field")
    return str(field) if field else None


def _first_field(error: LinguaNexusError) -> Mapping[str, Any]:
    fields = error.details.get("fields")
    first = fields[0] if isinstance(fields, list) and fields else None
    return first if isinstance(first, Mapping) else {}
