"""The predecessor's callers before the served gateway: moved to it under load, and as they are."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import pytest

from load_tests.server import ROOT
from tests.bentos.gateway.switched import KEY
from tests.e2e.gateways import OPERATOR, Client, Gateway, Said, client_of
from tests.e2e.old_server import OldServer

CONTENT = "[backends.nllb]\non_demand = true\npinned = true\n"
LOAD_S = 8
BUBBLE = "Where is the train station?en🌐"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("gateway")
    with OldServer(folder) as old:
        env = {
            "LINGUA_NEXUS_API_KEYS": f"{KEY},{OPERATOR}:translate+manage",
            "LINGUA_NEXUS_GATEWAY_OLD_URL": old.url,
            "LINGUA_NEXUS_GATEWAY_LEGACY_RATE_LIMITS": "false",
        }
        with Gateway(folder, CONTENT, env) as server:
            yield server


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[Client]:
    async with client_of(gateway, KEY) as client:
        await client.until("nllb", "ready")
        yield client


async def weigh(client: Client, percent: int) -> None:
    body = {"weight_new": percent}
    said = await client.ask("/api/v1/switch", body, "PUT", **{"X-API-Key": OPERATOR})
    assert said.status == 200, said.body


async def served(client: Client, side: str) -> int:
    """How many requests that one has answered."""
    count: int = (await client.ask("/api/v1/switch")).body["served"].get(side, 0)
    return count


async def grown(client: Client, side: str) -> None:
    """Wait until that one has answered a few more."""
    before = await served(client, side)
    async with asyncio.timeout(10):
        while await served(client, side) < before + 5:  # noqa: ASYNC110 - in a process
            await asyncio.sleep(0.05)


async def test_moving_there_and_back_under_load_loses_no_request(client: Client) -> None:
    locust = [sys.executable, "-m", "locust", "-f", "tests/e2e/old_callers.py", "--headless"]
    load = ["--host", client.url, "--users", "8", "--spawn-rate", "8", "--run-time", f"{LOAD_S}s"]
    await weigh(client, 0)
    with subprocess.Popen(  # noqa: S603, ASYNC220 - our own command
        [*locust, *load, "--json", "--loglevel", "ERROR"], cwd=ROOT, stdout=subprocess.PIPE
    ) as running:
        await grown(client, "old")
        assert await served(client, "new") == 0
        for percent, side in ((50, "new"), (100, "new"), (50, "old"), (0, "old")):
            await weigh(client, percent)
            await grown(client, side)
        output, _ = await asyncio.to_thread(running.communicate, timeout=60)
    measured = json.loads(output)
    assert running.returncode == 0, measured
    assert {one["name"]: one["num_failures"] for one in measured} == dict.fromkeys(
        ("/translate", "/languages", "/health"), 0
    )


async def send(client: Client, path: str, **body: object) -> Said:
    await weigh(client, 100)
    said = await client.ask(path, body)
    assert said.status == 200, said.body
    assert said.headers["X-Served-By"] == "new"
    return said


async def test_the_userscript_lists_and_translates(client: Client) -> None:
    await weigh(client, 100)
    listed = (await client.ask("/languages", Origin="https://web.telegram.org")).body
    assert {"code", "name", "native_name", "popular"} <= set(listed["languages"][0])
    assert listed["popular"]
    assert listed["popular_pairs"]
    said = await send(client, "/translate", text=BUBBLE, source_lang="auto", target_lang="fr")
    assert "gare" in said.body["translated_text"]


async def test_the_standalone_script_translates_short_and_long(client: Client) -> None:
    asked = {"text": BUBBLE, "source_lang": "auto", "target_lang": "fra_Latn"}
    said = await send(client, "/translate", **asked)
    assert said.body["detected_source"] == "eng_Latn"
    assert type(said.body["time_ms"]) is int
    long = " ".join(f"I would like to know where train {n} goes." for n in range(12))
    preferences = {"user_preference": "balanced", "force_optimization": False}
    limits = {"max_optimization_time": 5.0, "api_key": KEY}
    said = await send(
        client, "/adaptive/translate", **{**asked, "text": long}, **preferences, **limits
    )
    read = {"translation", "processing_time", "quality_score", "quality_grade", "metadata"}
    assert read | {"optimization_applied", "cache_hit"} <= set(said.body)


async def test_the_desktop_client_reads_with_its_expression(client: Client) -> None:
    asked = {"text": "Hello", "source_lang": "auto", "target_lang": "eng_Latn"}
    await weigh(client, 100)
    async with client.session.post(f"{client.url}/translate", json=asked) as answer:
        assert answer.status == 200
        found = re.search(r'"translated_text"\s*:\s*"(.+?)"', await answer.text())
    assert found
    assert found[1]
