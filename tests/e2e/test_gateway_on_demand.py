"""The gateway with models that it starts itself: once, one for another's sake, none left behind."""

import asyncio
import contextlib
import os
import re
import signal
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import psutil
import pytest

from tests.bentos.gateway.services import Exchange
from tests.e2e.calls import ASKED, answers, has_ended, long, until, worker_of
from tests.e2e.gateways import Client, Gateway, Places, client_of
from tests.e2e.light import translate

CALLERS = 4
PATIENCE_S = 10
CONTENT = """
[backends.nllb]
on_demand = true
[backends.aya]
on_demand = true
aliases = ["aya-expanse-8b"]
[on_demand]
max_models = 1
"""
places = Places("slow")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with Gateway(tmp_path_factory.mktemp("gateway"), CONTENT) as server:
        yield server


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[Client]:
    async with client_of(gateway) as client:
        yield client


def family(gateway: Gateway) -> list[psutil.Process]:
    """The gateway's processes and those of the models it has started."""
    own = psutil.Process(gateway.pid)
    return [own, *own.children(recursive=True)]


def models(gateway: Gateway) -> set[str]:
    """Which are served by a process below the gateway's."""
    lines = [" ".join(process.cmdline()) for process in family(gateway)]
    return {found[1] for line in lines if (found := re.search(r"serve bentos\.(\w+):", line))}


async def test_callers_of_a_cold_model_start_it_once_and_all_get_their_answer(
    client: Client, gateway: Gateway
) -> None:
    assert await client.status_of("nllb") == "cold"
    asking = [asyncio.create_task(client.translate(**ASKED)) for _ in range(CALLERS)]
    await client.until("nllb", "starting")
    listed = (await client.ask("/api/v1/models")).body["backends"]
    [nllb] = [one for one in listed if one["name"] == "nllb"]
    assert (nllb["status"], nllb["on_demand"]) == ("starting", True)
    said = [await task for task in asking]
    assert {one.status for one in said} == {200}
    assert {one.body["routing"]["model"] for one in said} == {"nllb"}
    assert gateway.log.read_text().count("Model nllb is ready.") == 1
    assert models(gateway) == {"nllb"}


async def test_one_makes_room_for_another_and_comes_back(client: Client, gateway: Gateway) -> None:
    assert (await client.translate("nllb", **ASKED)).status == 200
    said = await client.translate("aya-expanse-8b", **ASKED)
    assert said.status == 200, said.body
    assert said.body["routing"]["model"] == "aya"
    assert models(gateway) == {"aya"}
    assert await client.status_of("nllb") == "cold"


async def test_models_end_with_the_process_that_had_started_them(
    client: Client, gateway: Gateway
) -> None:
    assert models(gateway)
    worker = worker_of(gateway)
    processes = [worker, *worker.children(recursive=True)]
    worker.kill()
    await ended(processes)
    # And the gateway comes back by itself, with no model.
    assert await asyncio.to_thread(comes_back, gateway)
    assert await client.status_of("nllb") == "cold"
    assert models(gateway) == set()


async def test_nothing_outlives_a_gateway_that_is_killed(client: Client, gateway: Gateway) -> None:
    assert (await client.translate("nllb", **ASKED)).status == 200
    processes = family(gateway)
    assert models(gateway) == {"nllb"}
    os.kill(gateway.pid, signal.SIGKILL)
    await ended(processes)


async def test_sigterm_answers_what_was_asked_and_ends_the_models(tmp_path: Path) -> None:
    async def answer_later(exchange: Exchange) -> None:
        asked.set()
        await told.wait()
        await translate(exchange)

    asked, told = asyncio.Event(), asyncio.Event()
    content = places.toml("slow") + "[backends.nllb]\non_demand = true\npinned = true\n"
    with Gateway(tmp_path, content) as gateway:
        async with client_of(gateway) as client, places.service(client, "slow", answer_later):
            await client.until("nllb", "ready")
            processes = family(gateway)
            begun = [
                asyncio.create_task(client.translate("slow")),
                asyncio.create_task(client.translate("nllb", **long(40))),
            ]
            await asked.wait()
            os.kill(gateway.pid, signal.SIGTERM)
            await refused(gateway)
            told.set()
            assert [(await one).status for one in begun] == [200, 200]
            assert await asyncio.to_thread(gateway.wait) == 0
        await ended(processes)


async def ended(processes: Sequence[psutil.Process]) -> None:
    began = time.monotonic()
    await asyncio.to_thread(until, lambda: all(has_ended(one.pid) for one in processes))
    assert time.monotonic() - began < PATIENCE_S


def comes_back(gateway: Gateway) -> bool:
    until(lambda: answers(gateway, "/readyz"))
    return True


async def refused(gateway: Gateway) -> None:
    """Wait until nobody new is let in."""
    with contextlib.suppress(OSError, TimeoutError):
        while True:
            async with client_of(gateway) as newcomer, asyncio.timeout(1):
                await newcomer.ask("/api/v1/health")
