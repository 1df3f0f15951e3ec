"""A whole gateway in this process, with its guards, before models that are served on loopback."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from bentos.gateway.fleet import Starter
from bentos.gateway.gateway import Gateway
from bentos.gateway.settings import GatewaySettings
from bentos.gateway.starting import command_of
from bentos.gateway.surface import GatewayFront, Surface
from common.settings import ServiceSettings
from tests.bentos.gateway.services import Service
from tests.bentos.page_app import served
from tests.fakes import Served

READER = "a-key-that-only-translates"
MANAGER = "a-key-that-manages-as-well"
KEYS = f"{READER},{MANAGER}:translate+manage"
ASKED = {"text": "one. two", "source_lang": "en", "target_lang": "fr"}


class Whole:
    """A gateway that has started, and how it is asked."""

    def __init__(self, surface: Surface, gateway: Gateway, front: GatewayFront) -> None:
        self.surface = surface
        self.gateway = gateway
        self.front = front

    def client(self, key: str | None = None, **headers: str) -> httpx2.AsyncClient:
        if key is not None:
            headers["X-API-Key"] = key
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.front, client=("10.0.0.1", 1)),
            base_url="http://gateway",
            headers=headers,
        )

    async def ask(
        self, method: str, path: str, body: Any = None, key: str | None = None, **headers: str
    ) -> httpx2.Response:
        sent = {} if body is None else {"json": body}
        async with self.client(key, **headers) as client:
            return await client.request(method, path, **sent)

    async def get(self, path: str, key: str | None = None, **headers: str) -> httpx2.Response:
        return await self.ask("GET", path, key=key, **headers)

    async def post(self, path: str, body: Any = None, key: str | None = None) -> httpx2.Response:
        return await self.ask("POST", path, body, key)


@asynccontextmanager
async def whole(
    own: GatewaySettings, starter: Starter = command_of, **settings: Any
) -> AsyncIterator[Whole]:
    """From its start to its stop, the service around it left out."""
    common, surface = ServiceSettings(**settings), Surface()
    gateway = Gateway(common, own, page=surface.page, starter=starter)
    front = GatewayFront(surface.app, surface, common, own)
    await gateway.start()
    surface.bind(gateway)
    try:
        yield Whole(surface, gateway, front)
    finally:
        await gateway.stop()
        await surface.close()


@asynccontextmanager
async def model(served_model: Served | None = None) -> AsyncIterator[str]:
    """The URL of an echo model with the real API of every Bento, and BentoML's probe."""
    echo = await (served_model or Served()).load()

    async def ready(request: Request) -> Response:
        del request
        return Response()

    routes = [Route("/readyz", ready), Mount("/", echo.front)]
    async with served(Starlette(routes=routes)) as url:
        yield url


def before(urls: dict[str, str], **more: Any) -> GatewaySettings:
    """A gateway before these, without a file."""
    backends = ",".join(f"{name}={url}" for name, url in urls.items())
    return GatewaySettings(backends=backends, **more)


@asynccontextmanager
async def before_echoes(
    *names: str, own: dict[str, Any] | None = None, **settings: Any
) -> AsyncIterator[Whole]:
    """A gateway before echo models of these names."""
    async with AsyncExitStack() as stack:
        urls = {name: await stack.enter_async_context(model()) for name in names or ("nllb", "aya")}
        yield await stack.enter_async_context(whole(before(urls, **(own or {})), **settings))


@asynccontextmanager
async def before_service(service: Service, **settings: Any) -> AsyncIterator[Whole]:
    """A gateway before one that misbehaves as a test says."""
    async with service, whole(before({"nllb": service.url}), **settings) as gateway:
        yield gateway


def written(path: Path, backends: Sequence[str], *more: str) -> Path:
    """A configuration's file, with a URL for each of nllb and aya in turn."""
    lines = [
        f'[backends.{name}]\nurls = ["{url}"]'
        for name, url in zip(("nllb", "aya"), backends, strict=False)
    ]
    path.write_text("\n".join([*more, *lines]), "utf-8")
    return path
