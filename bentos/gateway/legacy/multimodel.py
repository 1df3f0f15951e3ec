"""The paths on which the predecessor let callers name a model; they will go."""

import asyncio
from http import HTTPStatus
from typing import Any, Final

from starlette.responses import Response

from bentos.contract import ModelState
from bentos.errors import headers_of, status_of
from bentos.gateway.legacy.endpoint import Asked
from bentos.gateway.legacy.errors import Json, RefusedError
from bentos.gateway.legacy.models import DEFAULT, named, prefers, ready
from bentos.gateway.legacy.profiles import Profile
from bentos.gateway.legacy.shapes import LegacyRequest, MultimodelRequest
from bentos.gateway.legacy.translation import Done, Wanted, require_usable, translate
from bentos.management.errors import UnknownModelError
from models.base.exceptions import LinguaNexusError

_SERVER: Final = Profile.MULTIMODEL
_MOST: Final = 10


async def translate_one(asked: Asked) -> Response:
    """Marked where a model is named: without one any gateway can take it."""
    body: MultimodelRequest = asked.body
    asked.deprecated = "model" in body.model_fields_set
    done = await _translated(asked, body)
    return Json(done.body, headers=done.headers)


async def translate_batch(asked: Asked) -> Response:
    """Each item fails alone, with what it would have been answered by itself."""
    bodies: list[MultimodelRequest] = asked.body
    if len(bodies) > _MOST:
        message = f"Batch size cannot exceed {_MOST} translations"
        raise RefusedError(HTTPStatus.BAD_REQUEST, message)
    if bodies:
        require_usable(asked.states, _SERVER)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_item(asked, *item)) for item in enumerate(bodies)]
    items = [task.result() for task in tasks]
    results = [item for item in items if item["success"]]
    errors = [item for item in items if not item["success"]]
    return Json(
        {
            "results": results,
            "errors": errors,
            "total_processed": len(results),
            "total_errors": len(errors),
        }
    )


async def translate_legacy(asked: Asked) -> Response:
    """Answers with three members only: its clients are older than the others."""
    body: LegacyRequest = asked.body
    try:
        done = await _translated(asked, body)
    except RefusedError as error:
        if error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            message = f"Legacy translation error: {error.status:d}: {error.detail}"
            raise RefusedError(error.status, message) from error
        raise
    return Json(
        {
            "translated_text": done.body["translated_text"],
            "detected_source": done.body["detected_source_lang"] or body.source_lang,
            "time_ms": done.body["time_ms"],
        },
        headers=done.headers,
    )


async def load(asked: Asked) -> Response:
    """Answers once the model is ready."""
    name = asked.request.path_params["name"]
    model = find_model(asked, name).name
    try:
        await asked.models.load(model)
    except LinguaNexusError as error:
        message = f"Failed to load model {name}: {error.message}"
        raise RefusedError(status_of(error), message, headers_of(error)) from error
    return Json({"message": f"Model {name} loaded successfully"})


async def unload(asked: Asked) -> Response:
    """Leaves the others alone."""
    name = asked.request.path_params["name"]
    model = find_model(asked, name).name
    try:
        await asked.models.unload(model)
    except LinguaNexusError as error:
        message = f"Failed to unload model {name}: {error.message}"
        raise RefusedError(status_of(error), message, headers_of(error)) from error
    return Json({"message": f"Model {name} unloaded successfully"})


def find_model(asked: Asked, name: str) -> ModelState:
    """The model a caller's name means.

    Raises:
        RefusedError: None.
    """
    try:
        return named(asked.states, name)
    except UnknownModelError as error:
        available = [state.name for state in asked.states]
        message = f"Model '{name}' not found. Available: {available}"
        raise RefusedError(HTTPStatus.NOT_FOUND, message) from error


async def _translated(asked: Asked, body: LegacyRequest) -> Done:
    require_usable(asked.states, _SERVER)
    name = _model_of(asked, body)
    wanted = Wanted(
        server=_SERVER,
        text=body.text,
        source=body.source_lang,
        target=body.target_lang,
        model=name,
        shown_model=name or DEFAULT,
    )
    return await translate(asked, wanted)


def _model_of(asked: Asked, body: LegacyRequest) -> str | None:
    if isinstance(body, MultimodelRequest) and "model" in body.model_fields_set:
        if body.model:
            return find_model(asked, body.model).name
        return next((state.name for state in ready(asked.states)), None)
    state = prefers(asked.states, DEFAULT)
    return state.name if state else None


async def _item(asked: Asked, index: int, body: MultimodelRequest) -> dict[str, Any]:
    try:
        done = await _translated(asked, body)
    except RefusedError as error:
        return {
            "index": index,
            "success": False,
            "error": error.detail,
            "status_code": int(error.status),
        }
    return {"index": index, "success": True, "result": done.body}
