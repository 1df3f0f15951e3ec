from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bentos.app import create_app
from bentos.management.manager import Manager
from tests.bentos.management.shelf import LARGE, install

MODELS = "/api/v1/models"


@pytest.fixture
async def client(manager: Manager) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app("managed")
    app.state.manager = manager
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def test_models_are_listed_with_a_default_for_each_family(client: httpx.AsyncClient) -> None:
    answer = await client.get(MODELS, params={"family": "translation", "language": "fr"})
    assert answer.status_code == 200
    found = answer.json()
    assert found["default_model"] == found["defaults"]["translation"]
    assert "aya" in [each["id"] for each in found["models"]]
    assert {each["family"] for each in found["models"]} == {"translation"}


async def test_unknown_model_is_404_in_the_one_error_body(client: httpx.AsyncClient) -> None:
    for answer in (
        await client.get(f"{MODELS}/gpt-9"),
        await client.delete(f"{MODELS}/gpt-9"),
        await client.post(f"{MODELS}/plan", json={"model": "gpt-9"}),
        await client.post(f"{MODELS}/pull", json={"model": "gpt-9"}),
    ):
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "unknown_model"
        assert answer.json()["error"]["details"] == {"model": "gpt-9"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "?family=poetry", None),
        ("GET", "?max_memory=-1", None),
        ("POST", "/plan", {"model": "aya", "slots": 0}),
        ("POST", "/plan", {"model": "aya", "colour": "red"}),
        ("POST", "/recommend", {"priority": "beauty"}),
        ("POST", "/import", {"format": 99}),
    ],
)
async def test_what_cannot_be_read_is_refused(
    method: str, path: str, body: dict[str, Any] | None, client: httpx.AsyncClient
) -> None:
    answer = await client.request(method, MODELS + path, json=body)
    assert answer.status_code == 422, answer.text
    assert set(answer.json()) == {"error"}


async def test_what_asks_needs_no_more_than_a_body(client: httpx.AsyncClient) -> None:
    plan = await client.post(f"{MODELS}/plan", json={"model": "aya"})
    assert plan.json()["id"] == "aya"
    assert plan.json()["verdict"] in {"fits", "fits_smaller", "does_not_fit"}
    recommended = await client.post(f"{MODELS}/recommend", json={"priority": "speed"})
    assert recommended.json()["recommendations"]
    check = await client.post(f"{MODELS}/check", json={"model": "aya"})
    assert check.json()["items"]
    assert (await client.get(f"{MODELS}/statistics")).json() == {"statistics": []}


async def test_choice_removal_and_export_go_over_http(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    install(tmp_path, "1", LARGE)
    used = await client.post(f"{MODELS}/use", json={"model": "nllb-200-1.3b"})
    assert used.json()["version"] == "1"
    current = (await client.get(f"{MODELS}/current")).json()["current"]
    assert [each["id"] for each in current if each["family"] == "translation"] == ["nllb-200-1.3b"]
    exported = await client.get(f"{MODELS}/export")
    assert exported.headers["content-type"] == "application/json"

    kept = await client.delete(f"{MODELS}/nllb:1")
    assert (kept.status_code, kept.json()["error"]["code"]) == (409, "model_in_use")
    removed = await client.delete(f"{MODELS}/nllb:1", params={"force": True})
    assert removed.json() == {"removed": ["nllb:1"]}
    assert (await client.post(f"{MODELS}/sync")).json()["missing"] == []

    back = await client.post(f"{MODELS}/import", json=exported.json())
    assert back.json()["choices"] == ["translation"]
    assert (await client.post(f"{MODELS}/sync")).json()["missing"] == ["nllb:1"]
