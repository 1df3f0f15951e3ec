"""The FastAPI app that every translation Bento mounts at `/`; nothing of BentoML."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.exceptions import HTTPException

from bentos import openapi
from bentos.errors import InternalError, InvalidRequestError, response_of
from bentos.fallback import Fallback
from bentos.languages import info_of, languages_of
from bentos.lifecycle import Status
from bentos.management.router import router as management
from bentos.page import page_routes
from bentos.shapes import HealthResponse, LanguageInfo, LanguagesResponse, ModelResponse
from bentos.streaming import EventStream, stream_of
from bentos.translator import Translator
from bentos.validation import invalid
from common import metrics
from models.base.exceptions import LinguaNexusError, UnsupportedLanguageError
from models.base.request_models import (
    BatchResponse,
    DetectionRequest,
    DetectionResponse,
    TranslationRequest,
    TranslationResponse,
)

VERSION: Final = "0.1.0"
"""Of the API and of the project."""

_SERVERS_FAULT: Final = 500

router = APIRouter(strict_content_type=False)


def create_app(name: str, elsewhere: Mapping[str, Sequence[str]] | None = None) -> FastAPI:
    """The app of one service, to be bound to its translator before the first request.

    `elsewhere` are the methods of the paths that BentoML serves beside it.
    """
    app = FastAPI(
        title=f"Lingua Nexus: {name}",
        version=VERSION,
        description="Machine translation, self-hosted.",
        docs_url=None,
        redoc_url=None,
        exception_handlers={
            LinguaNexusError: _failed,
            RequestValidationError: _failed,
            HTTPException: _failed,
            Exception: _unforeseen,
        },
    )
    app.router.routes.extend([*page_routes(), *router.routes, *management.routes])
    app.router.routes.append(Fallback(app.router.routes, elsewhere))
    openapi.install(app)
    return app


def bind(app: FastAPI, translator: Translator) -> None:
    """Let an app serve with this translator from now on."""
    app.state.translator = translator


# Asynchronous, or FastAPI would hand it to a thread for each request.
async def _translator(request: Request) -> Translator:
    translator: Translator = request.app.state.translator
    return translator


Bound = Annotated[Translator, Depends(_translator)]


@router.post(
    "/translate",
    operation_id="translate",
    tags=["translation"],
    responses=openapi.errors(400, 401, 403, 413, 422, 429, 500, 503, 504),
)
async def translate(body: TranslationRequest, translator: Bound) -> TranslationResponse:
    """Translate a text of any length."""
    return await translator.translate(body)


@router.post(
    "/translate/batch",
    operation_id="translate_batch",
    tags=["translation"],
    responses=openapi.errors(401, 403, 413, 422, 429, 500, 503),
    openapi_extra=openapi.BATCH,
)
async def translate_batch(body: Annotated[list[Any], Body()], translator: Bound) -> BatchResponse:
    """Translate many texts; each fails alone."""
    return await translator.translate_batch(body)


@router.post(
    "/translate/stream",
    operation_id="translate_stream",
    tags=["translation"],
    response_class=EventStream,
    status_code=200,
    responses=openapi.errors(400, 401, 403, 413, 422, 429, 500, 503, 504),
)
async def translate_stream(body: TranslationRequest, translator: Bound) -> EventStream:
    """Translate a text, segment by segment, as server-sent events.

    `segment` for each (`SegmentEvent`), then `done` with what /translate answers, or `error` with
    the error body where it fails midway.
    """
    return await stream_of(translator.stream(body), translator.label)


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


@router.get("/docs", include_in_schema=False)
async def get_docs(request: Request) -> Response:
    """Swagger's page, from the files that BentoML brings: it works where no other network is."""
    return get_swagger_ui_html(
        openapi_url="openapi.json",
        title=request.app.title,
        swagger_js_url="static_content/swagger-ui-bundle.js",
        swagger_css_url="static_content/swagger-ui.css",
        swagger_favicon_url="static_content/favicon-light-32x32.png",
    )


async def _failed(request: Request, error: Exception) -> Response:
    ours = _ours(request, error)
    translator: Translator | None = getattr(request.app.state, "translator", None)
    if translator is not None:
        metrics.ERRORS.labels(translator.label, ours.code).inc()
    response = response_of(ours, request.scope.get("state", {}).get("request_id"))
    if isinstance(ours, UnsupportedLanguageError) and request.method in {"GET", "HEAD"}:
        response.status_code = 404  # looked up as a resource, not asked for in a translation
    return response


async def _unforeseen(request: Request, error: Exception) -> Response:
    """Starlette raises the error again behind this answer; the gatekeeper logs and counts it."""
    return response_of(error, request.scope.get("state", {}).get("request_id"))


def _ours(request: Request, error: Exception) -> LinguaNexusError:
    if isinstance(error, LinguaNexusError):
        return error
    if isinstance(error, RequestValidationError):
        return _misread(request, error)
    status = error.status_code if isinstance(error, HTTPException) else 500
    return (
        InvalidRequestError("The request cannot be read.")
        if status < _SERVERS_FAULT
        else InternalError()
    )


def _misread(request: Request, error: RequestValidationError) -> LinguaNexusError:
    errors = error.errors()
    sent_as_json = "json" in request.headers.get("content-type", "json")
    if not sent_as_json and any(one["loc"] == ("body",) for one in errors):
        return InvalidRequestError("The body must be JSON, with Content-Type: application/json.")
    return invalid(errors)
