"""The APIs of others as routes of a service's app, each with errors and a schema of its own."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from bentos.backing import Backing
from bentos.dialects.dialect import ADMIT, Dialect, path_of
from bentos.errors import (
    InternalError,
    InvalidRequestError,
    MethodNotAllowedError,
    NotFoundError,
)
from bentos.validation import invalid
from common import metrics
from models.base.exceptions import LinguaNexusError

_SERVERS_FAULT: Final = 500
_FASTAPIS: Final = "#/components/schemas/HTTPValidationError"


@dataclass(frozen=True, slots=True)
class _Reached:
    """A dialect's route as whoever logs it sees it."""

    path: str


class DialectRoute(BaseRoute):
    """All paths of one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.app = dialect_app(dialect)

    def bind(self, backing: Backing) -> None:
        """Serve with this from now on."""
        self.app.state.backing = backing

    @override
    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        mine = scope["type"] == "http" and self.dialect.base_of(path_of(scope)) is not None
        return (Match.FULL if mine else Match.NONE), {}

    @override
    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        base = self.dialect.base_of(path_of(scope))
        inner = {**scope, "root_path": f"{scope.get('root_path', '')}{base}"}
        app: ASGIApp = self.app
        try:
            await app(inner, receive, send)
        finally:
            if (route := inner.get("route")) is not None:
                scope["route"] = _Reached(f"{base}{route.path}")


def bind_dialects(app: FastAPI, backing: Backing) -> None:
    """Let all dialects among an app's routes serve with this from now on."""
    for route in app.routes:
        if isinstance(route, DialectRoute):
            route.bind(backing)


def dialect_app(dialect: Dialect) -> FastAPI:
    """An app that answers whatever happens in the dialect; bound before the first request."""

    async def failed(request: Request, error: Exception) -> Response:
        ours = _ours(error)
        backing: Backing | None = getattr(request.app.state, "backing", None)
        if backing is not None:
            metrics.ERRORS.labels(backing.label, ours.code).inc()
        return dialect.response_of(ours, request.scope.get("state", {}).get("request_id"))

    async def unforeseen(request: Request, error: Exception) -> Response:
        """Starlette raises the error again behind this answer; the gatekeeper logs it."""
        return dialect.response_of(error, request.scope.get("state", {}).get("request_id"))

    async def admitted(request: Request) -> AsyncIterator[None]:
        try:
            admit = request.scope.get("state", {}).get(ADMIT)
            if admit is not None:
                admit(await dialect.body_key(request))
            yield
        finally:
            await request.close()  # the files of a form

    app = FastAPI(
        title=f"Lingua Nexus: {dialect.name}",
        openapi_url=f"{dialect.starts[0]}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(admitted)],
        exception_handlers={
            LinguaNexusError: failed,
            RequestValidationError: failed,
            HTTPException: failed,
            Exception: unforeseen,
        },
    )
    app.include_router(dialect.router)
    app.openapi = partial(_schema_of, app, app.openapi)  # type: ignore[method-assign]  # FastAPI's way to extend it
    return app


def _schema_of(app: FastAPI, described: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Without the answer to invalid requests that FastAPI adds: a dialect answers them its way."""
    if app.openapi_schema is None:
        schema = described()
        for name in ("HTTPValidationError", "ValidationError"):
            schema.get("components", {}).get("schemas", {}).pop(name, None)
        for operations in schema["paths"].values():
            for operation in operations.values():
                if _FASTAPIS in str(operation["responses"].get("422")):
                    del operation["responses"]["422"]
    return described()


def _ours(error: Exception) -> LinguaNexusError:
    if isinstance(error, LinguaNexusError):
        return error
    if isinstance(error, RequestValidationError):
        return invalid(error.errors())
    if not isinstance(error, HTTPException) or error.status_code >= _SERVERS_FAULT:
        return InternalError()
    if error.status_code == HTTPStatus.NOT_FOUND:
        return NotFoundError()
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "")
        return MethodNotAllowedError([one.strip() for one in allowed.split(",") if one.strip()])
    return InvalidRequestError("The request cannot be read.")
