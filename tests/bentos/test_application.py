"""What an app without a translator does: errors in the one body, a schema, BentoML's paths left."""

import httpx
import pytest
from fastapi import APIRouter
from starlette.exceptions import HTTPException

from bentos import openapi
from bentos.application import VERSION, application
from bentos.middleware import install
from common.settings import ServiceSettings
from models.base.exceptions import OverloadedError


async def _raise(kind: str) -> None:
    raise {
        "overloaded": OverloadedError("Full.", retry_after_s=3),
        "teapot": HTTPException(418),
        "gateway": HTTPException(502),
        "unforeseen": RuntimeError("secret"),
    }[kind]


@pytest.fixture
def client() -> httpx.AsyncClient:
    router = APIRouter()
    errors = openapi.errors(500)
    router.add_api_route("/raise/{kind}", _raise, methods=["GET"], responses=errors)
    app = application("plain", router.routes, {"/bento/x": ("POST",)})
    install(app, ServiceSettings(), "plain")
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://plain")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/raise/overloaded", 503, "overloaded"),
        ("/raise/teapot", 422, "invalid_request"),
        ("/raise/gateway", 500, "internal"),
        ("/raise/unforeseen", 500, "internal"),
        ("/nowhere", 404, "not_found"),
    ],
)
async def test_every_error_is_in_the_one_body(
    client: httpx.AsyncClient, path: str, status: int, code: str
) -> None:
    async with client:
        answer = await client.get(path)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
    assert answer.json()["error"]["request_id"] == answer.headers["X-Request-Id"]
    assert "secret" not in answer.text


async def test_it_says_what_it_is(client: httpx.AsyncClient) -> None:
    async with client:
        schema = (await client.get("/openapi.json")).json()
        page = await client.get("/docs")
    assert schema["info"]["title"] == "Lingua Nexus: plain"
    assert schema["info"]["version"] == VERSION
    assert "static_content/swagger-ui-bundle.js" in page.text
