import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request
from prometheus_client import REGISTRY
from pydantic import SecretStr
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Scope

from bentos.middleware import Gatekeeper, install
from common import logs
from common.settings import ServiceSettings
from models.base.request_models import TranslationRequest
from tests.bentos.page_app import served
from tests.restored import restored_logging

KEY = "translate-key-of-twenty"
MANAGER = "manage-key-of-twenty-ch"
KEYS = SecretStr(f"{KEY},{MANAGER}:manage")
MARKER = "Zeitgeist7731"


def small_app(settings: ServiceSettings | None = None) -> FastAPI:
    app = FastAPI()

    @app.post("/translate")
    async def translate(request: TranslationRequest) -> dict[str, str | None]:
        return {"text": request.text, "request_id": logs.request_id.get()}

    @app.post("/detect")
    async def read_raw(request: Request) -> int:
        return len(await request.body())

    @app.get("/languages/{code}")
    async def language(code: str) -> str:
        message = f"no idea what {code} is"
        raise ValueError(message)

    @app.get("/livez")
    async def livez() -> str:
        return "alive"

    @app.post("/api/v1/models")
    async def manage() -> str:
        return "managed"

    install(app, settings or ServiceSettings(), "echo")
    return app


def client_of(**settings: Any) -> TestClient:
    return TestClient(small_app(ServiceSettings(**settings)))


def translate(client: TestClient, **headers: str) -> httpx2.Response:
    body = {"text": "hello", "target_lang": "fr"}
    return client.post("/translate", json=body, headers=headers)


def code_of(response: httpx2.Response) -> str:
    error = response.json()["error"]
    assert error["request_id"] == response.headers["x-request-id"]
    return str(error["code"])


def test_a_request_id_is_made_and_known_inside() -> None:
    response = translate(client_of())
    assert response.json()["request_id"] == response.headers["x-request-id"]
    assert len(response.headers["x-request-id"]) == 32


def test_the_callers_request_id_comes_back() -> None:
    assert (
        translate(client_of(), **{"X-Request-Id": "a.B_c-1"}).headers["x-request-id"] == "a.B_c-1"
    )


@pytest.mark.parametrize("sent", ["", "a b", "a" * 129, "<script>", "a/b", "a\n"])
def test_a_strange_request_id_is_replaced(sent: str) -> None:
    response = translate(client_of(), **{"X-Request-Id": sent})
    assert response.headers["x-request-id"] != sent


def test_without_keys_translating_is_open_and_managing_closed() -> None:
    client = client_of()
    assert translate(client).status_code == 200
    assert translate(client, **{"X-API-Key": "any"}).status_code == 200
    refused = client.post("/api/v1/models")
    assert (refused.status_code, code_of(refused)) == (401, "unauthorized")


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "wrong"}, {"Authorization": "Basic abc"}])
def test_no_key_or_a_wrong_one_is_401(headers: dict[str, str]) -> None:
    response = translate(client_of(api_keys=KEYS), **headers)
    assert (response.status_code, code_of(response)) == (401, "unauthorized")
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_what_is_refused_at_the_door_is_counted_by_its_code() -> None:
    def count() -> float:
        labels = {"model": "echo", "code": "unauthorized"}
        return REGISTRY.get_sample_value("translation_errors_total", labels) or 0.0

    before = count()
    translate(client_of(api_keys=KEYS))
    assert count() == before + 1


@pytest.mark.parametrize("headers", [{"X-API-Key": KEY}, {"Authorization": f"Bearer {KEY}"}])
def test_a_right_key_translates(headers: dict[str, str]) -> None:
    assert translate(client_of(api_keys=KEYS), **headers).status_code == 200


def test_403_is_only_for_a_right_key_without_the_scope() -> None:
    client = client_of(api_keys=KEYS)
    refused = translate(client, **{"X-API-Key": MANAGER})
    assert (refused.status_code, code_of(refused)) == (403, "forbidden")
    assert client.post("/api/v1/models", headers={"X-API-Key": KEY}).status_code == 403
    assert client.post("/api/v1/models", headers={"X-API-Key": MANAGER}).status_code == 200


def test_probes_need_no_key_and_are_never_limited() -> None:
    client = client_of(api_keys=KEYS, rate_limit="1/hour")
    assert {client.get("/livez").status_code for _ in range(5)} == {200}


