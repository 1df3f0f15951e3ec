"""Which paths are the predecessor's, and what a browser gets."""

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from tests.bentos.gateway.legacy.asking import Row, check, client_of, legacy

PROFILES = ("main", "multimodel", "single", "aya")
OWNED = [
    *("/", "/health", "/languages", "/languages/", "/languages/eng_Latn", "/translate"),
    *("/translate/batch", "/translate/legacy", "/models", "/models/x", "/models/x/load"),
    *("/model/info", "/detect", "/adaptive/stats"),
]
OTHERS = [
    *("/api/v1/translate", "/api/v1/models", "/livez", "/readyz", "/metrics", "/docs", "/redoc"),
    *("/openapi.json", "/page/page.css", "/bento/translate", "/translate/stream", "/model"),
    *("/languages/a/b", "/models/a/b", "", "//"),
]


async def stats(request: Request) -> Response:
    return JSONResponse({"path": request.url.path})


ADAPTIVE = Route("/adaptive/stats", stats)


@pytest.mark.parametrize("profile", PROFILES)
def test_it_owns_the_paths_of_all_servers_and_no_other(profile: str) -> None:
    app = legacy(profile, extra_routes=[ADAPTIVE])
    assert [path for path in OWNED if not app.owns(path)] == []
    assert [path for path in OTHERS if path.strip("/") and app.owns(path)] == []


@pytest.mark.parametrize("profile", PROFILES)
async def test_further_routes_are_in_every_profile(profile: str) -> None:
    app = legacy(profile, extra_routes=[ADAPTIVE])
    await check(app, Row("GET /adaptive/stats", 200, {"path": "/adaptive/stats"}, key=None))


async def page(request: Request) -> Response:
    return HTMLResponse(f"<p>{request.url.path}</p>")


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_browser_gets_the_page_and_others_json(profile: str) -> None:
    async with client_of(legacy(profile, page=page), None) as client:
        html = await client.get("/", headers={"Accept": "text/html,*/*;q=0.8"})
        json = await client.get("/", headers={"Accept": "*/*"})
    assert html.text == "<p>/</p>"
    assert json.json()["message"] == "Aya Translation API"
    assert "Accept" in json.headers["vary"].split(", ")


async def test_without_a_page_a_browser_gets_json() -> None:
    row = Row("GET /", 200, {"model": "aya-101"}, headers={"Accept": "text/html"}, key=None)
    await check(legacy("main"), row)


@pytest.mark.parametrize("profile", PROFILES)
async def test_head_was_not_known(profile: str) -> None:
    for path in ("/", "/health", "/languages", "/models", "/model/info"):
        assert (await check(legacy(profile), Row(f"HEAD {path}", 405))).headers["allow"] == "GET"
