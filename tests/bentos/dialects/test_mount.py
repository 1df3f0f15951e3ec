"""A dialect in a service: reached below all its bases, with its own errors, keys and schema."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bentos.application import application
from bentos.auth import label_of
from bentos.dialects import registry
from bentos.dialects.mount import DialectRoute, bind_dialects
from bentos.front import Front
from bentos.single import backing_of
from common.settings import ServiceSettings
from tests.bentos.dialects.shouting import Shouting
from tests.fakes import Served

KEY, MANAGER = "translate-key-of-twenty", "manage-key-of-twenty-ch"
CLOSED = ServiceSettings(api_keys=SecretStr(f"{KEY},{MANAGER}:manage"), max_body_bytes=2000)
WORDS = {"words": "one. two"}


async def _client(settings: ServiceSettings) -> httpx.AsyncClient:
    served = await Served(settings=settings).load()
    app = application("shouting", [DialectRoute(Shouting())])
    bind_dialects(app, backing_of(served.translator))
    front = Front(app, model_name="shouting", settings=settings)
    transport = httpx.ASGITransport(front, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://echo")


@pytest.fixture(autouse=True)
def shouted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "DIALECTS", (Shouting(),))


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with await _client(ServiceSettings()) as client:
        yield client


@pytest.fixture
async def closed() -> AsyncIterator[httpx.AsyncClient]:
    async with await _client(CLOSED) as client:
        yield client


@pytest.mark.parametrize("base", Shouting.bases)
async def test_it_answers_below_each_of_its_bases(client: httpx.AsyncClient, base: str) -> None:
    answer = await client.post(f"{base}/v9/shout", json=WORDS)
    assert (answer.status_code, answer.json()["shouted"]) == (200, "ONE. TWO")


@pytest.mark.parametrize(
    ("asked", "body", "status", "code"),
    [
        ("POST /v9/shout", {"words": 1}, 422, "invalid_request"),
        ("POST /shouting/v9/shout", {"words": " "}, 400, "empty_text"),
        ("GET /v9/nothing", None, 404, "not_found"),
        ("GET /v9/shout", None, 405, "method_not_allowed"),
        ("GET /v9/break", None, 500, "internal"),
    ],
)
async def test_its_errors_look_as_its_clients_know_them(
    client: httpx.AsyncClient, asked: str, body: Any, status: int, code: str
) -> None:
    answer = await client.request(*asked.split(), json=body)
    assert answer.status_code == status
    assert answer.json() == {"oops": code, "id": answer.headers["X-Request-Id"]}


@pytest.mark.parametrize("path", ["/v90/shout", "/shoutings/v9/shout", "/shouting/shout"])
async def test_other_paths_are_not_its_own(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(path, json=WORDS)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


async def test_what_the_guards_refuse_looks_alike(closed: httpx.AsyncClient) -> None:
    answer = await closed.post("/v9/shout", json={"words": "x" * 3000, "key": KEY})
    assert (answer.status_code, answer.json()["oops"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("headers", "key", "status"),
    [
        ({}, None, 401),
        ({}, "no-such-key-at-all-here", 401),
        ({"X-API-Key": "no-such-key-at-all-here"}, KEY, 401),
        ({}, MANAGER, 403),
        ({}, KEY, 200),
        ({"X-API-Key": KEY}, None, 200),
    ],
)
async def test_a_key_may_stand_in_the_body(
    closed: httpx.AsyncClient, headers: dict[str, str], key: str | None, status: int
) -> None:
    answer = await closed.post("/v9/shout", json={**WORDS, "key": key}, headers=headers)
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["by"] == label_of(KEY.encode())


async def test_it_says_which_scope_its_paths_need(closed: httpx.AsyncClient) -> None:
    statuses = [
        (await closed.delete("/v9/shout", headers={"X-API-Key": key})).status_code
        for key in (KEY, MANAGER)
    ]
    assert statuses == [403, 200]
    assert (await closed.get("/v9/break")).status_code == 500


async def test_its_schema_is_its_own(client: httpx.AsyncClient) -> None:
    schema = (await client.get("/v9/openapi.json")).json()
    assert set(schema["paths"]) == {"/v9/shout", "/v9/break"}


@pytest.mark.parametrize("base", Shouting.bases)
async def test_its_paths_are_logged_whole(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, base: str
) -> None:
    with caplog.at_level("INFO", "bentos.middleware"):
        await client.post(f"{base}/v9/shout", json=WORDS)
        await client.post(f"{base}/v9/unknown", json=WORDS)
    assert caplog.messages[-2:] == [f"POST {base}/v9/shout 200", "POST - 404"]
