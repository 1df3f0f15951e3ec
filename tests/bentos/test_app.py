import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from bentos.application import VERSION
from common.settings import ServiceSettings
from models.base.exceptions import OverloadedError
from tests.fakes import BrokenModel, Served

ROOT = Path(__file__).parent.parent.parent
ASKED = {"text": "one. two", "source_lang": "en", "target_lang": "fr"}


@pytest.fixture
async def served() -> Served:
    return await Served().load()


@pytest.fixture
async def client(served: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with served.client() as client:
        yield client


def code_of(answer: httpx.Response) -> str:
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "details", "request_id"}
    assert error["request_id"] == answer.headers["X-Request-Id"]
    return str(error["code"])


async def test_a_text_is_translated(client: httpx.AsyncClient) -> None:
    answer = await client.post("/translate", json=ASKED)
    assert answer.status_code == 200
    assert answer.json()["translated_text"] == "ONE. TWO"
    assert set(answer.json()) == {
        "translated_text",
        "source_lang",
        "target_lang",
        "detected_source_lang",
        "confidence",
        "model_name",
        "processing_time_ms",
        "warnings",
        "alternatives",
        "glossary",
        "metadata",
    }


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"text": "Good morning, how are you?", "source_lang": "auto"}, "same_language"),
        ({"source_lang": "fr", "options": {"formality": "formal"}}, "option_ignored"),
    ],
)
async def test_what_was_not_done_is_a_warning(
    client: httpx.AsyncClient, change: dict[str, Any], code: str
) -> None:
    answer = await client.post("/translate", json={**ASKED, "target_lang": "en", **change})
    assert answer.status_code == 200
    assert [warning["code"] for warning in answer.json()["warnings"]] == [code]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"text": None}, 422, "invalid_request"),
        ({"text": 5}, 422, "invalid_request"),
        ({"target_lang": "f"}, 422, "invalid_request"),
        ({"speed": 1}, 422, "invalid_request"),
        ({"options": {"speed": 1}}, 422, "invalid_request"),
        ({"text": " \n"}, 400, "empty_text"),
        ({"target_lang": "xx"}, 400, "unsupported_language"),
        ({"source_lang": "ja"}, 400, "unsupported_language"),
        ({"source_lang": "fr"}, 400, "same_language"),
        ({"text": "x" * 101}, 413, "text_too_long"),
    ],
)
@pytest.mark.parametrize("path", ["/translate", "/translate/stream"])
async def test_the_callers_mistakes_are_4xx_in_the_one_body(
    path: str, change: dict[str, Any], status: int, code: str
) -> None:
    served = await Served(settings=ServiceSettings(max_text_chars=100)).load()
    async with served.client() as client:
        answer = await client.post(path, json={**ASKED, **change})
    assert (answer.status_code, code_of(answer)) == (status, code)


@pytest.mark.parametrize("field", ["text", "target_lang"])
@pytest.mark.parametrize("path", ["/translate", "/translate/stream"])
async def test_a_missing_field_is_422_and_named(
    client: httpx.AsyncClient, path: str, field: str
) -> None:
    body = {name: value for name, value in ASKED.items() if name != field}
    answer = await client.post(path, json=body)
    assert (answer.status_code, code_of(answer)) == (422, "invalid_request")
    assert field in str(answer.json()["error"]["details"])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"target_lang": "klingon"}, "klingon"),
        ({"target_lang": "ja"}, "jpn_Jpan"),
        ({"source_lang": "auto", "text": "Buongiorno, dove si trova la stazione?"}, "ita_Latn"),
    ],
)
async def test_a_language_that_is_not_spoken_is_named(
    client: httpx.AsyncClient, change: dict[str, Any], named: str
) -> None:
    answer = await client.post("/translate", json={**ASKED, **change})
    assert (answer.status_code, code_of(answer)) == (400, "unsupported_language")
    error = answer.json()["error"]
    assert error["details"]["language"] == named
    assert named in error["message"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"3",
        b"[" * 100_000,
        b'{"text": ' + b"9" * 5000 + b"}",
        b'{"text": "\\ud800", "source_lang": "en", "target_lang": "fr"}',
    ],
    ids=[
        "nothing",
        "broken",
        "not-utf8",
        "null",
        "list",
        "number",
        "deep",
        "long-number",
        "half-pair",
    ],
)
@pytest.mark.parametrize("path", ["/translate", "/translate/stream", "/detect"])
async def test_what_cannot_be_read_is_422(
    client: httpx.AsyncClient, path: str, body: bytes
) -> None:
    answer = await client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, code_of(answer)) == (422, "invalid_request")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
)
async def test_another_content_type_is_told_which_one_is_right(
    client: httpx.AsyncClient, kind: str
) -> None:
    answer = await client.post("/translate", content=b'{"a": 1}', headers={"Content-Type": kind})
    assert (answer.status_code, code_of(answer)) == (422, "invalid_request")
    assert "application/json" in answer.json()["error"]["message"]


