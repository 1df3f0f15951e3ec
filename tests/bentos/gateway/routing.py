"""Models behind a router, each on loopback, for the tests of who is asked."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bentos.contract import Call
from bentos.gateway.cache import Cache
from bentos.gateway.configuration import Configuration
from bentos.gateway.fleet import Fleet
from bentos.gateway.routed import RoutedModels
from common.settings import ServiceSettings
from tests.bentos.gateway.services import Service
from tests.bentos.gateway.speaking import Speaker, configured, fleet_of, served

CALL = Call(caller="someone")
CASCADE: dict[str, Any] = {
    "routes": [
        {
            "source": "en",
            "models": ["one", "two"],
            "on_warnings": ["truncated"],
            "min_confidence": 0.5,
        }
    ]
}


@dataclass
class Town:
    """A router, and the two models behind it."""

    models: RoutedModels
    fleet: Fleet
    configuration: Configuration
    one: Speaker
    two: Speaker
    services: dict[str, Service]

    async def down(self, name: str) -> None:
        """Stops it, and waits until that is known."""
        await self.services[name].stop()
        async with self.fleet.reach(name) as backend:
            while backend.state().status == "ready":
                await backend.changed()

    async def up(self, name: str) -> None:
        await self.services[name].start()


@asynccontextmanager
async def town(
    *,
    cache: Cache | None = None,
    draw: Callable[[], float] = lambda: 0.0,
    timeout_s: float = 5,
    **configuration: Any,
) -> AsyncIterator[Town]:
    one, two = Speaker("one"), Speaker("two")
    async with served(one, two) as services:
        found = configured(services, **configuration)
        async with fleet_of(found) as fleet:
            settings = ServiceSettings(timeout_s=timeout_s, max_text_chars=1000, state_file=None)
            models = RoutedModels(fleet, lambda: found, settings, cache=cache, draw=draw)
            yield Town(models, fleet, found, one, two, services)