def test_over_the_rate_is_429_and_says_when_to_come_back() -> None:
    client = client_of(api_keys=KEYS, rate_limit="2/hour")
    statuses = [translate(client, **{"X-API-Key": KEY}).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    refused = translate(client, **{"X-API-Key": KEY})
    assert code_of(refused) == "rate_limited"
    assert 1 <= int(refused.headers["retry-after"]) <= 3600


def test_made_up_keys_do_not_evade_the_limit_of_an_open_service() -> None:
    client = client_of(rate_limit="2/hour")
    statuses = [translate(client, **{"X-API-Key": str(n)}).status_code for n in range(3)]
    assert statuses == [200, 200, 429]


def test_wrong_keys_count_by_address_but_lock_out_nobody_who_is_known() -> None:
    client = client_of(api_keys=KEYS, rate_limit="3/hour")
    assert translate(client, **{"X-API-Key": KEY}).status_code == 200
    statuses = [translate(client, **{"X-API-Key": str(n)}).status_code for n in range(4)]
    assert statuses == [401, 401, 401, 429]
    assert translate(client, **{"X-API-Key": MANAGER}).status_code == 429
    assert translate(client, **{"X-API-Key": KEY}).status_code == 200


def test_forwarded_addresses_are_not_believed() -> None:
    client = client_of(rate_limit="1/hour")
    statuses = [
        translate(client, **{"X-Forwarded-For": f"192.0.2.{n}"}).status_code for n in range(2)
    ]
    assert statuses == [200, 429]


def test_a_body_declared_too_large_is_413() -> None:
    response = client_of(max_body_bytes=1024).post("/detect", content=b"a" * 1025)
    assert (response.status_code, code_of(response)) == (413, "body_too_large")
    assert client_of(max_body_bytes=1024).post("/detect", content=b"a" * 1024).json() == 1024


@pytest.mark.parametrize("path", ["/detect", "/translate"])
def test_a_chunked_body_is_413_once_it_is_too_large(path: str) -> None:
    def chunks() -> Iterator[bytes]:
        yield from [b"a" * 512] * 3

    response = client_of(max_body_bytes=1024).post(path, content=chunks())
    assert (response.status_code, code_of(response)) == (413, "body_too_large")


@pytest.mark.parametrize("http", ["h11", "httptools"])
@pytest.mark.parametrize("chunked", [True, False])
async def test_who_sends_far_too_much_gets_the_answer(http: str, chunked: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(320):
            yield b"a" * 65536

    async with served(small_app(), http=http) as url, httpx2.AsyncClient() as client:
        content: Any = chunks() if chunked else b"a" * 65536 * 320
        response = await client.post(f"{url}/detect", content=content)
        assert (response.status_code, code_of(response)) == (413, "body_too_large")
        assert (await client.get(f"{url}/livez")).status_code == 200


def test_no_origin_is_allowed_unless_set() -> None:
    response = translate(client_of(), Origin="https://a.example")
    assert "access-control-allow-origin" not in response.headers


def test_a_preflight_needs_no_key_and_errors_are_readable_elsewhere() -> None:
    client = client_of(api_keys=KEYS, cors_origins=["https://a.example"])
    asked = {
        "Origin": "https://a.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-api-key,content-type",
    }
    preflight = client.options("/translate", headers=asked)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "https://a.example"
    assert "x-request-id" in preflight.headers
    refused = translate(client, Origin="https://a.example")
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == "https://a.example"
    other = translate(client, Origin="https://b.example")
    assert "access-control-allow-origin" not in other.headers


def test_an_unforeseen_error_is_a_500_of_ours_without_internals() -> None:
    response = client_of().get(f"/languages/{MARKER}")
    assert (response.status_code, code_of(response)) == (500, "internal")
    assert MARKER not in response.text


class BrokenKeyring:
    configured = True

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


def test_a_bug_in_the_gatekeeper_itself_is_answered_too() -> None:
    async def app(*_: object) -> None:
        raise AssertionError

    gatekeeper = Gatekeeper(app, ServiceSettings(), "echo")
    gatekeeper._announced = True
    gatekeeper._keyring = BrokenKeyring()  # type: ignore[assignment]
    response = TestClient(gatekeeper).get("/translate")
    assert (response.status_code, code_of(response)) == (500, "internal")


def test_an_app_that_answers_nothing_is_answered_for() -> None:
    async def app(*_: object) -> None:
        return

    response = TestClient(Gatekeeper(app, ServiceSettings(), "echo")).get("/translate")
    assert (response.status_code, code_of(response)) == (500, "internal")


def unguarded_client(app: ASGIApp | None = None, **settings: Any) -> TestClient:
    inner = app or small_app()
    gatekeeper = Gatekeeper(inner, ServiceSettings(**settings), "echo", lambda path: path[1] != "l")
    return TestClient(gatekeeper)


def test_an_unguarded_path_sees_to_keys_rates_and_cors_itself() -> None:
    origins = ["https://a.example"]
    client = unguarded_client(api_keys=KEYS, rate_limit="1/hour", cors_origins=origins)
    for _ in range(3):
        response = translate(client, Origin=origins[0])
        assert response.status_code == 200
        assert "access-control-allow-origin" not in response.headers
    assert client.get("/languages/fr").status_code == 401


def test_an_unguarded_path_is_numbered_logged_and_limited_in_size(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    client = unguarded_client(max_body_bytes=1024)
    assert translate(client, **{"X-Request-Id": "abc"}).headers["x-request-id"] == "abc"
    assert "POST /translate 200" in caplog.text
    refused = client.post("/detect", content=b"a" * 1025)
    assert (refused.status_code, code_of(refused)) == (413, "body_too_large")


async def failing(*_: object) -> None:
    raise ValueError(MARKER)


async def silent(*_: object) -> None:
    return


@pytest.mark.parametrize("app", [failing, silent])
def test_what_goes_wrong_at_an_unguarded_path_is_answered(app: ASGIApp) -> None:
    response = unguarded_client(app).get("/translate")
    assert (response.status_code, code_of(response)) == (500, "internal")
    assert MARKER not in response.text


def test_below_a_root_path_the_path_is_that_of_the_router() -> None:
    seen: list[str] = []

    def unguarded(path: str) -> bool:
        seen.append(path)
        return True

    gatekeeper = Gatekeeper(small_app(), ServiceSettings(api_keys=KEYS), "echo", unguarded)
    client = TestClient(gatekeeper, root_path="/below")
    assert translate(client).status_code == 200
    assert seen == ["/translate"]


def test_two_gatekeepers_in_a_row_count_once() -> None:
    settings = ServiceSettings(api_keys=KEYS, rate_limit="2/hour")
    client = TestClient(Gatekeeper(small_app(settings), settings, "echo"))
    statuses = [translate(client, **{"X-API-Key": KEY}).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_errors_behind_two_gatekeepers_are_ours_too() -> None:
    client = TestClient(Gatekeeper(small_app(), ServiceSettings(), "echo"))
    response = client.get(f"/languages/{MARKER}")
    assert (response.status_code, code_of(response)) == (500, "internal")


def test_a_refused_request_is_logged_with_its_path(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    translate(client_of(api_keys=KEYS))
    assert "POST /translate 401" in caplog.text


async def test_web_sockets_do_not_pass() -> None:
    reached = []
    sent = []

    async def app(*call: object) -> None:
        reached.append(call)

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Scope = {"type": "websocket", "path": "/translate", "headers": []}
    await Gatekeeper(app, ServiceSettings(), "echo")(scope, asyncio.Queue[Any]().get, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]
    assert not reached


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_text_key_address_or_query_is_ever_logged(
    log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ServiceSettings(
        api_keys=KEYS, rate_limit="9/hour", log_format=log_format, log_level="DEBUG"
    )
    with restored_logging():
        logs.configure(settings)
        client = TestClient(small_app(settings), client=("203.0.113.77", 4711))
        headers = {"X-API-Key": KEY}
        client.post("/translate", json={"text": MARKER, "target_lang": "fr"}, headers=headers)
        client.post(
            "/translate", json={"text": 7, "x": MARKER, "target_lang": MARKER * 9}, headers=headers
        )
        client.post("/translate", content=f'{{"text": "{MARKER}', headers=headers)
        client.get(f"/languages/{MARKER}?q={MARKER}", headers=headers)
        client.get(f"/{MARKER}", headers=headers)
        client.request(MARKER, "/translate", headers=headers)
        client.post("/translate", headers={"X-API-Key": MARKER, "Authorization": MARKER})
        client.post("/translate", content=MARKER, headers={"X-Request-Id": f"{MARKER} {MARKER}"})
    out = capsys.readouterr().out
    for hidden in (MARKER, KEY, MANAGER, "203.0.113.77"):
        assert hidden not in out
    assert "POST /translate 200" in out
    assert "/languages/{code} 500" in out
    assert "ValueError" in out
    assert out.count("duration_ms") == 8
