"""The gateway as BentoML serves it, less the socket."""

import asyncio
import json
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

import bentoml
import pytest
from starlette.testclient import TestClient

from bentos.config import CONFIG
from bentos.gateway.configuration import InvalidConfigurationError
from bentos.gateway.metrics import NAME
from bentos.gateway.service import GatewayService, publish
from tests.bentos.gateway.services import unused_url
from tests.bentos.gateway.test_api import code_of
from tests.bentos.gateway.whole import ASKED, KEYS, MANAGER, model

SECONDS = 10
INNER: Any = cast("Any", GatewayService).inner
# Without BentoML's own metrics, of which a process can have one service's only.
SERVICE: Any = bentoml.service(name=NAME, metrics={"enabled": False}, **CONFIG)(
    type("Unmeasured", (INNER,), {})
)
publish(SERVICE)


@pytest.fixture
def audit_file(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, audit_file: Path) -> Iterator[TestClient]:
    monkeypatch.setenv("LINGUA_NEXUS_GATEWAY_BACKENDS", f"nllb={unused_url()}")
    monkeypatch.setenv("LINGUA_NEXUS_GATEWAY_AUDIT_FILE", str(audit_file))
    monkeypatch.setenv("LINGUA_NEXUS_API_KEYS", KEYS)
    with TestClient(SERVICE.to_asgi()) as client:
        wait_until_ready(client)
        yield client


def wait_until_ready(client: TestClient) -> None:
    deadline = time.monotonic() + SECONDS
    while client.get("/readyz").status_code != HTTPStatus.OK:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_probes_are_bentomls(client: TestClient) -> None:
    for path in ("/livez", "/readyz", "/healthz"):
        assert client.get(path).status_code == 200
    assert client.post("/livez").json()["error"]["code"] == "method_not_allowed"


def test_both_apis_the_page_and_the_document_are_served(client: TestClient) -> None:
    manager = {"X-API-Key": MANAGER}
    backends = client.get("/api/v1/backends", headers=manager).json()["backends"]
    assert [(one["name"], one["status"]) for one in backends] == [("nllb", "down")]
    assert client.get("/health").status_code == 200
    assert client.get("/openapi.json").json()["openapi"].startswith("3.1")
    assert client.get("/", headers={"Accept": "text/html"}).text.startswith("<!doctype html>")
    assert "/api/v1/translate" in client.get("/docs.json").json()["paths"]
    assert client.get("/api/v1/health").status_code == 503


def test_errors_are_those_of_the_path(client: TestClient) -> None:
    assert code_of(cast("Any", client.post("/api/v1/translate", json=ASKED))) == "unauthorized"
    theirs = client.post("/translate", json=ASKED)
    assert (theirs.status_code, theirs.json()) == (403, {"detail": "Invalid API Key"})
    unknown = client.get("/nothing/at/all", headers={"X-API-Key": MANAGER})
    assert (unknown.status_code, code_of(cast("Any", unknown))) == (404, "not_found")
    broken = client.get("/languages/a%0Ab", headers={"X-API-Key": MANAGER})
    assert broken.status_code == 404
    assert client.post("/readyz").json()["error"]["code"] == "method_not_allowed"


def test_the_audit_is_written_to_its_end(client: TestClient, audit_file: Path) -> None:
    client.post("/api/v1/gateway/reload")
    client.__exit__()
    [entry] = [json.loads(line) for line in audit_file.read_text().splitlines()]
    assert (entry["action"], entry["status"]) == ("POST /api/v1/gateway/reload", 401)
    client.__enter__()


async def test_it_translates_by_the_model_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with model() as url:
        monkeypatch.setenv("LINGUA_NEXUS_GATEWAY_BACKENDS", f"nllb={url}")
        answer = await asyncio.to_thread(translated)
    assert answer["translated_text"] == "ONE. TWO"
    assert answer["routing"]["model"] == "nllb"


def translated() -> Any:
    with TestClient(SERVICE.to_asgi()) as client:
        wait_until_ready(client)
        return client.post("/api/v1/translate", json=ASKED).json()


async def test_it_is_ready_from_its_start_to_its_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINGUA_NEXUS_GATEWAY_BACKENDS", f"nllb={unused_url()}")
    service = INNER()
    assert not await service.__is_ready__()
    await service.stop()
    await service.start()
    assert await service.__is_ready__()
    await service.stop()


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("GATEWAY_BACKENDS", "nllb", InvalidConfigurationError),
        ("GATEWAY_FILE", "/nowhere/gateway.toml", InvalidConfigurationError),
        ("GATEWAY_PROFILE", "none", ValueError),
        ("API_KEYS", "a-key-of-some-length:fly", ValueError),
        ("RATE_LIMIT", "often", ValueError),
    ],
)
def test_settings_that_cannot_be_used_end_it_before_a_worker_starts(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, error: type[Exception]
) -> None:
    INNER.check_settings()
    monkeypatch.setenv(f"LINGUA_NEXUS_{name}", value)
    with pytest.raises(error):
        INNER.check_settings()