async def test_json_without_a_content_type_is_read(client: httpx.AsyncClient) -> None:
    body = b'{"text": "x", "source_lang": "en", "target_lang": "fr"}'
    assert (await client.post("/translate", content=body)).status_code == 200


async def test_a_full_queue_is_503_with_retry_after(
    served: Served, client: httpx.AsyncClient
) -> None:
    served.model.failure = OverloadedError("The queue is full.", retry_after_s=4)
    answer = await client.post("/translate", json={**ASKED, "text": "poison"})
    assert (answer.status_code, code_of(answer)) == (503, "overloaded")
    assert answer.headers["Retry-After"] == "4"


async def test_a_passed_deadline_is_504() -> None:
    served = await Served(settings=ServiceSettings(timeout_s=0.02)).load()
    served.model.gate.clear()
    async with served.client() as client:
        answer = await client.post("/translate", json=ASKED)
    assert (answer.status_code, code_of(answer)) == (504, "deadline_exceeded")


@pytest.mark.parametrize("path", ["/translate", "/translate/stream"])
async def test_the_unforeseen_is_500_without_internals(
    client: httpx.AsyncClient, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await client.post(path, json={**ASKED, "text": "poison"})
    assert (answer.status_code, code_of(answer)) == (500, "internal")
    assert "poisoned" not in answer.text
    assert "Unforeseen error" in caplog.text


@pytest.mark.parametrize(
    ("change", "code"), [({"text": " "}, "empty_text"), ({"text": "poison"}, "internal")]
)
async def test_an_error_is_counted_once_by_its_code(
    client: httpx.AsyncClient, change: dict[str, Any], code: str
) -> None:
    def count() -> float:
        labels = {"model": "echo", "code": code}
        return REGISTRY.get_sample_value("translation_errors_total", labels) or 0.0

    before = count()
    await client.post("/translate", json={**ASKED, **change})
    assert count() == before + 1


async def test_the_callers_request_id_comes_back(client: httpx.AsyncClient) -> None:
    answer = await client.post("/translate", json={}, headers={"X-Request-Id": "mine-1"})
    assert answer.json()["error"]["request_id"] == "mine-1"


async def test_a_batch_answers_item_by_item(client: httpx.AsyncClient) -> None:
    answer = await client.post("/translate/batch", json=[ASKED, {"text": ""}, ASKED])
    results = answer.json()["results"]
    assert [one["error"] and one["error"]["code"] for one in results] == [
        None,
        "invalid_request",
        None,
    ]
    assert results[1]["error"]["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize("body", [{}, "text", None, 3])
async def test_a_batch_that_is_no_list_is_422(client: httpx.AsyncClient, body: Any) -> None:
    assert code_of(await client.post("/translate/batch", json=body)) == "invalid_request"


async def test_a_batch_over_the_limit_is_413(client: httpx.AsyncClient) -> None:
    answer = await client.post("/translate/batch", json=[ASKED] * 129)
    assert (answer.status_code, code_of(answer)) == (413, "text_too_long")


async def test_a_stream_sends_segments_and_then_the_whole(client: httpx.AsyncClient) -> None:
    answer = await client.post("/translate/stream", json={**ASKED, "text": "één. 二"})
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    names = [line for line in answer.text.splitlines() if line.startswith("event: ")]
    assert names == ["event: segment", "event: segment", "event: done"]
    assert "ÉÉN" in answer.text


async def test_a_language_is_detected(client: httpx.AsyncClient) -> None:
    answer = await client.post("/detect", json={"text": "Guten Morgen, wie geht es Ihnen?"})
    found = answer.json()
    assert (found["language"], found["supported"]) == ("deu_Latn", True)
    assert found["candidates"][0] == {"language": "deu_Latn", "confidence": found["confidence"]}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid_request"),
        ({"text": "x", "target_lang": "fr"}, 422, "invalid_request"),
        ({"text": " "}, 400, "empty_text"),
        ({"text": "x" * 101}, 413, "text_too_long"),
    ],
)
async def test_what_cannot_be_detected_is_refused(
    body: dict[str, Any], status: int, code: str
) -> None:
    served = await Served(settings=ServiceSettings(max_text_chars=100)).load()
    async with served.client() as client:
        answer = await client.post("/detect", json=body)
    assert (answer.status_code, code_of(answer)) == (status, code)


