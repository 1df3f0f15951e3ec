"""What no route answers: HEAD, OPTIONS, wrong methods, unknown paths; all in the one error body."""

from collections.abc import Mapping, Sequence
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Message, Receive, Scope, Send
from typing_extensions import override

from bentos.errors import MethodNotAllowedError, NotFoundError

_READ: Final = ("GET", "HEAD")
_FILES_OF_BENTOML: Final = tuple(
    f"/static_content/{name}"
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-light-32x32.png")
)
_BY_BENTOML: Final = dict.fromkeys(
    (
        *("/livez", "/readyz", "/healthz", "/metrics", "/docs.json", "/schema.json"),
        *_FILES_OF_BENTOML,
    ),
    _READ,
)


class Fallback(BaseRoute):
    """Stands last in an app mounted at `/`: what it did not take, BentoML would answer in its way.

    `elsewhere` are the methods of the paths that BentoML answers and is to go on answering.
    """

    def __init__(
        self, routes: Sequence[BaseRoute], elsewhere: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self._routes = routes
        self._elsewhere = {**_BY_BENTOML, **(elsewhere or {})}

    @override
    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http":
            return Match.NONE, {}
        path, method = scope["path"], scope["method"]
        return Match.NONE if method in self._elsewhere.get(path, ()) else Match.FULL, {}

    @override
    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        allowed = self._allowed(scope)
        if not allowed:
            raise NotFoundError
        if scope["method"] == "HEAD" and "GET" in allowed:
            await self._head(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            answer = Response(status_code=204, headers={"Allow": ", ".join(allowed)})
            await answer(scope, receive, send)
        else:
            raise MethodNotAllowedError(allowed)

    def _allowed(self, scope: Scope) -> list[str]:
        methods = set(self._elsewhere.get(scope["path"], ()))
        for route in self._routes:
            if route is not self and route.matches(scope)[0] is Match.PARTIAL:
                methods |= set(getattr(route, "methods", ()))
        if not methods:
            return []
        return sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set()))

    async def _head(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As GET, less the body; the schema would need a second operation a path otherwise."""

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        as_get = {**scope, "method": "GET"}
        for route in self._routes:
            match, child = route.matches(as_get)
            if match is Match.FULL:
                await route.handle({**as_get, **child}, receive, send_head)
                return
