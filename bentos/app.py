"""The endpoints of every translation Bento; nothing of BentoML."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, FastAPI, Request, Response

from bentos import openapi
from bentos.application import application
from bentos.backing import Backing
from bentos.dialects.mount import DialectRoute, bind_dialects
from bentos.dialects.registry import DIALECTS
from bentos.files.router import files_router
from bentos.glossaries.requests import TranslationRequest, item_of, translation_of
from bentos.glossaries.router import glossaries_router
from bentos.languages import info_of, languages_of
from bentos.lifecycle import Status
from bentos.management.router import router as management
from bentos.page import page_routes
from bentos.shapes import HealthResponse, LanguageInfo, LanguagesResponse, ModelResponse
from bentos.single import backing_of
from bentos.streaming import EventStream, stream_of
from bentos.translator import Translator
from bentos.validation import check_items
from models.base.request_models import (
    BatchResponse,
    DetectionRequest,
    DetectionResponse,
    TranslationResponse,
)

router = APIRouter(strict_content_type=False)
files = files_router()
glossaries = glossaries_router()


def create_app(name: str, elsewhere: Mapping[str, Sequence[str]] | None = None) -> FastAPI:
    """The app of one service, to be bound to its translator before the first request.

    `elsewhere` are the methods of the paths that BentoML serves beside it.
    """
    dialects = [DialectRoute(dialect) for dialect in DIALECTS]
    routes = [*dialects, *page_routes(), *router.routes, *files.routes, *glossaries.routes]
    routes += management.routes
    return application(name, routes, elsewhere)


def bind(app: FastAPI, translator: Translator) -> Backing:
    """Let an app serve with this translator from now on."""
    backing = backing_of(translator)
    app.state.backing = backing
    app.state.translator = translator
    app.state.manager = backing.manager
    app.state.label = translator.label
    bind_dialects(app, backing)
    return backing


# Asynchronous, or FastAPI would hand it to a thread for each request.
async def _translator(request: Request) -> Translator:
    translator: Translator = request.app.state.translator
    return translator


Bound = Annotated[Translator, Depends(_translator)]


@router.post(
    "/translate",
    operation_id="translate",
    tags=["translation"],
    responses=openapi.errors(400, 401, 403, 404, 413, 422, 429, 500, 503, 504),
)
async def translate(
    body: TranslationRequest, request: Request, translator: Bound
) -> TranslationResponse:
    """Translate a text of any length."""
    return await translator.translate(await translation_of(body, request))


@router.post(
    "/translate/batch",
    operation_id="translate_batch",
    tags=["translation"],
    responses=openapi.errors(401, 403, 413, 422, 429, 500, 503),
    openapi_extra=openapi.batch_of(TranslationRequest.__name__),
)
async def translate_batch(
    body: Annotated[list[Any], Body()], request: Request, translator: Bound
) -> BatchResponse:
    """Translate many texts; each fails alone."""
    check_items(len(body), translator.settings.max_batch_items)
    items = [await item_of(item, request) for item in body]
    return await translator.translate_batch(items)


@router.post(
    "/translate/stream",
    operation_id="translate_stream",
    tags=["translation"],
    response_class=EventStream,
    status_code=200,
    responses=openapi.errors(400, 401, 403, 404, 413, 422, 429, 500, 503, 504),
)
async def translate_stream(
    body: TranslationRequest, request: Request, translator: Bound
) -> EventStream:
    """Translate a text, segment by segment, as server-sent events.

    `segment` for each (`SegmentEvent`), then `done` with what /translate answers, or `error` with
    the error body where it fails midway.
    """
    return await stream_of(translator.stream(await translation_of(body, request)), translator.label)


@router.post(
    "/detect",
    operation_id="detect",
    tags=["languages"],
    responses=openapi.errors(400, 401, 403, 413, 422, 429, 500),
)
async def detect(body: DetectionRequest, translator: Bound) -> DetectionResponse:
    """Tell a text's language; `und` where there is none to tell."""
    return await translator.detect(body.text)


@router.get(
    "/languages",
    operation_id="list_languages",
    tags=["languages"],
    responses=openapi.errors(401, 403, 429, 500),
)
async def list_languages(translator: Bound) -> LanguagesResponse:
    """The languages the loaded weights speak."""
    return LanguagesResponse(languages=languages_of(translator.model))


@router.get(
    "/languages/{code}",
    operation_id="get_language",
    tags=["languages"],
    responses=openapi.errors(401, 403, 404, 422, 429, 500),
)
async def get_language(code: str, translator: Bound) -> LanguageInfo:
    """One of them, by any of its codes."""
    return info_of(translator.languages.supported(code))


@router.get(
    "/model",
    operation_id="get_model",
    tags=["service"],
    responses=openapi.errors(401, 403, 429, 500),
)
async def get_model(translator: Bound) -> ModelResponse:
    """The model, and what of it is loaded."""
    info, details = translator.model.get_model_info(), translator.model.get_model_details()
    return ModelResponse(**info.model_dump(), **details.model_dump())


@router.get(
    "/health",
    operation_id="get_health",
    tags=["service"],
    responses={503: {"model": HealthResponse, "description": "Not now."}, **openapi.errors(500)},
)
async def get_health(translator: Bound, response: Response) -> HealthResponse:
    """Whether translations can be asked for; never translates."""
    lifecycle = translator.lifecycle
    ready = await lifecycle.is_ready()
    response.status_code = 200 if ready else 503
    status = Status.FAILED if lifecycle.status is Status.OK and not ready else lifecycle.status
    return HealthResponse(
        status=status, model=translator.name, ready=ready, message=lifecycle.reason
    )
