"""Pages of other origins may call, as far as each server let them."""

from typing import Any

import httpx2
import pytest

from tests.bentos.gateway.fakes import Echo
from tests.bentos.gateway.legacy.asking import KEY, SPOKEN, client_of, legacy

ORIGIN = "https://web.telegram.org"
ASKS = {
    "Origin": ORIGIN,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type,x-api-key",
}
OPEN = ("main", "multimodel", "single")


async def preflight(profile: str, path: str, **headers: str) -> httpx2.Response:
    async with client_of(legacy(profile), None) as client:
        return await client.request("OPTIONS", path, headers={**ASKS, **headers})


@pytest.mark.parametrize("path", ["/translate", "/languages", "/nothing"])
@pytest.mark.parametrize("profile", OPEN)
async def test_preflight_is_answered_on_any_path(profile: str, path: str) -> None:
    response = await preflight(profile, path)
    said = {
        name.removeprefix("access-control-"): value
        for name, value in response.headers.items()
        if name.startswith("access-control-")
    }
    assert (response.status_code, response.text) == (200, "OK")
    assert response.headers["content-type"].startswith("text/plain")
    assert said == {
        "allow-origin": ORIGIN,
        "allow-credentials": "true",
        "allow-methods": "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
        "allow-headers": "content-type,x-api-key",
        "max-age": "600",
    }
    assert response.headers["vary"].startswith("Origin")


async def test_aya_allows_fewer_methods_and_no_credentials() -> None:
    response = await preflight("aya", "/translate")
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["access-control-allow-methods"] == "GET, POST, PUT, DELETE, OPTIONS"
    assert "access-control-allow-credentials" not in response.headers


async def test_aya_refuses_another_method() -> None:
    response = await preflight("aya", "/translate", **{"Access-Control-Request-Method": "PATCH"})
    assert (response.status_code, response.text) == (400, "Disallowed CORS method")


async def test_private_networks_are_not_answered() -> None:
    response = await preflight("main", "/", **{"Access-Control-Request-Private-Network": "true"})
    assert response.status_code == 200
    assert "access-control-allow-private-network" not in response.headers


async def get(profile: str, path: str, key: str | None, **headers: str) -> httpx2.Response:
    async with client_of(legacy(profile), key) as client:
        return await client.get(path, headers={"Origin": ORIGIN, **headers})


@pytest.mark.parametrize(("path", "key"), [("/languages", KEY), ("/languages", None), ("/no", KEY)])
@pytest.mark.parametrize("profile", OPEN)
async def test_answers_and_refusals_may_be_read(profile: str, path: str, key: str | None) -> None:
    response = await get(profile, path, key)
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["access-control-allow-credentials"] == "true"


async def test_with_a_cookie_the_origin_is_named() -> None:
    response = await get("main", "/languages", KEY, Cookie="a=b")
    assert response.headers["access-control-allow-origin"] == ORIGIN


async def test_aya_exposes_all_headers() -> None:
    response = await get("aya", "/languages", KEY)
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["access-control-expose-headers"] == "*"


async def test_even_what_is_unforeseen_may_be_read() -> None:
    models: Any = Echo(languages=SPOKEN)
    models.failure = RuntimeError("unforeseen")
    body = {"text": "a", "target_lang": "fr"}
    async with client_of(legacy("main", models)) as client:
        response = await client.post("/translate", json=body, headers={"Origin": ORIGIN})
    assert (response.status_code, response.json()) == (500, {"detail": "Internal Server Error"})
    assert response.headers["access-control-allow-origin"] == "*"
