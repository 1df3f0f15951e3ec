"""What the published schema says beyond what FastAPI reads from the endpoints: errors, keys."""

from functools import partial
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from bentos.auth import MANAGE, TRANSLATE, needed_scope
from bentos.shapes import SegmentEvent
from bentos.streaming import EventStream
from models.base.request_models import ErrorResponse

_REF: Final = "#/components/schemas/{model}"
_KEYS: Final = {
    "ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "Bearer": {"type": "http", "scheme": "bearer"},
}
_DESCRIPTIONS: Final = {
    400: "Blank text, unknown or unsupported language, source and target the same.",
    401: "The API key is missing or wrong.",
    403: "The API key does not have the scope.",
    404: "There is no such thing.",
    408: "The body did not come to its end in time.",
    409: "Not in the state that this needs: not installed, in use, or without a Bento.",
    413: "The text, the body or the list is over the limit set.",
    415: "Files of this kind are not translated.",
    422: "The request's shape is wrong.",
    429: "Too many requests; `Retry-After` says when to come back.",
    502: "The model's service broke the connection, or its answer cannot be read.",
    500: "Something unforeseen; the request id finds it in the log.",
    503: "The queue is full, or the model is not ready; `Retry-After` says when to come back.",
    504: "The translation took longer than it may.",
}
_ERROR: Final = {
    "error": {
        "code": "unsupported_language",
        "message": "Language 'tlh' is not known.",
        "details": {"language": "tlh"},
        "request_id": "3f0c7d0e9d5e4a5f8f6b1c2d3e4f5a6b",
    }
}


def batch_of(item: str) -> dict[str, Any]:
    """A body of items of this schema: they are read one by one, so that a bad one fails alone."""
    example = [
        {"text": "Good morning.", "source_lang": "en", "target_lang": "fr"},
        {"text": "Guten Abend.", "target_lang": "en"},
    ]
    schema = {"title": "Items", "type": "array", "items": {"$ref": _REF.format(model=item)}}
    content = {"application/json": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error body for each of an endpoint's statuses."""
    slow = (HTTPStatus.REQUEST_TIMEOUT,) if HTTPStatus.UNPROCESSABLE_ENTITY in statuses else ()
    return {
        int(status): {"model": ErrorResponse, "description": _DESCRIPTIONS[status]}
        for status in sorted({*statuses, *slow})
    }


def install(app: FastAPI) -> None:
    """Let an app publish the whole of its schema."""
    app.openapi = partial(_schema_of, app)  # type: ignore[method-assign]  # FastAPI's way to extend it


def _schema_of(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schemas = schema["components"]["schemas"]
        schemas[SegmentEvent.__name__] = SegmentEvent.model_json_schema(ref_template=_REF)
        schemas[SegmentEvent.__name__].pop("$defs", None)
        schemas[ErrorResponse.__name__]["example"] = _ERROR
        schema["components"]["securitySchemes"] = _KEYS
        for path, operations in schema["paths"].items():
            for method, operation in operations.items():
                _complete(path, method, operation)
        app.openapi_schema = schema
    return app.openapi_schema


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    scope = needed_scope(path, method.upper())
    keys: list[dict[str, list[str]]] = [{name: []} for name in _KEYS]
    # A service without keys lets everybody translate: `{}` says that none may be needed.
    operation["security"] = {None: [], TRANSLATE: [{}, *keys], MANAGE: keys}[scope]
    for status, response in operation["responses"].items():
        events = response.get("content", {}).get(EventStream.media_type)
        if events is None:
            continue
        if int(status) < HTTPStatus.BAD_REQUEST:
            # OpenAPI 3.1 cannot describe events; `string` would be the wrong type of each.
            events.pop("schema", None)
        else:  # errors are JSON, whatever the endpoint sends otherwise
            response["content"] = {"application/json": events}
