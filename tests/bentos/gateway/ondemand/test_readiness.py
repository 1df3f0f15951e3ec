from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bentos.gateway.ondemand.child import free_port
from bentos.gateway.ondemand.readiness import Prober, WarmUpError


async def reset(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def unready(_: web.Request) -> web.Response:
    return web.Response(status=503)


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """A server that is not ready, and breaks its connections when it is asked for more."""
    app = web.Application()
    app.add_routes([web.get("/readyz", unready), web.get("/languages", reset)])
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()


async def test_one_that_does_not_listen_is_not_ready() -> None:
    async with Prober(f"http://127.0.0.1:{free_port()}", {}) as prober:
        assert not await prober.is_ready()


async def test_only_a_200_is_ready(url: str) -> None:
    async with Prober(url, {}) as prober:
        assert not await prober.is_ready()


async def test_one_that_breaks_off_has_not_warmed_up(url: str) -> None:
    async with Prober(url, {}) as prober:
        with pytest.raises(WarmUpError, match=r"first translation \(ServerDisconnected"):
            await prober.warm_up()
