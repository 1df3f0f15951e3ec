"""Reads a request's JSON body and says what is wrong with it; what it ought to be is elsewhere."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import Request

from bentos.gateway.legacy.errors import InvalidError

Reader = Callable[[object], object]
"""From parsed JSON to what a handler takes; raises `ValidationError`."""

_MAPPING: Final = TypeAdapter(dict[str, Any])


async def json_of(request: Request) -> object:
    """The parsed body; None where there is none, its text where it is not said to be JSON.

    Raises:
        InvalidError: It is said to be JSON, or nothing is said, and it is not.
    """
    raw = await request.body()
    if not raw:
        return None
    text = raw.decode("utf-8", "replace")
    if not _is_json(request.headers.get("content-type")):
        return text
    try:
        return json.loads(raw, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        reason = {
            "type": "json_invalid",
            "loc": ["body", getattr(error, "pos", 0)],
            "msg": "JSON decode error",
            "input": {},
            "ctx": {"error": getattr(error, "msg", "not JSON")},
        }
        raise InvalidError([reason], text) from None


def validated(value: object, reader: Reader) -> object:
    """The body as the handler takes it.

    Raises:
        InvalidError: It is something else.
    """
    if value is None:
        missing = {"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}
        raise InvalidError([missing], None)
    try:
        return reader(value)
    except ValidationError as error:
        raise InvalidError([_reason(one) for one in error.errors()], value) from None


def reader_of(kind: type[object]) -> Reader:
    """Reads a model, or a list of them."""
    adapter = TypeAdapter(kind)
    return lambda value: adapter.validate_python(value, from_attributes=True)


def mapping_reader(model: type[BaseModel]) -> Reader:
    """Reads a model from what must be an object in JSON."""
    return lambda value: model.model_validate(_MAPPING.validate_python(value))


def _is_json(content_type: str | None) -> bool:
    if content_type is None:
        return True
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )


def _finite(number: str) -> float:
    value = float(number)
    return value if math.isfinite(value) else _no_number(number)


def _no_number(name: str) -> float:
    del name  # as long as the caller likes
    message = "a number is not finite"
    raise ValueError(message)


def _reason(error: Mapping[str, Any]) -> dict[str, Any]:
    reason = {**error, "loc": ["body", *error["loc"]]}
    if isinstance(reason.get("ctx", {}).get("error"), Exception):
        reason["ctx"] = {**reason["ctx"], "error": {}}
    return reason
