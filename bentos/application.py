"""The FastAPI app that every Bento mounts at `/`, less its endpoints; nothing of BentoML."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route

from bentos import openapi
from bentos.errors import InternalError, InvalidRequestError, response_of
from bentos.fallback import Fallback
from bentos.validation import invalid
from common import metrics
from models.base.exceptions import LinguaNexusError, UnsupportedLanguageError

VERSION: Final = "0.1.0"
"""Of the API and of the project."""

_SERVERS_FAULT: Final = 500


def application(
    name: str, routes: Iterable[BaseRoute], elsewhere: Mapping[str, Sequence[str]] | None = None
) -> FastAPI:
    """An app of these routes, all its errors in the one body, and its schema.

    `elsewhere` are the methods of the paths that BentoML serves beside it. Errors are counted
    under `app.state.label` once that is set.
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
    app.router.routes.extend([*routes, Route("/docs", _docs, include_in_schema=False)])
    app.router.routes.append(Fallback(app.router.routes, elsewhere))
    openapi.install(app)
    return app


async def _docs(request: Request) -> Response:
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
    label: str | None = getattr(request.app.state, "label", None)
    if label is not None:
        metrics.ERRORS.labels(label, ours.code).inc()
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
