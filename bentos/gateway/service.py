"""The gateway as a Bento; what it does is in the other modules of this package."""

import asyncio
from typing import Any

import bentoml

from bentos.config import CONFIG
from bentos.front import nothing
from bentos.gateway.configuration import load
from bentos.gateway.fleet import check_keys
from bentos.gateway.gateway import Gateway
from bentos.gateway.metrics import NAME
from bentos.gateway.settings import GatewaySettings
from bentos.gateway.surface import GatewayFront, Surface
from bentos.orphan import end_with_parent
from common import logs
from common.settings import ServiceSettings

surface = Surface()


@bentoml.service(name=NAME, **CONFIG)
class GatewayService:
    """One URL for all models; routes, and holds no weights."""

    def __init__(self) -> None:
        self.settings = ServiceSettings()
        self.own = GatewaySettings()
        self.gateway: Gateway | None = None
        self._watch: asyncio.Task[None] | None = None

    @bentoml.on_deployment
    @staticmethod
    def check_settings() -> None:
        """Ends `bentoml serve` at once where a worker would be started again and again."""
        GatewayFront(nothing, Surface())
        check_keys(load(GatewaySettings()))

    @bentoml.on_startup
    async def start(self) -> None:
        logs.configure(self.settings)
        self._watch = asyncio.create_task(end_with_parent())
        gateway = Gateway(self.settings, self.own, page=surface.page)
        await gateway.start()
        surface.bind(gateway)
        self.gateway = gateway

    @bentoml.on_shutdown
    async def stop(self) -> None:
        """Called once the requests that were begun are answered."""
        if self.gateway is not None:
            await self.gateway.stop()
        await surface.close()
        if self._watch is not None:
            self._watch.cancel()

    async def __is_ready__(self) -> bool:
        return self.gateway is not None


def publish(service: Any) -> None:  # noqa: ANN401 - BentoML's decorator hides what it returns
    """Mount the app into a service, and put the guards before all of it."""
    bentoml.asgi_app(surface.app)(service)
    service.add_asgi_middleware(GatewayFront, surface=surface)


publish(GatewayService)
