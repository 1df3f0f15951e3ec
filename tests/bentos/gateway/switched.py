"""An old-style server, a new-style app and a switch before it, each really served on loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from aiohttp import web
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bentos.gateway.switch import SHADOW

KEY = "old-system-key"
BODY = {"text": "Hello.", "source_lang": "eng_Latn", "target_lang": "fra_Latn"}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Old:
    """Answers as the predecessor's main server does; `behave` puts something else in its place."""

    seen: list[web.Request] = field(default_factory=list)
    behave: Handler | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0)
        await self._runner.setup()
        site = web.SockSite(self._runner, _listening())
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        """Ends it with all its connections, whatever is under way."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request)
        self.asked.set()
        try:
            return await (self.behave or answer)(request)
        except asyncio.CancelledError:
            self.left.set()
            raise


async def answer(request: web.Request) -> web.StreamResponse:
    body = await request.read()
    if request.path == "/health":
        return web.json_response({"status": "healthy", "model_loaded": True, "device": "cpu"})
    if request.headers.get("X-API-Key") != KEY:
        return web.json_response({"detail": "Invalid API Key"}, status=403)
    if request.path == "/languages":
        return web.json_response({"languages": [], "total_count": 0})
    text = "Bonjour." if b"Hello" in body else "Autre chose."
    return web.json_response({"translated_text": text, "detected_source": "eng_Latn", "time_ms": 3})


async def hang(request: web.Request) -> web.StreamResponse:
    del request
    await asyncio.Event().wait()
    raise AssertionError


async def drop(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


class New:
    """The new system's app for the same paths; `status` and `text` say how it answers."""

    def __init__(self) -> None:
        self.status, self.text = 200, "Bonjour."
        self.seen: list[tuple[str, bool]] = []
        self.failure: Exception | None = None
        self.waits: asyncio.Event | None = None
        route = Route("/{path:path}", self._answer, methods=["GET", "POST", "DELETE"])
        self.app = Starlette(routes=[route])

    async def _answer(self, request: Request) -> Response:
        self.seen.append((request.url.path, request.scope.get(SHADOW, False)))
        body = await request.body()
        if self.waits is not None:
            await self.waits.wait()
        if self.failure is not None:
            raise self.failure
        if self.status != 200:
            return JSONResponse({"detail": "Model not loaded yet"}, self.status)
        if not body:
            return JSONResponse({"languages": [], "total_count": 0})
        shape = {"detected_source": "eng_Latn", "time_ms": 1}
        return JSONResponse({"translated_text": self.text, **shape})


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """Its address while it is served."""
    listening = _listening()
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_level="critical",
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


async def until(holds: Callable[[], bool]) -> None:
    """Waits for it, ten seconds at most."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - whatever is watched has no event
            await asyncio.sleep(0.005)


def _listening() -> socket.socket:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(512)
    return listening


def refusing() -> str:
    """An address where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"
