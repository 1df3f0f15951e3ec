"""Every row of the predecessor's adaptive paths."""

import json
from collections.abc import AsyncIterator

import httpx2
import pytest

from bentos.auth import label_of
from bentos.contract import Status
from models.base.exceptions import (
    TranslationError,
)
from models.base.request_models import TranslationRequest
from tests.bentos.gateway.legacy.adaptive_client import ASKED, KEY, PATHS, client_of, events_of
from tests.bentos.gateway.legacy.adaptive_models import (
    ENGLISH,
    FRENCH,
    LONG,
    LONG_FRENCH,
    Book,
    by_book,
)

PREVIEW = {"stage", "translation", "progress", "status_message", "metadata"}


@pytest.fixture
def models() -> Book:
    return Book()


@pytest.fixture
async def client(models: Book) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(models) as client:
        yield client


@pytest.fixture
async def closed(models: Book) -> AsyncIterator[httpx2.AsyncClient]:
    """With keys."""
    async with client_of(models, keys=f"{KEY},{'m' * 20}:manage") as client:
        yield client


async def test_translate(client: httpx2.AsyncClient) -> None:
    response = await client.post("/adaptive/translate", json=ASKED)
    answer = response.json()
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert list(answer) == [
        *("translation", "original_text", "quality_score", "quality_grade"),
        *("optimization_applied", "processing_time", "cache_hit", "metadata"),
    ]
    assert answer["translation"] == FRENCH
    assert answer["original_text"] == ENGLISH
    assert (answer["quality_grade"], answer["optimization_applied"]) == ("A", False)
    assert answer["quality_score"] >= 0.9
    assert answer["processing_time"] >= 0
    assert answer["cache_hit"] is False


