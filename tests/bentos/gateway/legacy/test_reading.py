"""Bodies that are no JSON, or are not said to be."""

import json
from typing import Any

import pytest

from tests.bentos.gateway.legacy.asking import client_of, legacy

GOOD = json.dumps({"text": "Hi", "source_lang": "en", "target_lang": "fr"}).encode()
PROFILES = ("main", "multimodel", "single", "aya")


async def post(
    profile: str, content: bytes, kind: str | None = "application/json"
) -> tuple[int, Any]:
    headers = {"Content-Type": kind} if kind else {}
    async with client_of(legacy(profile)) as client:
        response = await client.post("/translate", content=content, headers=headers)
    return response.status_code, response.json()


@pytest.mark.parametrize(
    "kind", [None, "application/json", "application/json; charset=utf-8", "application/x+json"]
)
async def test_json_may_be_said_in_several_ways(kind: str | None) -> None:
    assert (await post("main", GOOD, kind))[0] == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("profile", PROFILES)
async def test_another_content_type_is_the_callers_mistake(profile: str, kind: str) -> None:
    status, body = await post(profile, GOOD, kind)
    assert status == 422
    assert body["detail"][0]["type"] == "model_attributes_type"
    assert body["detail"][0]["loc"] == ["body"]
    assert body.get("body") == (GOOD.decode() if profile in {"main", "single"} else None)


@pytest.mark.parametrize(
    "content",
    [
        *(b"{", b"nonsense", b'{"a": NaN}', b'{"a": 1e999}', b'{"a": -Infinity}', b"\xff{}"),
        *(b"1" * 5000, b"[" * 100_000),
    ],
    ids=lambda content: repr(content[:12]),
)
@pytest.mark.parametrize("profile", PROFILES)
async def test_what_is_no_json_is_told(profile: str, content: bytes) -> None:
    status, body = await post(profile, content)
    assert status == 422
    assert body["detail"][0]["type"] == "json_invalid"
    assert body["detail"][0]["loc"][0] == "body"
    assert body["detail"][0]["msg"] == "JSON decode error"


async def test_where_it_went_wrong_is_told() -> None:
    _, body = await post("main", b"nonsense")
    assert body["detail"][0]["loc"] == ["body", 0]
    assert body["body"] == "nonsense"


@pytest.mark.parametrize("content", [b"", b"null"])
async def test_no_body_is_missing(content: bytes) -> None:
    _, body = await post("single", content)
    assert body == {
        "detail": [{"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}],
        "body": None,
    }


async def test_half_a_character_goes_back_as_it_came() -> None:
    sent = {"text": "\ud800", "source_lang": "en", "target_lang": "fr"}
    status, body = await post("main", json.dumps(sent).encode())
    assert status == 422
    assert body["body"] == sent


async def test_finite_numbers_are_numbers() -> None:
    sent = {"text": "Hi", "target_lang": "fr", "model_options": {"temperature": 0.5}}
    assert (await post("multimodel", json.dumps(sent).encode()))[0] == 200


@pytest.mark.parametrize("depth", [300, 900, 960, 980, 990])
async def test_a_body_too_deep_to_be_echoed_is_refused_all_the_same(depth: int) -> None:
    status, _ = await post("main", b"[" * depth + b"]" * depth)
    assert status == 422
