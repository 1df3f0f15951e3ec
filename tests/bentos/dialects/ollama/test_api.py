"""What the official client does not send, and pulls that need no network."""

import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from bentos.dialects.mount import bind_dialects
from bentos.management.manager import Report
from bentos.management.shapes import PullEvent
from common.settings import ServiceSettings
from tests.bentos.dialects.chatting import Parrot
from tests.bentos.dialects.places import at
from tests.bentos.gateway.test_api_managing import on_demand, stand_in
from tests.bentos.gateway.whole import whole
from tests.bentos.management.test_progress import Pulling
from tests.fakes import Served

MANAGER = "a-key-that-manages-as-well"


def work(report: Report) -> None:
    report(PullEvent(status="started"))
    report(PullEvent(status="installed", tag="aya:1"))


async def pulled(**body: object) -> httpx.Response:
    settings = ServiceSettings(api_keys=SecretStr(f"{MANAGER}:translate+manage"))
    served = await Served(settings=settings).load()
    bind_dialects(served.app, replace(served.app.state.backing, manager=Pulling(work)))
    async with served.client(Authorization=f"Bearer {MANAGER}") as client:
        return await client.post("/ollama/api/pull", json={"model": "aya-expanse:8b", **body})


async def test_a_pull_is_told_line_by_line() -> None:
    answer = await pulled()
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines[0]["status"] == "pulling manifest"
    assert lines[-1] == {"status": "success"}


async def test_a_pull_may_be_waited_for() -> None:
    answer = await pulled(stream=False)
    assert (answer.status_code, answer.json()) == (200, {"status": "success"})


async def test_streams_are_lines_unless_it_is_said_otherwise() -> None:
    asked = {"model": "echo", "prompt": "one two"}
    async with at(echo=Parrot()) as served, served.client("/ollama") as client:
        streamed = await client.post("/api/generate", json=asked)
        whole = await client.post("/api/generate", json={**asked, "stream": False})
    assert streamed.headers["content-type"] == "application/x-ndjson"
    assert "".join(json.loads(line)["response"] for line in streamed.text.splitlines()) == "one two"
    assert whole.headers["content-type"] == "application/json"
    assert whole.json()["response"] == "one two"


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", ""])
async def test_a_body_is_json_whatever_curl_calls_it(kind: str) -> None:
    body = b'{"model": "echo", "prompt": "one", "stream": false}'
    async with at(echo=Parrot()) as served, served.client("/ollama") as client:
        answer = await client.post("/api/generate", content=body, headers={"content-type": kind})
    assert (answer.status_code, answer.json()["response"]) == (200, "one")


async def test_pictures_are_not_seen() -> None:
    said = [{"role": "user", "content": "What is this?", "images": ["aGk="]}]
    async with at(echo=Parrot()) as served, served.client("/ollama") as client:
        answer = await client.post("/api/chat", json={"model": "echo", "messages": said})
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "this model does not support images"},
    )


async def test_a_name_may_be_missing_only_where_it_says_so() -> None:
    async with at() as served, served.client("/ollama") as client:
        answer = await client.post("/api/show", json={})
        unread = await client.post("/api/chat", content=b"{")
    assert (answer.status_code, answer.json()) == (400, {"error": "model is required"})
    assert unread.status_code == 400
    assert set(unread.json()) == {"error"}


async def test_a_model_on_demand_is_loaded_kept_and_unloaded(tmp_path: Path) -> None:
    keys = {"api_keys": SecretStr(f"{MANAGER}:translate+manage")}
    async with (
        whole(on_demand(tmp_path), stand_in, **keys) as gateway,
        gateway.client(MANAGER) as client,
    ):

        async def status() -> str:
            return str((await client.get("/api/v1/backends/aya")).json()["status"])

        async def ask(**body: object) -> object:
            asked = {"model": "aya", **body}
            return (await client.post("/ollama/api/generate", json=asked)).json()["done_reason"]

        said = [await status(), await ask(keep_alive="5m"), await status()]
        said += [await ask(keep_alive=0), await status()]
        assert (await client.get("/ollama/api/ps")).json() == {"models": []}
    assert said == ["cold", "load", "ready", "unload", "cold"]
