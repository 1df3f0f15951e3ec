"""A Bento and a gateway with every dialect, before models that say it louder; asks them nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp

from bentos.backing import Backing
from common.settings import ServiceSettings
from tests.bentos.gateway.whole import before, model, whole
from tests.bentos.page_app import served
from tests.fakes import EchoModel, Served

PLACES: Final = ("bento", "gateway")
KEY: Final = "a-key-of-twenty-chars"
CLOSED: Final[dict[str, Any]] = {"api_keys": SecretStr(KEY)}

in_both_places = pytest.mark.parametrize("place", PLACES)


@dataclass(frozen=True)
class Place:
    """A service, and the model at its end."""

    front: ASGIApp
    backing: Backing
    model: EchoModel

    def client(self, base: str = "", **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.front, raise_app_exceptions=False)
        return httpx.AsyncClient(
            transport=transport, base_url=f"http://echo{base}", headers=headers
        )

    @asynccontextmanager
    async def url(self) -> AsyncIterator[str]:
        """Where it is really served."""
        async with served(self.front) as url:
            yield url


@asynccontextmanager
async def at(
    place: str = "bento", echo: EchoModel | None = None, **settings: Any
) -> AsyncIterator[Place]:
    """One of the places, its files included, from its start to its stop."""
    own = Served(echo, settings=ServiceSettings(**(settings if place == "bento" else {})))
    if place == "bento":
        backing: Backing = (await own.load()).app.state.backing
        await backing.files.start()
        try:
            yield Place(own.front, backing, own.model)
        finally:
            await backing.files.stop()
    else:
        async with model(own) as url, whole(before({"echo": url}), **settings) as gateway:
            yield Place(gateway.front, gateway.gateway.backing, own.model)