async def test_translates_metadata(client: httpx2.AsyncClient) -> None:
    metadata = (await client.post("/adaptive/translate", json=ASKED)).json()["metadata"]
    assert metadata["user_preference"] == "balanced"
    assert metadata["needs_optimization"] is False
    assert (metadata["source_lang"], metadata["target_lang"]) == ("eng_Latn", "fra_Latn")
    assert {"draft", "analysis"} <= metadata["stage_times"].keys()
    assert metadata["chunking_metadata"]["num_chunks"] == 1
    assert metadata["models_used"] == ["nllb"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("missing", ["text", "source_lang", "target_lang", "api_key"])
async def test_four_members_are_required(
    client: httpx2.AsyncClient, path: str, missing: str
) -> None:
    asked = {name: value for name, value in ASKED.items() if name != missing}
    response = await client.post(path, json=asked)
    assert response.status_code == 422
    body = response.json()
    assert [(one["type"], one["loc"]) for one in body["detail"]] == [("missing", ["body", missing])]
    assert body["body"].keys() == asked.keys()
    assert KEY not in response.text


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"text"', b'{"a": NaN}', b'{"a": 1e999}'])
async def test_what_is_no_body_is_the_callers_fault(
    client: httpx2.AsyncClient, path: str, content: bytes
) -> None:
    response = await client.post(path, content=content)
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"][0] == "body"


@pytest.mark.parametrize(("kind", "end"), [("text/plain", ""), ("application/json", "}")])
async def test_a_key_in_what_is_no_json_is_not_said(
    client: httpx2.AsyncClient, kind: str, end: str
) -> None:
    content = json.dumps(ASKED) + end
    headers = {"Content-Type": kind}
    response = await client.post("/adaptive/translate", content=content, headers=headers)
    assert response.status_code == 422
    assert KEY not in response.text


@pytest.mark.parametrize(
    ("member", "value"),
    [("text", 7), ("text", "\ud800"), ("max_optimization_time", -1), ("force_optimization", "x")],
)
async def test_a_wrong_member_is_the_callers_fault(
    client: httpx2.AsyncClient, member: str, value: object
) -> None:
    body = json.dumps({**ASKED, member: value})
    response = await client.post("/adaptive/translate", content=body)
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["body", member]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("key", ["", "wrong", "m" * 20, "\u00e9", "\ud800"])
async def test_the_key_is_in_the_body(
    closed: httpx2.AsyncClient, models: Book, path: str, key: str
) -> None:
    body = json.dumps({**ASKED, "api_key": key})
    response = await closed.post(path, content=body, headers={"X-API-Key": KEY})
    assert response.status_code == 403
    assert response.json() == {"detail": "Invalid API Key"}
    assert models.asked == []


@pytest.mark.parametrize("path", PATHS)
async def test_a_right_key_needs_no_header(
    closed: httpx2.AsyncClient, models: Book, path: str
) -> None:
    assert (await closed.post(path, json=ASKED)).status_code == 200
    (_, call), *_ = models.asked
    assert call.caller == label_of(KEY.encode())
    assert KEY not in repr(call)


async def test_without_keys_any_is_good(client: httpx2.AsyncClient, models: Book) -> None:
    headers = {"X-Arm": "b"}
    answer = await client.post("/adaptive/translate", json=ASKED | {"api_key": ""}, headers=headers)
    assert answer.status_code == 200
    (_, call), *_ = models.asked
    assert call.caller == "127.0.0.1"
    assert call.headers["x-arm"] == "b"


@pytest.mark.parametrize("text", ["", " \n"])
async def test_an_empty_text_is_no_error(
    client: httpx2.AsyncClient, models: Book, text: str
) -> None:
    answer = await client.post("/adaptive/translate", json=ASKED | {"text": text})
    assert answer.status_code == 200
    assert answer.json()["translation"] == text
    assert answer.json()["quality_grade"] == "F"
    assert models.asked == []


@pytest.mark.parametrize("preference", ["fast", "balanced", "quality", "any other"])
async def test_any_preference_is_accepted(client: httpx2.AsyncClient, preference: str) -> None:
    response = await client.post(
        "/adaptive/translate", json=ASKED | {"user_preference": preference}
    )
    assert response.status_code == 200
    assert response.json()["metadata"]["user_preference"] == preference


async def test_a_text_over_the_limit_is_the_callers_fault(models: Book) -> None:
    async with client_of(models, max_text_chars=10) as client:
        for path, body in [
            (PATHS[0], ASKED),
            (PATHS[1], ASKED),
            ("/adaptive/chunk", {"text": ENGLISH}),
            ("/adaptive/quality/assess", {"original": "x", "translation": ENGLISH}),
        ]:
            response = await client.post(path, json=body)
            assert response.status_code == 413
            assert list(response.json()) == ["detail"]


async def test_long_texts_come_back_with_their_white_space(client: httpx2.AsyncClient) -> None:
    text = f"  {LONG}\r\n\t\n"
    asked = ASKED | {"text": text, "source_lang": "auto"}
    answer = (await client.post("/adaptive/translate", json=asked)).json()
    assert answer["translation"] == f"  {LONG_FRENCH}\r\n\t\n"
    assert answer["metadata"]["chunking_metadata"]["num_chunks"] > 1
    assert answer["metadata"]["detected_source"] == "eng_Latn"


async def test_a_text_found_to_be_in_its_target_passes(
    client: httpx2.AsyncClient, models: Book
) -> None:
    asked = ASKED | {"text": LONG, "source_lang": "auto", "target_lang": "eng_Latn"}
    response = await client.post("/adaptive/translate", json=asked)
    assert response.status_code == 200
    assert {request.source_lang for request, _ in models.asked} == {"auto"}


async def test_progressive_of_a_long_text(client: httpx2.AsyncClient) -> None:
    response = await client.post("/adaptive/translate/progressive", json=ASKED | {"text": LONG})
    assert response.headers["content-type"].startswith("text/event-stream")
    *before, last = events_of(response)
    assert [event["stage"] for event in before][:1] == ["semantic"]
    assert [event["stage"] for event in before][-1:] == ["analyzing"]
    assert all(event.keys() == PREVIEW for event in before)
    assert LONG_FRENCH.startswith(before[0]["translation"])
    assert 0 < len(before[0]["translation"]) < len(LONG_FRENCH)
    progress = [event["progress"] for event in (*before, last)]
    assert progress == sorted(progress)
    assert (last["stage"], last["progress"]) == ("completed", 1.0)
    assert last["translation"] == last["final_translation"] == LONG_FRENCH


async def test_optimisation_that_helps_is_in_the_answer() -> None:
    def better_with_context(request: TranslationRequest) -> str:
        return by_book(request) if request.options.context else "mauvais " * 20

    models = Book(better_with_context)
    async with client_of(models) as client:
        response = await client.post("/adaptive/translate/progressive", json=ASKED | {"text": LONG})
    events = events_of(response)
    assert [event["stage"] for event in events].count("optimizing") > 1
    assert events[-1]["translation"] == LONG_FRENCH
    assert events[-1]["optimization_applied"] is True
    assert events[-1]["metadata"]["needs_optimization"] is True


async def test_a_failure_mid_stream_is_said_in_an_event(
    client: httpx2.AsyncClient, models: Book
) -> None:
    models.failing_from, models.error = 2, TranslationError("It broke.")
    response = await client.post("/adaptive/translate/progressive", json=ASKED | {"text": LONG})
    first, last = events_of(response)
    assert (first["stage"], last["stage"]) == ("semantic", "error")
    assert last["error"] == "Translation failed: It broke."
    stats = (await client.get("/adaptive/stats")).json()["controller_stats"]
    assert (stats["failed"], stats["completed"]) == (1, 0)


async def test_an_unforeseen_failure_mid_stream_says_nothing_of_itself(
    client: httpx2.AsyncClient, models: Book, caplog: pytest.LogCaptureFixture
) -> None:
    models.failing_from, models.error = 2, RuntimeError("a secret")
    response = await client.post("/adaptive/translate/progressive", json=ASKED | {"text": LONG})
    assert events_of(response)[-1]["stage"] == "error"
    assert "a secret" not in response.text
    assert "Unforeseen error in a stream" in caplog.text


async def test_a_kept_answer_until_it_is_invalidated(models: Book) -> None:
    async with client_of(models, cache_entries=5) as client:
        fresh = (await client.post("/adaptive/translate", json=ASKED)).json()
        kept = (await client.post("/adaptive/translate", json=ASKED)).json()
        assert (fresh["cache_hit"], kept["cache_hit"]) == (False, True)
        assert kept["translation"] == FRENCH
        assert len(models.asked) == 1
        stats = (await client.get("/adaptive/cache/stats")).json()
        assert (stats["hit_rate"], stats["memory_usage"]["local_entries"]) == (0.5, 1)

        query = {"source_lang": "en", "target_lang": "fr"}
        other = await client.post(
            "/adaptive/cache/invalidate", params=query | {"content_type": "x"}
        )
        assert other.status_code == 200
        assert (await client.get("/adaptive/cache/stats")).json()["memory_usage"] != {}
        done = await client.post("/adaptive/cache/invalidate", params=query)
        assert done.json() == {"message": "Cache invalidated for en->fr"}
        again = (await client.post("/adaptive/translate", json=ASKED)).json()
        assert again["cache_hit"] is False


async def test_another_model_does_not_answer_with_the_old_ones_text(models: Book) -> None:
    async with client_of(models, cache_entries=5) as client:
        await client.post("/adaptive/translate", json=ASKED)
        models.upgrade("nllb", "demo-2")
        answer = (await client.post("/adaptive/translate", json=ASKED)).json()
    assert answer["cache_hit"] is False


async def test_invalidate_takes_its_query_only(client: httpx2.AsyncClient) -> None:
    body = {"source_lang": "en", "target_lang": "fr"}
    response = await client.post("/adaptive/cache/invalidate", json=body)
    assert response.status_code == 422
    assert [one["loc"] for one in response.json()["detail"]] == [
        ["query", "source_lang"],
        ["query", "target_lang"],
    ]


async def test_health(client: httpx2.AsyncClient, models: Book) -> None:
    names = ["chunker", "quality_engine", "cache_manager", "adaptive_controller"]
    response = await client.get("/adaptive/health")
    assert response.status_code == 200
    assert response.json() == {"status": "healthy", "components": dict.fromkeys(names, True)}

    for name in ("nllb", "aya"):
        models.set(name, Status.DOWN)
    response = await client.get("/adaptive/health")
    assert response.status_code == 503
    assert response.json()["detail"]["components"]["adaptive_controller"] is False


async def test_paths_without_a_text_need_no_key(closed: httpx2.AsyncClient) -> None:
    for path in ("health", "stats", "cache/stats"):
        assert (await closed.get(f"/adaptive/{path}")).status_code == 200
    assert (await closed.post("/adaptive/chunk", json={"text": "Hi."})).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("HEAD", "/adaptive/health"),
        ("GET", "/adaptive/translate"),
        ("POST", "/adaptive/stats"),
    ],
)
async def test_other_methods_are_refused(
    client: httpx2.AsyncClient, method: str, path: str
) -> None:
    assert (await client.request(method, path)).status_code == 405
