"""Who may ask what, whose errors an answer has, and what is logged; not what is answered."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from openapi_spec_validator import validate

from bentos.auth import MANAGE, label_of, needed_scope
from bentos.gateway.metrics import NAME
from bentos.gateway.settings import GatewaySettings
from bentos.gateway.shapes import GatewayRequest
from bentos.gateway.surface import GatewayFront, Surface
from common.settings import ServiceSettings
from tests.bentos.gateway.services import Service
from tests.bentos.gateway.test_api import code_of
from tests.bentos.gateway.whole import (
    ASKED,
    KEYS,
    MANAGER,
    READER,
    Whole,
    before,
    before_echoes,
    before_service,
    whole,
)

PROFILES = ("main", "multimodel", "single", "aya")
TRANSLATING: list[tuple[str, str, Any]] = [
    ("POST", "/api/v1/translate", ASKED),
    ("POST", "/api/v1/translate/batch", [ASKED]),
    ("POST", "/api/v1/translate/stream", ASKED),
    ("POST", "/api/v1/detect", {"text": "Good morning."}),
    ("GET", "/api/v1/languages", None),
    ("GET", "/api/v1/model", None),
    ("GET", "/api/v1/models", None),
    ("GET", "/api/v1/models/current", None),
    ("GET", "/api/v1/backends", None),
    ("GET", "/api/v1/backends/nllb", None),
    ("GET", "/api/v1/gateway", None),
]
MANAGING: list[tuple[str, str, Any]] = [
    ("POST", "/api/v1/backends/nllb/load", None),
    ("POST", "/api/v1/backends/nllb/unload", None),
    ("PUT", "/api/v1/backends/nllb/keep_alive", {"seconds": 60}),
    ("POST", "/api/v1/gateway/reload", None),
]
REFUSED_IN_THEIR_WORDS: list[tuple[str, str, int, Any]] = [
    ("GET", "/translate", 405, {"detail": "Method Not Allowed"}),
    ("DELETE", "/languages", 405, {"detail": "Method Not Allowed"}),
    ("HEAD", "/languages", 405, {"detail": "Method Not Allowed"}),
    ("POST", "/translate", 422, None),
]


@pytest.fixture
async def keyed() -> AsyncIterator[Whole]:
    async with before_echoes(api_keys=KEYS) as gateway:
        yield gateway


@pytest.fixture
async def keyless() -> AsyncIterator[Whole]:
    async with before_echoes() as gateway:
        yield gateway


async def test_without_keys_translating_is_open_and_managing_closed(keyless: Whole) -> None:
    for method, path, body in TRANSLATING:
        assert (await keyless.ask(method, path, body)).status_code == 200, path
    for method, path, body in MANAGING:
        answer = await keyless.ask(method, path, body, "any-key-at-all")
        assert (answer.status_code, code_of(answer)) == (401, "unauthorized"), path


async def test_with_keys_each_call_needs_one_of_the_scope(keyed: Whole) -> None:
    for method, path, body in (*TRANSLATING, *MANAGING):
        for key in (None, "not-a-key-of-ours"):
            answer = await keyed.ask(method, path, body, key)
            assert (answer.status_code, code_of(answer)) == (401, "unauthorized"), path
        status = (await keyed.ask(method, path, body, READER)).status_code
        assert status == (200 if (method, path, body) in TRANSLATING else 403), path
        assert (await keyed.ask(method, path, body, MANAGER)).status_code == 200, path


async def test_every_operation_is_behind_the_scope_that_the_document_says(keyed: Whole) -> None:
    tried = 0
    for path, operations in keyed.surface.app.openapi()["paths"].items():
        for method in operations:
            needed = needed_scope(path, method.upper())
            answer = await keyed.ask(method.upper(), path.replace("{", "").replace("}", ""))
            assert (answer.status_code == 401) is (needed is not None), path
            if needed == MANAGE:
                refused = await keyed.ask(method.upper(), path, key=READER)
                assert code_of(refused) == "forbidden"
            tried += 1
    assert tried > 25


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/api/v2/translate", "/bento/x"])
async def test_an_unknown_path_is_told_in_our_one_body(keyless: Whole, path: str) -> None:
    for method in ("GET", "POST"):
        answer = await keyless.ask(method, path)
        assert (answer.status_code, code_of(answer)) == (404, "not_found")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_wrong_method_below_our_api_is_told_with_the_right_ones(
    keyless: Whole, method: str
) -> None:
    answer = await keyless.ask(method, "/api/v1/translate")
    assert (answer.status_code, code_of(answer)) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "OPTIONS, POST"


@pytest.mark.parametrize("profile", PROFILES)
async def test_the_predecessors_paths_check_keys_themselves_in_their_words(profile: str) -> None:
    own = {"profile": profile}
    async with before_echoes(api_keys=KEYS, own=own) as gateway:
        refused = await gateway.post("/translate", ASKED)
        assert (refused.status_code, refused.json()) == (403, {"detail": "Invalid API Key"})
        assert (await gateway.post("/translate", ASKED, READER)).status_code == 200
        for path in ("/models/nllb/load", "/models/gpt/load"):
            lacking = await gateway.post(path, key=READER)
            detail = "This API key does not have the scope 'manage'"
            assert (lacking.status_code, lacking.json()) == (403, {"detail": detail})
        assert (await gateway.post("/models/nllb/load", key=MANAGER)).status_code == 200
        assert (await gateway.get("/health")).status_code == 200


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("method", "path", "status", "body"), REFUSED_IN_THEIR_WORDS)
async def test_the_predecessors_paths_keep_their_own_errors(
    profile: str, method: str, path: str, status: int, body: Any
) -> None:
    async with before_echoes("nllb", own={"profile": profile}) as gateway:
        answer = await gateway.ask(method, path)
    assert answer.status_code == status
    assert "X-Request-Id" in answer.headers
    if method == "HEAD":
        assert answer.content == b""
    elif body is not None:
        assert answer.json() == body
    else:
        assert isinstance(answer.json()["detail"], list)


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_404_of_theirs_is_not_put_into_our_words(profile: str) -> None:
    async with before_echoes("nllb", own={"profile": profile}) as gateway:
        answer = await gateway.get("/languages/tlh")
    assert answer.status_code == 404
    assert set(answer.json()) == {"detail"}


@pytest.mark.parametrize("profile", PROFILES)
async def test_their_paths_are_numbered_and_logged_without_what_was_typed(
    profile: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with (
        Service() as service,
        whole(before({"nllb": service.url}, profile=profile)) as gateway,
    ):
        answer = await gateway.get("/languages", **{"X-Request-Id": "abc"})
        await gateway.get("/languages/Zeitgeist7731?q=Zeitgeist7731")
        await gateway.post("/adaptive/translate", {"text": "Zeitgeist7731"})
    assert answer.headers["X-Request-Id"] == "abc"
    logged = [one.getMessage() for one in caplog.records if one.name == "bentos.middleware"]
    assert logged == [
        "GET /languages 200",
        "GET /languages/{name} 404",
        "POST /adaptive/translate 422",
    ]


@pytest.mark.parametrize("path", ["/translate", "/api/v1/translate", "/adaptive/translate"])
@pytest.mark.parametrize("chunked", [True, False])
async def test_the_limit_of_a_body_holds_everywhere(path: str, chunked: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b" " * 512

    async with before_echoes("nllb", max_body_bytes=1024) as gateway, gateway.client() as client:
        content: Any = chunks() if chunked else b" " * 1536
        answer = await client.post(path, content=content)
    assert (answer.status_code, code_of(answer)) == (413, "body_too_large")


async def test_the_rate_limit_is_ours_below_our_api_and_theirs_at_the_root() -> None:
    async with before_echoes("nllb", rate_limit="2/hour") as gateway:
        ours = [await gateway.post("/api/v1/translate", ASKED) for _ in range(3)]
        theirs = [await gateway.post("/translate", ASKED) for _ in range(11)]
    assert [one.status_code for one in ours] == [200, 200, 429]
    assert [one.status_code for one in theirs] == [*[200] * 10, 429]
    assert code_of(ours[2]) == "rate_limited"
    assert set(theirs[10].json()) == {"error"}


async def test_origins_are_ours_below_our_api_and_theirs_at_the_root() -> None:
    origin = {"Origin": "https://a.example"}
    async with before_echoes("nllb", cors_origins=["https://b.example"]) as gateway:
        ours = await gateway.get("/api/v1/languages", **origin)
        theirs = await gateway.get("/languages", **origin)
    assert "Access-Control-Allow-Origin" not in ours.headers
    assert theirs.headers["Access-Control-Allow-Origin"] in {"*", "https://a.example"}


async def test_a_browser_gets_the_page_at_the_root_and_others_json(keyless: Whole) -> None:
    page = await keyless.get("/", Accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert page.headers["Content-Type"].startswith("text/html")
    assert 'data-api="api/v1/"' in page.text
    assert "Content-Security-Policy" in page.headers
    for accept in ("application/json", "*/*"):
        answer = await keyless.get("/", Accept=accept)
        assert answer.json()["message"] == "Aya Translation API"
    for name in ("page.js", "page.css", "icon.svg"):
        assert (await keyless.get(f"/page/{name}")).status_code == 200


async def test_the_page_is_open_where_keys_are_needed(keyed: Whole) -> None:
    for path in ("/", "/page/page.js", "/openapi.json", "/docs"):
        assert (await keyed.get(path, Accept="text/html")).status_code == 200


async def test_management_calls_are_audited_refused_ones_too(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    async with before_echoes("nllb", own={"audit_file": file}, api_keys=KEYS) as gateway:
        await gateway.post("/api/v1/backends/nllb/load", key=MANAGER)
        await gateway.post("/api/v1/backends/nllb/unload", key=READER)
        await gateway.post("/api/v1/gateway/reload")
        await gateway.post("/models/nllb/load", key=MANAGER)
        await gateway.ask("DELETE", "/models/nllb")
        await gateway.post("/api/v1/translate", ASKED, MANAGER)
        await gateway.get("/api/v1/backends", MANAGER)
    entries = [json.loads(line) for line in file.read_text().splitlines()]
    manager, reader = label_of(MANAGER.encode()), label_of(READER.encode())
    assert [(one["caller"], one["action"], one["status"]) for one in entries] == [
        (manager, "POST /api/v1/backends/{model}/load", 200),
        (reader, "POST /api/v1/backends/{model}/unload", 403),
        ("10.0.0.1", "POST /api/v1/gateway/reload", 401),
        (manager, "POST /models/{model}/load", 200),
        ("10.0.0.1", "DELETE /models/{model}", 403),
    ]
    assert [one["model"] for one in entries] == ["nllb", "nllb", None, "nllb", "nllb"]
    assert all(one["request_id"] for one in entries)


async def test_an_unforeseen_error_is_answered_in_the_words_of_the_path(
    monkeypatch: pytest.MonkeyPatch, keyless: Whole
) -> None:
    def broken(*_: object) -> Any:
        raise RuntimeError("secret")

    monkeypatch.setattr(keyless.gateway.models, "states", broken)
    ours, theirs = await keyless.get("/api/v1/backends"), await keyless.get("/languages")
    assert (ours.status_code, code_of(ours)) == (500, "internal")
    assert (theirs.status_code, theirs.json()) == (500, {"detail": "Internal Server Error"})
    assert "secret" not in ours.text + theirs.text


async def test_before_it_is_bound_nothing_of_the_predecessors_is_its() -> None:
    surface = Surface()
    assert not surface.owns("/translate")
    front = GatewayFront(surface.app, surface, ServiceSettings(), GatewaySettings())
    transport = httpx2.ASGITransport(front)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        answer = await client.get("/translate")
    assert (answer.status_code, code_of(answer)) == (404, "not_found")
    await surface.close()


async def test_with_an_old_system_beside_it_the_switch_answers_the_root() -> None:
    async with Service() as old:
        own = before({"nllb": old.url}, old_url=old.url)
        async with whole(own, api_keys=KEYS) as gateway:
            passed = await gateway.post("/translate", ASKED)
            assert passed.json() == ASKED
            report = await gateway.get("/api/v1/switch", READER)
            assert report.json()["weight_new"] == 0
            body = {"weight_new": 100}
            denied = await gateway.ask("PUT", "/api/v1/switch", body, READER)
            assert (denied.status_code, code_of(denied)) == (403, "forbidden")
            changed = await gateway.ask("PUT", "/api/v1/switch", body, MANAGER)
            assert changed.json()["weight_new"] == 100
            answered = await gateway.post("/translate", ASKED)
    assert answered.json() == {"detail": "Invalid API Key"}


async def test_without_one_there_is_no_switch(keyless: Whole) -> None:
    answer = await keyless.get("/api/v1/switch")
    assert (answer.status_code, code_of(answer)) == (404, "not_found")


async def test_bentomls_paths_are_left_to_bentoml() -> None:
    async with before_service(Service()) as gateway:
        for path in ("/livez", "/readyz", "/healthz", "/metrics"):
            assert not gateway.surface.owns(path)


SCHEMA: dict[str, Any] = Surface().app.openapi()
OPERATIONS = [
    (path, method, operation)
    for path, operations in SCHEMA["paths"].items()
    for method, operation in operations.items()
]


def test_the_document_is_valid_openapi() -> None:
    assert SCHEMA["openapi"].startswith("3.1")
    assert NAME in SCHEMA["info"]["title"]
    validate(SCHEMA)


def test_no_operation_is_there_twice() -> None:
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert sorted(ids) == sorted(set(ids))
    assert ids.count("list_models") == 1
    assert all(path.startswith("/api/v1/") for path, _, _ in OPERATIONS)


@pytest.mark.parametrize(
    ("path", "method", "operation"), OPERATIONS, ids=[f"{m} {p}" for p, m, _ in OPERATIONS]
)
def test_every_error_has_the_one_body_and_keys_are_declared(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    for status, response in operation["responses"].items():
        if status.startswith("2") or (path, status) == ("/api/v1/health", "503"):
            continue
        schema = response["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/ErrorResponse"}
    needed = needed_scope(path, method.upper())
    assert ("401" in operation["responses"]) is (needed is not None)
    assert ({} in operation["security"]) is (needed not in {None, MANAGE})


def test_a_batchs_items_are_the_gateways_requests() -> None:
    body = SCHEMA["paths"]["/api/v1/translate/batch"]["post"]["requestBody"]
    content = body["content"]["application/json"]
    assert content["schema"]["items"] == {"$ref": "#/components/schemas/GatewayRequest"}
    assert "model" in SCHEMA["components"]["schemas"]["GatewayRequest"]["properties"]
    for item in content["example"]:
        GatewayRequest.model_validate(item)
