"""What the API answers; who may ask it is with the surface, reading and managing beside."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from prometheus_client import REGISTRY

from bentos.errors import body_of
from bentos.gateway.errors import BackendError
from bentos.gateway.settings import GatewaySettings
from models.base.exceptions import (
    DeadlineExceededError,
    EmptyTextError,
    LinguaNexusError,
    OverloadedError,
    TextTooLongError,
    TranslationError,
)
from tests.bentos.gateway.services import (
    Answer,
    Exchange,
    Service,
    echo,
    garbage,
    half,
    hang,
    reset,
    unused_url,
)
from tests.bentos.gateway.whole import (
    ASKED,
    Whole,
    before,
    before_echoes,
    before_service,
    whole,
    written,
)

API = "/api/v1"


def code_of(answer: httpx2.Response) -> str:
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "details", "request_id"}
    assert error["request_id"] == answer.headers["X-Request-Id"]
    return str(error["code"])


def failing(status: int, body: bytes) -> Service:
    async def answer(exchange: Exchange) -> None:
        await exchange.reply(status, body, "Content-Type: application/json")

    return speaking(answer)


def speaking(answer: Answer) -> Service:
    service = Service(answer)
    service.languages = b'{"languages": [{"code": "eng_Latn"}, {"code": "fra_Latn"}]}'
    return service


async def test_a_text_is_translated_and_the_answer_says_by_whom() -> None:
    async with before_echoes() as gateway:
        answer = await gateway.post(f"{API}/translate", ASKED)
        body = answer.json()
        assert (answer.status_code, body["translated_text"]) == (200, "ONE. TWO")
        assert (body["source_lang"], body["target_lang"]) == ("eng_Latn", "fra_Latn")
        assert body["routing"] == {"model": "nllb", "reason": "first", "arm": None, "cache": None}
        assert "X-Cache" not in answer.headers
        named = await gateway.post(f"{API}/translate", {**ASKED, "model": "AYA"})
        assert named.json()["routing"]["model"] == "aya"
        assert named.json()["routing"]["reason"] == "asked"


async def test_options_reach_the_model_and_its_warnings_come_back() -> None:
    async with before_echoes("nllb") as gateway:
        body = {**ASKED, "options": {"formality": "formal"}}
        answer = await gateway.post(f"{API}/translate", body)
        assert [one["code"] for one in answer.json()["warnings"]] == ["option_ignored"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"text": None}, 422, "invalid_request"),
        ({"speed": 1}, 422, "invalid_request"),
        ({"model": 1}, 422, "invalid_request"),
        ({"model": "x" * 65}, 422, "invalid_request"),
        ({"model": "gpt"}, 404, "unknown_model"),
        ({"model": ""}, 404, "unknown_model"),
        ({"text": " \n"}, 400, "empty_text"),
        ({"text": "x" * 101}, 413, "text_too_long"),
        ({"target_lang": "xx"}, 400, "unsupported_language"),
        ({"target_lang": "ja"}, 400, "unsupported_language"),
        ({"source_lang": "fr"}, 400, "same_language"),
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["translate", "translate/stream"])
async def test_a_callers_mistake_is_told_as_a_model_would(
    path: str, change: dict[str, Any], status: int, code: str
) -> None:
    async with before_echoes("nllb", max_text_chars=100) as gateway:
        answer = await gateway.post(f"{API}/{path}", {**ASKED, **change})
        assert (answer.status_code, code_of(answer)) == (status, code)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (EmptyTextError("blank"), 400),
        (TextTooLongError("It is too long.", limit=5), 413),
        (TranslationError("The model failed."), 500),
        (OverloadedError("The queue is full.", retry_after_s=7), 503),
        (DeadlineExceededError("It took too long.", timeout_s=1), 504),
    ],
    ids=lambda value: getattr(value, "code", value),
)
@pytest.mark.parametrize("path", ["translate", "translate/stream"])
async def test_a_backends_error_keeps_status_code_message_and_details(
    path: str, error: LinguaNexusError, status: int
) -> None:
    said = body_of(error, "theirs").model_dump_json().encode()
    async with before_service(failing(status, said)) as gateway:
        answer = await gateway.post(f"{API}/{path}", ASKED)
    assert (answer.status_code, code_of(answer)) == (status, error.code)
    told = answer.json()["error"]
    assert (told["message"], told["details"]) == (error.message, error.details)
    assert answer.headers.get("Retry-After") == ("7" if error.code == "overloaded" else None)


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (echo, 502, "backend"),
        (reset, 502, "backend"),
        (garbage, 502, "backend"),
        (half, 502, "backend"),
        (hang, 504, "deadline_exceeded"),
    ],
)
async def test_a_backend_that_misbehaves_is_not_the_callers_fault(
    answer: Answer, status: int, code: str
) -> None:
    async with before_service(speaking(answer), timeout_s=0.5) as gateway:
        told = await gateway.post(f"{API}/translate", ASKED)
    assert (told.status_code, code_of(told)) == (status, code)


async def test_what_a_backend_says_that_refuses_the_gateway_is_kept_from_the_caller() -> None:
    said = b'{"error": {"code": "unauthorized", "message": "secret"}}'
    async with before_service(failing(401, said)) as gateway:
        answer = await gateway.post(f"{API}/translate", ASKED)
    assert (answer.status_code, code_of(answer)) == (502, BackendError.code)
    assert "secret" not in answer.text


async def test_without_a_backend_that_is_up_it_is_503_and_worth_another_try() -> None:
    async with whole(before({"nllb": unused_url()})) as gateway:
        for path in ("translate", "translate/stream"):
            answer = await gateway.post(f"{API}/{path}", ASKED)
            assert (answer.status_code, code_of(answer)) == (503, "model_not_ready")


async def test_the_deadline_is_the_gateways() -> None:
    async with before_service(speaking(hang), timeout_s=0.2) as gateway:
        answer = await gateway.post(f"{API}/translate/batch", [ASKED])
    assert answer.json()["results"][0]["error"]["code"] == "deadline_exceeded"


async def test_a_kept_answer_says_so() -> None:
    async with before_echoes("nllb", own={"cache": "memory"}) as gateway:
        answers = [await gateway.post(f"{API}/translate", ASKED) for _ in range(2)]
        assert [answer.headers["X-Cache"] for answer in answers] == ["MISS", "HIT"]
        routing = [answer.json()["routing"]["cache"] for answer in answers]
        assert routing == ["miss", "hit"]
        kept = (await gateway.get(f"{API}/gateway")).json()["cache"]
        assert (kept["hits"], kept["misses"]) == (1, 1)


async def test_a_route_s_second_model_answers_for_the_first(tmp_path: Path) -> None:
    route = '[[routes]]\nmodels = ["nllb", "aya"]'
    async with before_echoes("aya") as other, speaking(reset) as broken:
        url = other.gateway.reloader.configuration.backends["aya"].urls[0]
        file = written(tmp_path / "gateway.toml", [broken.url, url], route)
        async with whole(GatewaySettings(file=file)) as gateway:
            answer = await gateway.post(f"{API}/translate", ASKED)
            assert answer.json()["routing"]["model"] == "aya"
            assert answer.json()["routing"]["reason"] == "error"
            stream = await gateway.post(f"{API}/translate/stream", ASKED)
            assert (stream.headers["X-Model"], stream.headers["X-Reason"]) == ("aya", "error")


async def test_a_split_says_which_arm_spoke_and_what_each_did(tmp_path: Path) -> None:
    split = '[[splits]]\nname = "trial"\narms = { aya = 1 }'
    async with before_echoes() as other:
        backends = other.gateway.reloader.configuration.backends
        urls = [backend.urls[0] for backend in backends.values()]
        file = written(tmp_path / "gateway.toml", urls, split, "[flags]\nbold = true")
        async with whole(GatewaySettings(file=file)) as gateway:
            answer = await gateway.post(f"{API}/translate", ASKED)
            routing = answer.json()["routing"]
            assert (routing["model"], routing["reason"]) == ("aya", "split")
            status = (await gateway.get(f"{API}/gateway")).json()
    assert routing["arm"] == "aya"
    assert status["splits"]["trial"]["aya"]["requests"] == 1
    assert status["flags"] == {"bold": True}


async def test_a_batchs_items_fail_alone_and_name_their_models() -> None:
    items = [
        ASKED,
        {**ASKED, "model": "aya"},
        {**ASKED, "model": "gpt"},
        {**ASKED, "text": ""},
        {"text": "x"},
        "no object",
        {**ASKED, "target_lang": "en"},
        {**ASKED, "text": "three"},
    ]
    async with before_echoes() as gateway:
        answer = await gateway.post(f"{API}/translate/batch", items)
    assert answer.status_code == 200
    results = answer.json()["results"]
    codes = [one["error"] and one["error"]["code"] for one in results]
    invalid = "invalid_request"
    assert codes == [None, None, "unknown_model", "empty_text", invalid, invalid, codes[6], None]
    assert codes[6] == "same_language"
    spoke = [one["result"] and one["result"]["routing"]["model"] for one in results]
    assert spoke == ["nllb", "aya", *[None] * 5, "nllb"]
    assert results[7]["result"]["translated_text"] == "THREE"
    ids = {one["error"]["request_id"] for one in results if one["error"]}
    assert ids == {answer.headers["X-Request-Id"]}


async def test_a_batch_is_bounded_and_may_be_empty() -> None:
    async with before_echoes("nllb", max_batch_items=2) as gateway:
        assert (await gateway.post(f"{API}/translate/batch", [])).json() == {"results": []}
        refused = await gateway.post(f"{API}/translate/batch", [ASKED] * 3)
        assert (refused.status_code, code_of(refused)) == (413, "text_too_long")
        wrong = await gateway.post(f"{API}/translate/batch", ASKED)
        assert (wrong.status_code, code_of(wrong)) == (422, "invalid_request")


async def test_a_batch_whose_backend_is_gone_has_an_error_an_item() -> None:
    async with before_service(speaking(reset)) as gateway:
        answer = await gateway.post(f"{API}/translate/batch", [ASKED, ASKED])
    assert answer.status_code == 200
    assert [one["error"]["code"] for one in answer.json()["results"]] == ["backend"] * 2


async def test_a_stream_is_the_models_own() -> None:
    async with before_echoes("nllb") as gateway:
        answer = await gateway.post(f"{API}/translate/stream", ASKED)
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert (answer.headers["X-Model"], answer.headers["X-Reason"]) == ("nllb", "first")
    events = [event.partition("\ndata: ") for event in answer.text.split("\n\n") if event]
    assert [name for name, _, _ in events] == ["event: segment", "event: segment", "event: done"]
    assert json.loads(events[2][2])["translated_text"] == "ONE. TWO"


@pytest.mark.parametrize(
    ("text", "language", "supported"),
    [
        ("Good morning, how are you today?", "eng_Latn", True),
        ("Доброе утро, как ваши дела сегодня?", "rus_Cyrl", False),
        ("123", "und", False),
    ],
)
async def test_a_language_is_detected_here(text: str, language: str, supported: bool) -> None:
    async with before_echoes("nllb") as gateway:
        for body in ({"text": text}, {"text": text, "model": "nllb"}):
            found = (await gateway.post(f"{API}/detect", body)).json()
            assert (found["language"], found["supported"]) == (language, supported)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": "Hi", "model": "gpt"}, 404, "unknown_model"),
        ({"text": " "}, 400, "empty_text"),
        ({"text": "x" * 101}, 413, "text_too_long"),
        ({}, 422, "invalid_request"),
        ({"text": "Hi", "more": 1}, 422, "invalid_request"),
    ],
)
async def test_what_cannot_be_detected_is_refused(body: Any, status: int, code: str) -> None:
    async with before_echoes("nllb", max_text_chars=100) as gateway:
        answer = await gateway.post(f"{API}/detect", body)
        assert (answer.status_code, code_of(answer)) == (status, code)


async def test_what_the_models_are_told_beside_the_text() -> None:
    service = speaking(echo)
    async with before_service(service) as gateway, gateway.client("a-key") as client:
        sent = {"X-Request-Id": "abc", "traceparent": "00-1", "Cookie": "c", "X-Other": "o"}
        await client.post(f"{API}/translate", json={**ASKED, "model": "nllb"}, headers=sent)
    [asked] = service.requests
    assert asked.headers["x-request-id"] == "abc"
    assert asked.headers["traceparent"] == "00-1"
    assert not {"x-api-key", "cookie", "x-other"} & set(asked.headers)
    told = {"text", "source_lang", "target_lang", "format", "markup", "options"}
    assert set(json.loads(asked.body)) == told


async def test_a_quota_is_the_callers_own() -> None:
    own = {"quota_characters_per_day": 20}
    async with before_echoes("nllb", own=own, state_file=None) as gateway:
        for path, body in (("translate", ASKED), ("translate/batch", [ASKED])):
            assert (await gateway.post(f"{API}/{path}", body)).status_code == 200
        for path in ("translate", "translate/stream"):
            refused = await gateway.post(f"{API}/{path}", ASKED)
            assert (refused.status_code, code_of(refused)) == (429, "quota_exceeded")
            assert int(refused.headers["Retry-After"]) > 0
        batch = (await gateway.post(f"{API}/translate/batch", [ASKED])).json()
        assert batch["results"][0]["error"]["code"] == "quota_exceeded"


async def test_errors_are_counted_by_their_code() -> None:
    def count() -> float:
        labels = {"model": "gateway", "code": "unknown_model"}
        return REGISTRY.get_sample_value("translation_errors_total", labels) or 0.0

    earlier = count()
    async with before_echoes("nllb") as gateway:
        await gateway.post(f"{API}/translate", {**ASKED, "model": "gpt"})
    assert count() == earlier + 1


async def test_many_callers_at_once_each_get_their_own() -> None:
    async def one(gateway: Whole, text: str) -> str:
        answer = await gateway.post(f"{API}/translate", {**ASKED, "text": text})
        return str(answer.json()["translated_text"])

    texts = [f"text {number}" for number in range(40)]
    async with before_echoes("nllb") as gateway:
        found = await asyncio.gather(*(one(gateway, text) for text in texts))
    assert found == [text.upper() for text in texts]
