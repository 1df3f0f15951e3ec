"""The served gateway under load while what it stands before, or is told, breaks: who notices."""

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.bentos.gateway.services import unused_url
from tests.e2e.gateways import KEY, KEYS, OPERATOR, Client, Gateway, Load, client_of
from tests.e2e.light import Light

CALLERS = 16
MANY = 500
ROUTE = '[[routes]]\nmodels = ["main", "spare"]\n'


@pytest.fixture(scope="module")
def spare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Light]:
    with Light("spare", tmp_path_factory.mktemp("spare")) as light:
        yield light


@pytest.fixture
def main(tmp_path: Path) -> Iterator[Light]:
    with Light("main", tmp_path) as light:
        yield light


def backends(**urls: list[str]) -> str:
    return "".join(f"[backends.{name}]\nurls = {json.dumps(each)}\n" for name, each in urls.items())


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, spare: Light) -> Iterator[Gateway]:
    content = backends(spare=[spare.url])
    with Gateway(tmp_path_factory.mktemp("gateway"), content, KEYS) as server:
        yield server


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[Client]:
    async with client_of(gateway, KEY) as client:
        yield client


async def configured(client: Client, gateway: Gateway, content: str) -> None:
    """At once, not when the gateway next looks."""
    gateway.configure(content)
    said = await client.ask("/api/v1/gateway/reload", method="POST", **{"X-API-Key": OPERATOR})
    assert said.status == 200, said.body


async def test_one_killed_under_load_is_stood_in_for_until_it_is_back(
    client: Client, gateway: Gateway, main: Light, spare: Light
) -> None:
    await configured(client, gateway, backends(main=[main.url], spare=[spare.url]) + ROUTE)
    await client.until("main", "ready")
    async with Load(client, CALLERS) as routed, Load(client, 4, "main") as named:
        assert {said.body["routing"]["model"] for said in routed.said} == {"main"}
        os.kill(main.pid, signal.SIGKILL)
        assert await client.until("main", "down") < 1
        before = len(routed.said), len(named.said)
        await routed.more()
        await named.more()
        # Of those that were asked meanwhile; the first few may have been answered before.
        assert {said.body["routing"]["model"] for said in routed.said[before[0] + CALLERS :]} == {
            "spare"
        }
        assert {said.code for said in named.said[before[1] + 4 :]} == {"model_not_ready"}
        main.stop()  # of what is left
        main.start()
        await client.until("main", "ready")
        await routed.more(3 * CALLERS)
        await named.more()
        assert routed.said[-1].body["routing"] == {
            "model": "main",
            "reason": "first",
            "arm": None,
            "cache": None,
        }
        assert named.said[-1].status == 200
    assert Counter(said.status for said in routed.said).keys() == {200}
    refused = [said for said in named.said if said.status != 200]
    assert {said.status for said in refused} <= {502, 503}
    assert all("Retry-After" in said.headers for said in refused if said.status == 503)
    # Whose request was under way, and is perhaps worked off, is not told to ask again.
    assert sum(said.status == 502 for said in refused) <= 4


async def test_five_hundred_callers_do_not_notice_that_one_of_two_urls_is_dead(
    client: Client, gateway: Gateway, spare: Light
) -> None:
    await configured(client, gateway, backends(spare=[unused_url(), spare.url]))
    said = await asyncio.gather(*(client.translate() for _ in range(MANY)))
    assert Counter(one.status for one in said) == {200: MANY}


async def test_a_configuration_broken_under_load_leaves_the_old_in_force_until_it_is_mended(
    client: Client, gateway: Gateway, main: Light, spare: Light
) -> None:
    async def status() -> dict[str, str | None]:
        found: dict[str, str | None] = (await client.ask("/api/v1/gateway")).body["configuration"]
        return found

    await configured(client, gateway, backends(main=[main.url]))
    await client.until("main", "ready")
    old = await status()
    async with Load(client, CALLERS) as load:
        gateway.configure(backends(main=[main.url]) + '[[routes]]\nmodels = ["nobody"]\n')
        async with asyncio.timeout(10):
            while (broken := await status())["error"] is None:
                await load.more()
        assert "there is no backend 'nobody'" in str(broken["error"])
        assert broken["digest"] == old["digest"]
        await load.more()
        assert load.said[-1].body["routing"]["model"] == "main"
        gateway.configure(backends(spare=[spare.url]))
        async with asyncio.timeout(10):
            while (await status())["digest"] == old["digest"]:
                await load.more()
        assert (await status())["error"] is None
        await load.more()
        assert load.said[-1].body["routing"]["model"] == "spare"
    assert Counter(said.status for said in load.said).keys() == {200}
