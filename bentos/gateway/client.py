"""One backend asked in the API that every translation Bento speaks; chooses no backend."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from opentelemetry import propagate
from pydantic import ValidationError

from bentos.contract import Call
from bentos.errors import BackendError
from bentos.gateway.backend import Backend, Reply
from bentos.gateway.errors import error_of, rebuilt
from models.base.exceptions import LinguaNexusError
from models.base.request_models import BatchResponse, TranslationRequest, TranslationResponse

_TRACE: Final = ("traceparent", "tracestate")


async def translate(
    backend: Backend, request: TranslationRequest, call: Call, *, timeout_s: float
) -> TranslationResponse:
    """One text.

    Raises:
        LinguaNexusError: What the backend answered, or what kept it from answering.
    """
    reply = await _post(backend, "/translate", _body(request), call, timeout_s)
    try:
        return TranslationResponse.model_validate_json(reply.body)
    except ValidationError:
        raise BackendError from None


async def translate_batch(
    backend: Backend, requests: Sequence[TranslationRequest], call: Call, *, timeout_s: float
) -> list[TranslationResponse | LinguaNexusError]:
    """Many texts: an outcome for each, in order.

    Raises:
        LinguaNexusError: None of them was tried.
    """
    body = b"[" + b",".join(_body(request) for request in requests) + b"]"
    reply = await _post(backend, "/translate/batch", body, call, timeout_s)
    try:
        results = BatchResponse.model_validate_json(reply.body).results
    except ValidationError:
        raise BackendError from None
    if len(results) != len(requests):
        raise BackendError
    return [one.result or (rebuilt(one.error) if one.error else BackendError()) for one in results]


def stream_body(request: TranslationRequest) -> bytes:
    """What /translate/stream is asked."""
    return _body(request)


def headers_of(call: Call) -> dict[str, str]:
    """What a backend is told of a call beside its body."""
    headers = {"content-type": "application/json"}
    if call.request_id is not None:
        headers["x-request-id"] = call.request_id
    headers |= {name: call.headers[name] for name in _TRACE if name in call.headers}
    propagate.inject(headers)  # where traces are on: ours is the parent, not the caller's
    return headers


def version_of(details: Mapping[str, object]) -> str:
    """Names the weights and the engine exactly, of what `GET /model` answers."""
    names = ("name", "version", "engine", "quantization", "weights", "weights_revision")
    return json.dumps([details.get(name) for name in names])


async def _post(backend: Backend, path: str, body: bytes, call: Call, timeout_s: float) -> Reply:
    reply = await backend.send("POST", path, body, headers_of(call), timeout_s=timeout_s)
    if reply.status != HTTPStatus.OK:
        raise error_of(reply.status, reply.body)
    return reply


def _body(request: TranslationRequest) -> bytes:
    return request.model_dump_json().encode()
