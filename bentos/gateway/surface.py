"""All HTTP of a gateway: its own API, the predecessor's at the root, and the guards before both."""

from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from bentos.application import application
from bentos.dialects.mount import DialectRoute, bind_dialects
from bentos.dialects.registry import DIALECTS, dialect_at
from bentos.files.router import files_router
from bentos.front import CancelOnDisconnect, OneErrorBody
from bentos.gateway import api, switching
from bentos.gateway.audit import Audit, AuditTrail
from bentos.gateway.gateway import Gateway
from bentos.gateway.metrics import NAME
from bentos.gateway.settings import GatewaySettings
from bentos.glossaries.router import glossaries_router
from bentos.management.router import router as management
from bentos.middleware import Gatekeeper
from bentos.page import page_routes
from common.settings import ServiceSettings

_OWN_MODELS: Final = "/api/v1/models"


class Surface:
    """The app that is mounted, and what it serves once that is bound."""

    def __init__(self) -> None:
        self.gateway: Gateway | None = None
        self.audit: Audit | None = None
        page = page_routes("api/v1/")
        self._page = next(route for route in page if route.path == "/")
        routes = [
            *(DialectRoute(dialect) for dialect in DIALECTS),
            _Root(self),
            *(route for route in page if route is not self._page),
            *api.router.routes,
            *switching.router.routes,
            *files_router("/api/v1").routes,
            *glossaries_router("/api/v1").routes,
            *(route for route in management.routes if not _is_listing(route)),
        ]
        self.app: FastAPI = application(NAME, routes)

    def bind(self, gateway: Gateway) -> None:
        """Serve this from now on."""
        self.gateway = gateway
        self.app.state.gateway = gateway
        self.app.state.backing = gateway.backing
        self.app.state.manager = gateway.manager
        self.app.state.switch = gateway.switch
        self.app.state.label = NAME
        bind_dialects(self.app, gateway.backing)

    def owns(self, path: str) -> bool:
        """Whether a path is the predecessor's, which has guards of its own."""
        if self.gateway is None or dialect_at(path) is not None:
            return False
        return self.gateway.legacy.owns(path)

    async def page(self, request: Request) -> Response:
        """The page at `/` for browsers."""
        response: Response = await self._page.endpoint(request)
        return response

    async def close(self) -> None:
        """Writes what is left of the audit log."""
        if self.audit is not None:
            self.audit.close()


class GatewayFront:
    """What stands before the whole service, built when it starts and not when it is imported."""

    def __init__(
        self,
        app: ASGIApp,
        surface: Surface,
        settings: ServiceSettings | None = None,
        own: GatewaySettings | None = None,
    ) -> None:
        surface.audit = Audit((own or GatewaySettings()).audit_file)
        self._owns = surface.owns
        self._native = CancelOnDisconnect(OneErrorBody(app))
        self._legacy = CancelOnDisconnect(app)
        gatekeeper = Gatekeeper(
            self._inner, settings or ServiceSettings(), NAME, unguarded=surface.owns
        )
        self._app = AuditTrail(gatekeeper, surface.audit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    async def _inner(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The predecessor's errors are its own, and stay as they are."""
        theirs = scope["type"] == "http" and self._owns(scope["path"])
        await (self._legacy if theirs else self._native)(scope, receive, send)


class _Root(BaseRoute):
    """Hands the predecessor's paths to what answers them."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface

    @override
    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        mine = scope["type"] == "http" and self._surface.owns(scope["path"])
        return (Match.FULL if mine else Match.NONE), {}

    @override
    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._surface.gateway is not None:
            await self._surface.gateway.root(scope, receive, send)


def _is_listing(route: BaseRoute) -> bool:
    """The list of models, which the gateway answers itself."""
    return isinstance(route, Route) and route.path == _OWN_MODELS and "GET" in (route.methods or ())
