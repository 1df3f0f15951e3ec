"""The gateway's own API below /api/v1: what every Bento offers, and which model it is for."""

import asyncio
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from pydantic import ValidationError

from bentos import openapi
from bentos.contract import Answer, Call
from bentos.errors import BackendError, detail_of
from bentos.gateway.batch import Item
from bentos.gateway.gateway import Gateway
from bentos.gateway.passthrough import EventPassthrough, passed
from bentos.gateway.shapes import (
    BackendList,
    BackendView,
    GatewayBatchItem,
    GatewayBatchResponse,
    GatewayDetectionRequest,
    GatewayHealth,
    GatewayModelList,
    GatewayRequest,
    GatewayResponse,
    GatewayStatus,
    KeepAliveRequest,
    SpokenLanguages,
)
from bentos.gateway.views import languages_of, status_of
from bentos.glossaries.requests import translation_of
from bentos.management.shapes import Filter
from bentos.shapes import ModelResponse
from bentos.validation import check_items, invalid
from models.base.exceptions import LinguaNexusError, ModelNotReadyError
from models.base.request_models import DetectionResponse

router = APIRouter(prefix="/api/v1", strict_content_type=False)

_TRANSLATE: Final = openapi.errors(400, 401, 403, 404, 413, 422, 429, 500, 502, 503, 504)
_READ: Final = openapi.errors(401, 403, 404, 422, 429, 500)
_MANAGE: Final = openapi.errors(401, 403, 404, 422, 429, 500, 503)


