"""The models over HTTP, below /api/v1/models: mountable by any Bento; decides nothing."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Depends, Query, Request
from pydantic import JsonValue
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, StreamingResponse

from bentos import openapi
from bentos.management.manager import Manager
from bentos.management.progress import lines
from bentos.management.shapes import (
    CheckReport,
    CheckRequest,
    CurrentModel,
    CurrentModels,
    Filter,
    ImportReport,
    ModelList,
    ModelView,
    Plan,
    PlanRequest,
    PullBody,
    Recommendations,
    RecommendRequest,
    RemoveReport,
    StatisticsResponse,
    SyncReport,
    UseRequest,
)

router = APIRouter(prefix="/api/v1/models", tags=["models"], strict_content_type=False)

_READ: Final = openapi.errors(400, 401, 403, 404, 422, 429, 500)
_MANAGE: Final = openapi.errors(401, 403, 404, 409, 422, 429, 500)


async def _manager(request: Request) -> Manager:
    """One for the app, made when it is first asked for."""
    state = request.app.state
    if not hasattr(state, "manager"):
        state.manager = Manager()
    manager: Manager = state.manager
    return manager


async def _one_check(request: Request) -> AsyncGenerator[None, None]:
    """Waits for its turn: a check reads gigabytes."""
    state = request.app.state
    if not hasattr(state, "one_check"):
        state.one_check = asyncio.Lock()
    async with state.one_check:
        yield


Bound = Annotated[Manager, Depends(_manager)]


@router.get("", operation_id="list_models", responses=_READ)
async def list_models(filters: Annotated[Filter, Query()], manager: Bound) -> ModelList:
    """The catalogue, filtered, with what is installed of it."""
    return await asyncio.to_thread(manager.models, **dict(filters))


@router.get("/current", operation_id="get_current_models", responses=_READ)
async def get_current(manager: Bound) -> CurrentModels:
    """What is used of each family."""
    return await asyncio.to_thread(manager.current)


@router.get("/statistics", operation_id="get_model_statistics", responses=_READ)
async def get_statistics(manager: Bound) -> StatisticsResponse:
    """How much each model was used, and how it did."""
    return await asyncio.to_thread(manager.statistics)


@router.get(
    "/export",
    operation_id="export_models",
    response_class=FileResponse,
    responses={200: {"content": {"application/json": {}}}, **_MANAGE},
)
async def export(manager: Bound) -> FileResponse:
    """Catalogue additions, choices and statistics, for `/import` of another machine."""
    folder = tempfile.TemporaryDirectory(prefix="lingua-nexus-")
    target = await asyncio.to_thread(manager.export, Path(folder.name) / "lingua-nexus.json")
    return FileResponse(
        target,
        media_type="application/json",
        filename=target.name,
        background=BackgroundTask(folder.cleanup),
    )


@router.post("/recommend", operation_id="recommend_models", responses=_READ)
async def recommend(body: RecommendRequest, manager: Bound) -> Recommendations:
    """The models that fit this machine, or the memory given; the best first."""
    return await asyncio.to_thread(manager.recommend, body)


@router.post("/plan", operation_id="plan_model", responses=_READ)
async def plan(body: PlanRequest, manager: Bound) -> Plan:
    """What pulling and serving a model takes; downloads nothing and measures nothing."""
    return await asyncio.to_thread(manager.plan, body)


@router.post(
    "/check", operation_id="check_model", responses=_READ, dependencies=[Depends(_one_check)]
)
async def check(body: CheckRequest, manager: Bound) -> CheckReport:
    """Whether a model can run here, and its files are what was installed; one check at a time."""
    return await asyncio.to_thread(manager.check, body)


@router.post(
    "/pull",
    operation_id="pull_model",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}},
        **_MANAGE,
    },
)
async def pull(body: PullBody, manager: Bound) -> StreamingResponse:
    """Bring a model's weights into the store; a `PullEvent` a line. Leaving cancels it."""
    await asyncio.to_thread(manager.check_pull, body)
    return StreamingResponse(
        lines(manager, body),
        media_type="application/x-ndjson",
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )


@router.post("/use", operation_id="use_model", responses=_MANAGE)
async def use(body: UseRequest, manager: Bound) -> CurrentModel:
    """Make an installed model the default of its family, to be served from the next start on."""
    return await asyncio.to_thread(manager.use, body)


@router.post("/sync", operation_id="sync_models", responses=_MANAGE)
async def sync(manager: Bound) -> SyncReport:
    """Compare the catalogue with the store, and with an Ollama server where one is set."""
    return await asyncio.to_thread(manager.sync)


@router.post("/import", operation_id="import_models", responses=_MANAGE)
async def import_models(body: Annotated[dict[str, Any], Body()], manager: Bound) -> ImportReport:
    """Take over what `/export` gave. Weights come by the command line only."""
    content: dict[str, JsonValue] = body
    return await asyncio.to_thread(manager.import_content, content)


@router.get("/{model}", operation_id="get_catalogue_model", responses=_READ)
async def get_model(model: str, manager: Bound) -> ModelView:
    """One model of the catalogue, by id or alias."""
    return await asyncio.to_thread(manager.model, model)


@router.delete("/{model}", operation_id="remove_model", responses=_MANAGE)
async def remove(model: str, manager: Bound, *, force: bool = False) -> RemoveReport:
    """Delete a model's weights, or one version by its tag, from the store."""
    return RemoveReport(removed=await asyncio.to_thread(manager.remove, model, force=force))
