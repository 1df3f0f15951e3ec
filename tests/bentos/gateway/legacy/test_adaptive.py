"""Every row of the predecessor's adaptive paths, and what its clients send and read."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bentos.auth import Keyring
from bentos.gateway.contract import Status
from bentos.gateway.legacy.adaptive import adaptive_routes
from models.base.exceptions import (
    DeadlineExceededError,
    EmptyTextError,
    ModelNotReadyError,
    OverloadedError,
    SameLanguageError,
    TranslationError,
)
from models.base.request_models import TranslationRequest
from tests.bentos.gateway.legacy.adaptive_models import (
    ENGLISH,
    FRENCH,
    LONG,
    LONG_FRENCH,
    Book,
    by_book,
)

KEY = "a-key-that-is-long-enough"
ASKED = {"text": ENGLISH, "source_lang": "eng_Latn", "target_lang": "fra_Latn", "api_key": KEY}
PATHS = ["/adaptive/translate", "/adaptive/translate/progressive"]
PREVIEW = {"stage", "translation", "progress", "status_message", "metadata"}


def client_of(models: Book, *, keys: str = "", **options: Any) -> httpx.AsyncClient:
    app = FastAPI()
    app.router.routes.extend(adaptive_routes(models, keyring=Keyring(keys), **options))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://gateway")


@pytest.fixture
def models() -> Book:
    return Book()


@pytest.fixture
async def client(models: Book) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(models) as client:
        yield client


@pytest.fixture
async def closed(models: Book) -> AsyncIterator[httpx.AsyncClient]:
    """With keys."""
    async with client_of(models, keys=f"{KEY},{'m' * 20}:manage") as client:
        yield client


def events_of(response: httpx.Response) -> list[dict[str, Any]]:
    frames = response.text.split("\n\n")
    assert frames.pop() == ""
    assert all(frame.startswith("data: ") and "\n" not in frame for frame in frames)
    return [json.loads(frame.removeprefix("data: ")) for frame in frames]


async def test_translate(client: httpx.AsyncClient) -> None:
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


async def test_translates_metadata(client: httpx.AsyncClient) -> None:
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
    client: httpx.AsyncClient, path: str, missing: str
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
    client: httpx.AsyncClient, path: str, content: bytes
) -> None:
    response = await client.post(path, content=content)
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"][0] == "body"


@pytest.mark.parametrize(("kind", "end"), [("text/plain", ""), ("application/json", "}")])
async def test_a_key_in_what_is_no_json_is_not_said(
    client: httpx.AsyncClient, kind: str, end: str
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
    client: httpx.AsyncClient, member: str, value: object
) -> None:
    body = json.dumps({**ASKED, member: value})
    response = await client.post("/adaptive/translate", content=body)
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["body", member]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("key", ["", "wrong", "m" * 20, "\u00e9", "\ud800"])
async def test_the_key_is_in_the_body(
    closed: httpx.AsyncClient, models: Book, path: str, key: str
) -> None:
    body = json.dumps({**ASKED, "api_key": key})
    response = await closed.post(path, content=body, headers={"X-API-Key": KEY})
    assert response.status_code == 403
    assert response.json() == {"detail": "Invalid API Key"}
    assert models.asked == []


@pytest.mark.parametrize("path", PATHS)
async def test_a_right_key_needs_no_header(
    closed: httpx.AsyncClient, models: Book, path: str
) -> None:
    assert (await closed.post(path, json=ASKED)).status_code == 200
    (_, call), *_ = models.asked
    assert call.caller.startswith("key:")
    assert KEY not in repr(call)


async def test_without_keys_any_is_good(client: httpx.AsyncClient, models: Book) -> None:
    headers = {"X-Arm": "b"}
    answer = await client.post("/adaptive/translate", json=ASKED | {"api_key": ""}, headers=headers)
    assert answer.status_code == 200
    (_, call), *_ = models.asked
    assert call.caller == "127.0.0.1"
    assert call.headers["x-arm"] == "b"


@pytest.mark.parametrize("text", ["", " \n"])
async def test_an_empty_text_is_no_error(
    client: httpx.AsyncClient, models: Book, text: str
) -> None:
    answer = await client.post("/adaptive/translate", json=ASKED | {"text": text})
    assert answer.status_code == 200
    assert answer.json()["translation"] == text
    assert answer.json()["quality_grade"] == "F"
    assert models.asked == []


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("members", "detail"),
    [
        ({"source_lang": "xx"}, "Unsupported source language: xx"),
        ({"target_lang": "klingon"}, "Unsupported target language: klingon"),
        ({"target_lang": "auto"}, "Target language cannot be 'auto'"),
        ({"target_lang": "swe_Latn"}, "Unsupported target language: swe_Latn"),
        ({"source_lang": "swe_Latn"}, "Unsupported source language: swe_Latn"),
    ],
)
async def test_a_language_nobody_speaks_is_the_callers_fault(
    client: httpx.AsyncClient, path: str, members: dict[str, str], detail: str
) -> None:
    response = await client.post(path, json=ASKED | members)
    assert (response.status_code, response.json()) == (400, {"detail": detail})


@pytest.mark.parametrize(
    ("source", "target"),
    [("en", "fr"), ("EN", "FR"), ("English", "French"), ("auto", "fra_Latn"), ("eng_Latn", "fr")],
)
async def test_languages_may_be_written_in_any_way(
    client: httpx.AsyncClient, source: str, target: str
) -> None:
    asked = ASKED | {"source_lang": source, "target_lang": target}
    answer = (await client.post("/adaptive/translate", json=asked)).json()
    assert answer["translation"] == FRENCH
    assert answer["metadata"]["source_lang"] == source
    assert answer["metadata"]["target_lang"] == target


@pytest.mark.parametrize("preference", ["fast", "balanced", "quality", "any other"])
async def test_any_preference_is_accepted(client: httpx.AsyncClient, preference: str) -> None:
    response = await client.post(
        "/adaptive/translate", json=ASKED | {"user_preference": preference}
    )
    assert response.status_code == 200
    assert response.json()["metadata"]["user_preference"] == preference


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (SameLanguageError("eng_Latn"), 400, "Source and target languages cannot be the same"),
        (EmptyTextError("There is none."), 400, "There is none."),
        (TranslationError("It broke."), 500, "Translation failed: It broke."),
        (ModelNotReadyError("Not yet."), 503, "Translation failed: Not yet."),
        (OverloadedError("Full.", 7), 503, "Translation failed: Full."),
        (DeadlineExceededError("Too slow."), 504, "Translation failed: Too slow."),
    ],
)
async def test_an_error_of_the_model_has_its_status(
    client: httpx.AsyncClient, models: Book, error: Exception, status: int, detail: str
) -> None:
    models.failure = error
    response = await client.post("/adaptive/translate", json=ASKED)
    assert (response.status_code, response.json()) == (status, {"detail": detail})
    assert response.headers.get("retry-after") == ("7" if "Full" in detail else None)

    streamed = await client.post("/adaptive/translate/progressive", json=ASKED)
    if status < 500:
        assert (streamed.status_code, streamed.json()) == (status, {"detail": detail})
    else:
        assert streamed.status_code == 200
        (event,) = events_of(streamed)
        assert (event["stage"], event["error"]) == ("error", detail)


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


async def test_long_texts_come_back_with_their_white_space(client: httpx.AsyncClient) -> None:
    text = f"  {LONG}\r\n\t\n"
    asked = ASKED | {"text": text, "source_lang": "auto"}
    answer = (await client.post("/adaptive/translate", json=asked)).json()
    assert answer["translation"] == f"  {LONG_FRENCH}\r\n\t\n"
    assert answer["metadata"]["chunking_metadata"]["num_chunks"] > 1
    assert answer["metadata"]["detected_source"] == "eng_Latn"


async def test_a_text_found_to_be_in_its_target_passes(
    client: httpx.AsyncClient, models: Book
) -> None:
    asked = ASKED | {"text": LONG, "source_lang": "auto", "target_lang": "eng_Latn"}
    response = await client.post("/adaptive/translate", json=asked)
    assert response.status_code == 200
    assert {request.source_lang for request, _ in models.asked} == {"auto"}


async def test_progressive_of_a_long_text(client: httpx.AsyncClient) -> None:
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


async def test_the_last_event_has_the_members_of_the_contract(client: httpx.AsyncClient) -> None:
    response = await client.post("/adaptive/translate/progressive", json=ASKED)
    assert events_of(response)[-1].keys() == {
        *("stage", "translation", "final_translation", "progress", "status_message"),
        *("quality_score", "quality_grade", "optimization_applied", "processing_time"),
        *("cache_hit", "metadata"),
    }


@pytest.mark.parametrize("path", PATHS)
async def test_other_scripts_are_not_escaped(path: str) -> None:
    async with client_of(Book(lambda _: "Сегодня очень хорошо. 🌞")) as client:
        response = await client.post(path, json=ASKED | {"target_lang": "rus_Cyrl"})
    assert "Сегодня очень хорошо. 🌞" in response.text
    assert "\\u" not in response.text


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
    client: httpx.AsyncClient, models: Book
) -> None:
    models.failing_from, models.error = 2, TranslationError("It broke.")
    response = await client.post("/adaptive/translate/progressive", json=ASKED | {"text": LONG})
    first, last = events_of(response)
    assert (first["stage"], last["stage"]) == ("semantic", "error")
    assert last["error"] == "Translation failed: It broke."
    stats = (await client.get("/adaptive/stats")).json()["controller_stats"]
    assert (stats["failed"], stats["completed"]) == (1, 0)


async def test_an_unforeseen_failure_mid_stream_says_nothing_of_itself(
    client: httpx.AsyncClient, models: Book, caplog: pytest.LogCaptureFixture
) -> None:
    models.failing_from, models.error = 2, RuntimeError("a secret")
    response = await client.post("/adaptive/translate/progressive", json=ASKED | {"text": LONG})
    assert events_of(response)[-1]["stage"] == "error"
    assert "a secret" not in response.text
    assert "Unforeseen error in a stream" in caplog.text


async def leave(models: Book, path: str, *, after_first_event: bool) -> int:
    """Leaves while the models are at work; how many messages were sent to the caller."""
    app = FastAPI()
    app.router.routes.extend(adaptive_routes(models, keyring=Keyring("")))
    body = json.dumps(ASKED | {"text": LONG}).encode()
    models.hold_from = 1 if after_first_event else 0
    requested, sent = False, 0

    async def receive() -> dict[str, Any]:
        nonlocal requested
        if not requested:
            requested = True
            return {"type": "http.request", "body": body, "more_body": False}
        await models.held.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal sent
        sent += bool(message.get("body"))

    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
        "client": None,
        "server": ("gateway", 80),
        "scheme": "http",
        "http_version": "1.1",
    }
    await asyncio.wait_for(asyncio.gather(app(scope, receive, send), return_exceptions=True), 5)
    await asyncio.wait_for(models.cancelled.wait(), 5)
    return sent


@pytest.mark.parametrize("path", PATHS)
async def test_a_caller_who_leaves_cancels_the_work(models: Book, path: str) -> None:
    assert await leave(models, path, after_first_event=False) == 0


async def test_a_caller_who_leaves_a_stream_cancels_the_work(models: Book) -> None:
    assert await leave(models, PATHS[1], after_first_event=True) == 1


async def test_chunk(client: httpx.AsyncClient) -> None:
    response = await client.post("/adaptive/chunk", json={"text": LONG, "api_key": "ignored"})
    answer = response.json()
    assert list(answer) == [
        *("chunks", "chunk_boundaries", "content_type", "coherence_score"),
        *("optimal_size_estimate", "metadata"),
    ]
    assert "".join(answer["chunks"]) == LONG
    assert [LONG[a:b] for a, b in answer["chunk_boundaries"]] == answer["chunks"]
    assert all(len(chunk) <= 600 for chunk in answer["chunks"])
    kinds = {"emotional", "technical", "conversational", "formal", "narrative"}
    assert answer["content_type"] in kinds
    assert answer["coherence_score"] == 1
    assert 150 <= answer["optimal_size_estimate"] <= 600
    assert answer["metadata"]["total_length"] == len(LONG)
    assert answer["metadata"]["num_chunks"] == len(answer["chunks"])
    assert answer["metadata"]["avg_chunk_size"] == pytest.approx(
        len(LONG) / len(answer["chunks"]), abs=0.1
    )
    assert answer["metadata"]["discourse_features"]["paragraphs"] == 6


async def test_chunks_sizes_are_the_callers(client: httpx.AsyncClient) -> None:
    sizes = {"min_chunk_size": 20, "max_chunk_size": 100, "source_lang": "xx"}
    answer = (await client.post("/adaptive/chunk", json={"text": LONG, **sizes})).json()
    assert all(len(chunk) <= 100 for chunk in answer["chunks"])


@pytest.mark.parametrize(
    "body",
    [{}, {"text": 1}, {"text": "a", "max_chunk_size": 0}, {"text": "a", "min_chunk_size": 700}],
)
async def test_chunks_body_may_be_wrong(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    response = await client.post("/adaptive/chunk", json=body)
    assert response.status_code == 422
    assert response.json()["body"] == body


async def test_a_very_long_text_is_cut_too(client: httpx.AsyncClient) -> None:
    text = LONG * 20
    answer = (await client.post("/adaptive/chunk", json={"text": text})).json()
    assert "".join(answer["chunks"]) == text


async def test_assess(client: httpx.AsyncClient) -> None:
    body = {"original": ENGLISH, "translation": FRENCH, "target_lang": "fr"}
    answer = (await client.post("/adaptive/quality/assess", json=body)).json()
    assert list(answer) == [
        *("overall_score", "quality_grade", "dimension_scores", "optimization_needed"),
        *("improvement_suggestions", "confidence_interval"),
    ]
    assert list(answer["dimension_scores"]) == [
        *("confidence", "length_ratio", "structure", "entities", "boundaries"),
        *("semantic", "fluency", "consistency"),
    ]
    assert answer["quality_grade"] == "A"
    assert answer["optimization_needed"] is False
    assert answer["improvement_suggestions"] == []
    low, high = answer["confidence_interval"]
    assert low <= answer["overall_score"] <= high


async def test_assess_takes_english_for_the_target(client: httpx.AsyncClient) -> None:
    body = {"original": FRENCH, "translation": ENGLISH, "source_lang": "fr"}
    good = (await client.post("/adaptive/quality/assess", json=body)).json()
    body["translation"] = FRENCH
    bad = (await client.post("/adaptive/quality/assess", json=body)).json()
    assert (good["quality_grade"], bad["quality_grade"]) == ("A", "F")
    assert bad["optimization_needed"] is True
    assert bad["improvement_suggestions"]


async def test_assess_refuses_what_it_cannot_judge(client: httpx.AsyncClient) -> None:
    body = {"original": "a", "translation": "b", "target_lang": "xx"}
    response = await client.post("/adaptive/quality/assess", json=body)
    assert (response.status_code, response.json()["detail"]) == (
        400,
        "Unsupported target language: xx",
    )
    assert (await client.post("/adaptive/quality/assess", json={})).status_code == 422


async def test_statistics(client: httpx.AsyncClient) -> None:
    await client.post("/adaptive/translate", json=ASKED)
    answer = (await client.get("/adaptive/stats")).json()
    assert list(answer) == ["controller_stats", "cache_stats", "quality_threshold"]
    assert answer["quality_threshold"] == 0.75
    assert answer["controller_stats"]["total_requests"] == 1
    assert answer["controller_stats"]["grades"] == {"A": 1, "B": 0, "C": 0, "D": 0, "F": 0}
    assert answer["cache_stats"] == (await client.get("/adaptive/cache/stats")).json()


async def test_nothing_is_kept_unless_there_is_room(
    client: httpx.AsyncClient, models: Book
) -> None:
    for _ in range(2):
        answer = await client.post("/adaptive/translate", json=ASKED)
        assert answer.json()["cache_hit"] is False
    assert len(models.asked) == 2
    assert (await client.get("/adaptive/cache/stats")).json() == {
        "hit_rate": 0.0,
        "total_requests": 2,
        "cache_hits": 0,
        "cache_misses": 2,
        "memory_usage": {"local_entries": 0, "pattern_cache_size": 0},
    }


async def test_a_hit_is_one_of_the_models_cache(client: httpx.AsyncClient, models: Book) -> None:
    models.cached = True
    answer = await client.post("/adaptive/translate", json=ASKED | {"text": LONG})
    assert answer.json()["cache_hit"] is True


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


async def test_invalidate_takes_its_query_only(client: httpx.AsyncClient) -> None:
    body = {"source_lang": "en", "target_lang": "fr"}
    response = await client.post("/adaptive/cache/invalidate", json=body)
    assert response.status_code == 422
    assert [one["loc"] for one in response.json()["detail"]] == [
        ["query", "source_lang"],
        ["query", "target_lang"],
    ]


async def test_health(client: httpx.AsyncClient, models: Book) -> None:
    names = ["chunker", "quality_engine", "cache_manager", "adaptive_controller"]
    response = await client.get("/adaptive/health")
    assert response.status_code == 200
    assert response.json() == {"status": "healthy", "components": dict.fromkeys(names, True)}

    for name in ("nllb", "aya"):
        models.set(name, Status.DOWN)
    response = await client.get("/adaptive/health")
    assert response.status_code == 503
    assert response.json()["detail"]["components"]["adaptive_controller"] is False


async def test_paths_without_a_text_need_no_key(closed: httpx.AsyncClient) -> None:
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
async def test_other_methods_are_refused(client: httpx.AsyncClient, method: str, path: str) -> None:
    assert (await client.request(method, path)).status_code == 405


async def test_what_the_standalone_userscript_sends_and_reads(closed: httpx.AsyncClient) -> None:
    sent = {
        "text": LONG,
        "source_lang": "auto",
        "target_lang": "eng_Latn",
        "api_key": KEY,
        "user_preference": "balanced",
        "force_optimization": False,
        "max_optimization_time": 5.0,
    }
    response = await closed.post("/adaptive/translate", json=sent)
    read = ("translation", "processing_time", "quality_score", "quality_grade")
    assert response.status_code == 200
    assert {*read, "optimization_applied", "cache_hit", "metadata"} <= response.json().keys()


AHK = {
    "quality_score": r'"quality_score"\s*:\s*([0-9.]+)',
    "quality_grade": r'"quality_grade"\s*:\s*"([A-F])"',
    "optimization_applied": r'"optimization_applied"\s*:\s*(true|false)',
    "cache_hit": r'"cache_hit"\s*:\s*(true|false)',
    "processing_time": r'"processing_time"\s*:\s*([0-9.]+)',
}


@pytest.mark.parametrize("path", PATHS)
async def test_what_the_desktop_client_sends_and_reads(
    closed: httpx.AsyncClient, path: str
) -> None:
    sent = {
        "text": LONG,
        "source_lang": "auto",
        "target_lang": "fra_Latn",
        "api_key": KEY,
        "user_preference": "quality",
        "force_optimization": True,
        "max_optimization_time": 5,
        "enable_progress_updates": True,
    }
    response = await closed.post(path, json=sent)
    member = "final_translation" if path == PATHS[1] else "translation"
    assert response.status_code == 200
    found = re.search(rf'"{member}"\s*:\s*"(.+?)"', response.text)
    assert found is not None
    assert found[1].replace("\\n", "\n") == LONG_FRENCH
    final = events_of(response)[-1] if path == PATHS[1] else response.json()
    for name, pattern in AHK.items():
        first = re.search(pattern, response.text)
        assert first is not None
        assert first[1] == json.dumps(final[name]).strip('"')