async def _gateway(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


async def _call(request: Request, gateway: Annotated[Gateway, Depends(_gateway)]) -> Call:
    return gateway.call_of(request)


Bound = Annotated[Gateway, Depends(_gateway)]
Calling = Annotated[Call, Depends(_call)]


@router.post("/translate", operation_id="translate", tags=["translation"], responses=_TRANSLATE)
async def translate(
    body: GatewayRequest, request: Request, gateway: Bound, call: Calling, response: Response
) -> GatewayResponse:
    """Translate a text of any length, by the model named or by the routes."""
    asked = await translation_of(body, request)
    answer = await gateway.models.translate(asked, body.asked(call))
    if answer.cache is not None:
        response.headers["X-Cache"] = answer.cache.upper()
    return GatewayResponse.of(answer)


@router.post(
    "/translate/batch",
    operation_id="translate_batch",
    tags=["translation"],
    responses=openapi.errors(401, 403, 413, 422, 429, 500),
    openapi_extra=openapi.batch_of(GatewayRequest.__name__),
)
async def translate_batch(
    body: Annotated[list[Any], Body()], request: Request, gateway: Bound, call: Calling
) -> GatewayBatchResponse:
    """Translate many texts; each fails alone, and each may name its model."""
    check_items(len(body), gateway.settings.max_batch_items)
    read = [await _read(item, request, call) for item in body]
    asked = [item for item in read if not isinstance(item, LinguaNexusError)]
    outcomes = iter(await gateway.models.translate_mixed(asked))
    results = [
        _result(item if isinstance(item, LinguaNexusError) else next(outcomes), call)
        for item in read
    ]
    return GatewayBatchResponse(results=results)


@router.post(
    "/translate/stream",
    operation_id="translate_stream",
    tags=["translation"],
    response_class=EventPassthrough,
    status_code=200,
    responses=_TRANSLATE,
)
async def translate_stream(
    body: GatewayRequest, request: Request, gateway: Bound, call: Calling
) -> EventPassthrough:
    """Translate a text, segment by segment, as server-sent events: the model's, as they come.

    The headers `X-Model` and `X-Reason` say who speaks. Routes' demands on warnings and confidence
    hold for whole answers only.
    """
    asked = await translation_of(body, request)
    return await passed(gateway.models, asked, body.asked(call))


@router.post(
    "/detect",
    operation_id="detect",
    tags=["languages"],
    responses=openapi.errors(400, 401, 403, 404, 413, 422, 429, 500),
)
async def detect(body: GatewayDetectionRequest, gateway: Bound, call: Calling) -> DetectionResponse:
    """Tell a text's language, and whether a model speaks it; `und` where there is none to tell."""
    return await gateway.models.detect(body.text, body.asked(call))


@router.get("/languages", operation_id="list_languages", tags=["languages"], responses=_READ)
async def list_languages(gateway: Bound, model: str | None = None) -> SpokenLanguages:
    """The languages spoken behind the gateway, or by one model."""
    return languages_of(gateway.states(model))


@router.get(
    "/model",
    operation_id="get_model",
    tags=["service"],
    responses=openapi.errors(401, 403, 404, 422, 429, 500, 502, 503),
)
async def get_model(gateway: Bound, model: str | None = None) -> ModelResponse:
    """The default model, or the one named, and what of it is loaded, once it was ready."""
    state = gateway.states(model)[0]
    if not state.details:
        raise ModelNotReadyError(f"{state.name} is {state.status}.", retry_after_s=2)
    try:
        return ModelResponse.model_validate(state.details)
    except ValidationError:
        raise BackendError from None


@router.get("/models", operation_id="list_models", tags=["models"], responses=_READ)
async def list_models(filters: Annotated[Filter, Query()], gateway: Bound) -> GatewayModelList:
    """The catalogue, filtered, with what is installed of it, and what stands behind the gateway."""
    found = await asyncio.to_thread(gateway.manager.models, **dict(filters))
    return GatewayModelList(**dict(found), backends=_views(gateway))


@router.get("/backends", operation_id="list_backends", tags=["backends"], responses=_READ)
async def list_backends(gateway: Bound) -> BackendList:
    """The models behind the gateway, the default first."""
    return BackendList(backends=_views(gateway))


@router.get("/backends/{name}", operation_id="get_backend", tags=["backends"], responses=_READ)
async def get_backend(name: str, gateway: Bound) -> BackendView:
    """One of them, by its name or an alias."""
    return BackendView.of(gateway.states(name)[0])


@router.post(
    "/backends/{name}/load", operation_id="load_backend", tags=["backends"], responses=_MANAGE
)
async def load(name: str, gateway: Bound) -> BackendView:
    """Start a model that is on demand, and wait until it is ready; others are left alone."""
    return BackendView.of(await gateway.models.load(name))


@router.post(
    "/backends/{name}/unload", operation_id="unload_backend", tags=["backends"], responses=_MANAGE
)
async def unload(name: str, gateway: Bound) -> BackendView:
    """Stop a model that is on demand once its callers have their answers."""
    return BackendView.of(await gateway.models.unload(name))


@router.put(
    "/backends/{name}/keep_alive",
    operation_id="keep_backend_alive",
    tags=["backends"],
    responses=_MANAGE,
)
async def keep_alive(name: str, body: KeepAliveRequest, gateway: Bound) -> BackendView:
    """How long a model on demand stays once nobody uses it, until it is unloaded."""
    return BackendView.of(gateway.models.keep_alive(name, body.seconds))


@router.get("/gateway", operation_id="get_gateway", tags=["service"], responses=_READ)
async def get_gateway(gateway: Bound) -> GatewayStatus:
    """What the gateway itself knows and counts."""
    return status_of(gateway)


@router.post("/gateway/reload", operation_id="reload_gateway", tags=["service"], responses=_MANAGE)
async def reload(gateway: Bound) -> GatewayStatus:
    """Read the configuration's file now; a bad one leaves the old in force, and is 422."""
    await gateway.reload()
    return status_of(gateway)


@router.get(
    "/health",
    operation_id="get_health",
    tags=["service"],
    responses={503: {"model": GatewayHealth, "description": "Not now."}, **openapi.errors(500)},
)
async def get_health(gateway: Bound, response: Response) -> GatewayHealth:
    """Whether any model can be asked; never asks one."""
    health = GatewayHealth.of(gateway.states())
    response.status_code = HTTPStatus.OK if health.ready else HTTPStatus.SERVICE_UNAVAILABLE
    return health


def _views(gateway: Gateway) -> list[BackendView]:
    return [BackendView.of(state) for state in gateway.states()]


async def _read(item: object, request: Request, call: Call) -> Item | LinguaNexusError:
    try:
        body = GatewayRequest.model_validate(item)
        return await translation_of(body, request), body.asked(call)
    except ValidationError as error:
        return invalid(error.errors(include_input=False, include_url=False))
    except LinguaNexusError as error:
        return error


def _result(outcome: Answer | LinguaNexusError, call: Call) -> GatewayBatchItem:
    if isinstance(outcome, LinguaNexusError):
        return GatewayBatchItem(error=detail_of(outcome, call.request_id))
    return GatewayBatchItem(result=GatewayResponse.of(outcome))
