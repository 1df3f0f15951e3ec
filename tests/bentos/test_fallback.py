import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from bentos.app import create_app
from tests.fakes import Served

NATIVE = "/bento/translate"


@pytest.fixture
def app() -> FastAPI:
    return create_app("echo", {NATIVE: ("POST",)})


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
def test_an_unknown_path_is_404_in_our_body(client: TestClient, method: str) -> None:
    answer = client.request(method, "/nothing/here")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/translate", "OPTIONS, POST"),
        ("HEAD", "/translate", "OPTIONS, POST"),
        ("BREW", "/translate/batch", "OPTIONS, POST"),
        ("POST", "/model", "GET, HEAD, OPTIONS"),
        ("DELETE", "/", "GET, HEAD, OPTIONS"),
        ("POST", "/livez", "GET, HEAD, OPTIONS"),
        ("GET", NATIVE, "OPTIONS, POST"),
    ],
)
def test_a_wrong_method_is_405_and_names_the_right_ones(
    client: TestClient, method: str, path: str, allowed: str
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    if method != "HEAD":
        assert answer.json()["error"]["code"] == "method_not_allowed"


def test_options_name_the_methods(client: TestClient) -> None:
    answer = client.options("/translate")
    assert (answer.status_code, answer.headers["Allow"]) == (204, "OPTIONS, POST")


def test_head_is_get_without_the_body(client: TestClient) -> None:
    head, get = client.head("/openapi.json"), client.get("/openapi.json")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]
    assert client.head("/").status_code == 200


async def test_head_of_an_endpoint_is_get_without_the_body() -> None:
    served = await Served().load()
    async with served.client() as client:
        head, get = await client.head("/model"), await client.get("/model")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(get.content))


def test_a_trailing_slash_is_another_path(client: TestClient) -> None:
    assert client.post("/translate/", json={}).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "ours"),
    [
        ("GET", "/livez", False),
        ("HEAD", "/readyz", False),
        ("GET", "/metrics", False),
        ("GET", "/docs.json", False),
        ("POST", NATIVE, False),
        ("POST", "/metrics", True),
        ("GET", "/static_content/other", True),
    ],
)
def test_what_bentoml_answers_is_left_to_it(
    app: FastAPI, method: str, path: str, *, ours: bool
) -> None:
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    assert any(route.matches(scope)[0].value == 2 for route in app.routes) is ours


def test_websockets_are_not_ours(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/translate"):
        pass
