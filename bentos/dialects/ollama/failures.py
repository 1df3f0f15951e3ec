"""Errors as Ollama's clients read them; decides nothing else."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from bentos import errors
from bentos.dialects.ollama.responses import ErrorBody
from bentos.management.errors import NotInstalledError, UnknownModelError
from models.base.exceptions import LinguaNexusError

_STATUSES: Final[dict[type[LinguaNexusError], HTTPStatus]] = {
    errors.InvalidRequestError: HTTPStatus.BAD_REQUEST,
    NotInstalledError: HTTPStatus.NOT_FOUND,
}
_DESCRIPTIONS: Final = {
    400: "The request cannot be done as it is.",
    401: "The API key is missing or wrong.",
    403: "The API key does not have the scope.",
    404: "There is no such model.",
    408: "The body did not come to its end in time.",
    409: "The model is in use, or no Bento serves it.",
    413: "The body or the text is over the limit set.",
    422: "There is no such quantization.",
    429: "Too many requests, or the quota is used up.",
    500: "Something unforeseen.",
    502: "The model's service broke the connection.",
    503: "The queue is full, or the model is not ready.",
    504: "It took longer than it may.",
}


def statuses() -> dict[int | str, dict[str, Any]]:
    """The errors of every operation, for the schema."""
    return {
        status: {"model": ErrorBody, "description": text} for status, text in _DESCRIPTIONS.items()
    }


def status_of(error: LinguaNexusError) -> int:
    """What is wrong with a request's shape is 400 there, and what is not here 404."""
    return _STATUSES.get(type(error)) or errors.status_of(error)


def body_of(error: LinguaNexusError) -> Mapping[str, Any]:
    """The body of an error, in an answer or as the last line of a stream."""
    return {"error": _message_of(error)}


def _message_of(error: LinguaNexusError) -> str:
    if isinstance(error, UnknownModelError):
        return f"model '{error.details.get('model')}' not found"
    fields = error.details.get("fields")
    first = fields[0] if isinstance(fields, list) and fields else None
    said = str(first.get("message") or "") if isinstance(first, Mapping) else ""
    return error.message if said in error.message else f"{error.message} {said}"