async def test_languages_are_those_the_model_speaks(client: httpx.AsyncClient) -> None:
    languages = (await client.get("/languages")).json()["languages"]
    assert [one["code"] for one in languages] == ["eng_Latn", "fra_Latn", "deu_Latn", "arb_Arab"]
    one = (await client.get("/languages/FR")).json()
    assert (one["code"], one["direction"]) == ("fra_Latn", "ltr")


@pytest.mark.parametrize("code", ["ja", "xx", "%F0%9F%98%80", "a" * 500])
async def test_a_language_that_is_not_there_is_404(client: httpx.AsyncClient, code: str) -> None:
    answer = await client.get(f"/languages/{code}")
    assert (answer.status_code, code_of(answer)) == (404, "unsupported_language")


async def test_the_model_tells_what_is_loaded(client: httpx.AsyncClient) -> None:
    model = (await client.get("/model")).json()
    assert (model["name"], model["engine"], model["license"], model["demo"]) == (
        "echo",
        "echo",
        "MIT",
        True,
    )


async def test_health_never_translates(served: Served, client: httpx.AsyncClient) -> None:
    answer = await client.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "model": "echo", "ready": True, "message": None}
    assert served.model.calls == []


async def test_health_is_503_while_loading_and_translating_too() -> None:
    served = Served()
    async with served.client() as client:
        health = await client.get("/health")
        answer = await client.post("/translate", json=ASKED)
    assert (health.status_code, health.json()["status"]) == (503, "loading")
    assert (answer.status_code, code_of(answer)) == (503, "model_not_ready")
    assert "Retry-After" in answer.headers


async def test_health_says_why_a_model_failed_to_load() -> None:
    served = await Served(BrokenModel()).load()
    async with served.client() as client:
        health = await client.get("/health")
    assert health.status_code == 503
    assert (health.json()["status"], health.json()["ready"]) == ("failed", False)
    assert health.json()["message"] == "The weights are not there; pull them."


async def test_health_is_503_when_a_loaded_model_is_not_well(
    served: Served, client: httpx.AsyncClient
) -> None:
    served.model.healthy = False
    health = await client.get("/health")
    assert (health.status_code, health.json()["status"]) == (503, "failed")


async def test_the_page_and_the_docs_need_no_other_host(client: httpx.AsyncClient) -> None:
    assert "<html" in (await client.get("/")).text
    docs = (await client.get("/docs")).text
    assert "swagger-ui-bundle.js" in docs
    assert "//" not in docs.replace("<!--", "").split("<script>")[0]


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION
