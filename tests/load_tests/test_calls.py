import json
from random import Random
from typing import Any

import pytest

from load_tests.calls import KINDS, WRONG, Call, batch, by, fault_of, long, mixed, short

RIGHT = {"translated_text": "Bonjour."}


def error(code: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": "No.", "details": {}, "request_id": "1"}}


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_of_call_asks_the_same_with_the_same_seed(name: str) -> None:
    ask = KINDS[name]
    assert [ask(Random(7)) for _ in range(3)] == [ask(Random(7))] * 3
    random = Random(7)
    assert len({ask(random) for _ in range(40)}) > 4


def test_a_long_text_has_paragraphs_and_a_mixed_one_no_language() -> None:
    assert json.loads(long(Random(1)).body)["text"].count("\n\n") == 3
    assert json.loads(mixed(Random(1)).body)["source_lang"] == "auto"


def test_a_batch_mixes_languages() -> None:
    items = json.loads(batch(Random(1)).body)
    assert len({(item["source_lang"], item["target_lang"]) for item in items}) > 3
    assert all(item["source_lang"] != item["target_lang"] for item in items)


def test_every_wrong_call_expects_an_error_of_the_callers() -> None:
    assert all(400 <= call.status < 500 and call.error for call in WRONG)


def test_a_right_answer_has_no_fault() -> None:
    assert fault_of(short(Random(1)), 200, json.dumps(RIGHT).encode()) is None
    results = {"results": [{"result": RIGHT}] * 8}
    assert fault_of(batch(Random(1)), 200, json.dumps(results).encode()) is None
    assert fault_of(WRONG[0], 400, json.dumps(error("empty_text")).encode()) is None


@pytest.mark.parametrize(
    ("call", "status", "answer", "fault"),
    [
        (short(Random(1)), 503, RIGHT, "status 503 instead of 200"),
        (short(Random(1)), 200, {"translated_text": " "}, "no translated text"),
        (short(Random(1)), 200, [RIGHT], "no translated text"),
        (batch(Random(1)), 200, {"results": [{"result": RIGHT}]}, "not 8 results"),
        (batch(Random(1)), 200, {"results": [error("internal")] * 8}, "no translated text"),
        (WRONG[0], 400, error("same_language"), "error 'same_language' instead of 'empty_text'"),
        (WRONG[0], 400, {"detail": "blank"}, "not the one error body"),
        (WRONG[0], 200, RIGHT, "status 200 instead of 400"),
    ],
)
def test_another_answer_is_a_fault(call: Call, status: int, answer: Any, fault: str) -> None:
    assert fault_of(call, status, json.dumps(answer).encode()) == fault


def test_what_is_not_json_is_a_fault() -> None:
    assert fault_of(short(Random(1)), 200, b"<html>") == "the body is not JSON"


def test_a_model_that_was_named_must_be_the_one_that_speaks() -> None:
    call = by("aya", Random(1))
    assert json.loads(call.body)["model"] == "aya"
    spoken = json.dumps({**RIGHT, "routing": {"model": "aya"}}).encode()
    assert fault_of(call, 200, spoken, model="aya") is None
    assert fault_of(call, 200, spoken, model="nllb") == "model 'aya' spoke instead of 'nllb'"
    unnamed = fault_of(call, 200, json.dumps(RIGHT).encode(), model="aya")
    assert unnamed == "the model that spoke is not named"
    assert fault_of(call, 200, b"{}", model="aya") == "no translated text"
