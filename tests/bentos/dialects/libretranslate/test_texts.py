"""Translating and detecting as LibreTranslate's clients ask for it, from a Bento as a gateway."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.bentos.dialects.places import PLACES, Place, at

BASE = "/libretranslate"
ASKED = {"source": "en", "target": "fr"}
GERMAN = "Guten Morgen, wie geht es Ihnen?"


LIMITS: dict[str, Any] = {"max_batch_items": 3, "max_text_chars": 50}


@pytest.fixture(params=PLACES)
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    async with at(request.param, **LIMITS) as place:
        yield place


@pytest.fixture
async def client(place: Place) -> AsyncIterator[httpx.AsyncClient]:
    async with place.client(BASE) as client:
        yield client


@pytest.fixture
async def bento() -> AsyncIterator[httpx.AsyncClient]:
    """For what is decided before any model is asked, which is the same everywhere."""
    async with at(**LIMITS) as place, place.client(BASE) as client:
        yield client


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({"q": "one. two"}, {"translatedText": "ONE. TWO"}),
        ({"q": ["one", "", "two"]}, {"translatedText": ["ONE", "", "TWO"]}),
        ({"q": ["one"]}, {"translatedText": ["ONE"]}),
        ({"q": " \n"}, {"translatedText": " \n"}),
        ({"q": "one", "target": "en"}, {"translatedText": "one"}),
        ({"q": "one", "alternatives": 2}, {"translatedText": "ONE", "alternatives": []}),
        (
            {"q": ["one", "two"], "alternatives": 1},
            {"translatedText": ["ONE", "TWO"], "alternatives": [[], []]},
        ),
        ({"q": "<b>one</b> &lt;", "format": "html"}, {"translatedText": "<b>ONE</b> &lt;"}),
        ({"q": "one", "format": "", "unheard_of": [1]}, {"translatedText": "ONE"}),
        ({"q": "one\r\ntwo"}, {"translatedText": "ONE\r\nTWO"}),
    ],
)
async def test_json_is_answered_in_its_own_shape(
    client: httpx.AsyncClient, said: dict[str, Any], answer: dict[str, Any]
) -> None:
    answered = await client.post("/translate", json={**ASKED, **said})
    assert (answered.status_code, answered.json()) == (200, answer)


@pytest.mark.parametrize("multipart", [False, True])
async def test_a_form_is_answered_alike(client: httpx.AsyncClient, multipart: bool) -> None:
    said = {**ASKED, "q": "Grüße\r\nals Formular", "alternatives": "1"}
    files = {name: (None, value) for name, value in said.items()}
    sent: dict[str, Any] = {"files": files} if multipart else {"data": said}
    answered = await client.post("/translate", **sent)
    assert answered.json() == {"translatedText": "GRÜSSE\nALS FORMULAR", "alternatives": []}


async def test_a_file_is_no_text(client: httpx.AsyncClient) -> None:
    answered = await client.post("/translate", data=ASKED, files={"q": ("a.txt", b"one")})
    assert (answered.status_code, answered.json().keys()) == (400, {"error"})


async def test_a_query_is_answered_alike(client: httpx.AsyncClient) -> None:
    answered = await client.post("/translate", params={**ASKED, "q": "one"})
    assert answered.json() == {"translatedText": "ONE"}


async def test_the_language_is_told_where_it_was_not_given(client: httpx.AsyncClient) -> None:
    asked = {"source": "auto", "target": "fr"}
    one = (await client.post("/translate", json={**asked, "q": GERMAN})).json()
    assert one["translatedText"] == GERMAN.upper()
    assert one["detectedLanguage"]["language"] == "de"
    assert 50 < one["detectedLanguage"]["confidence"] <= 100

    unknown = {"confidence": 0, "language": "en"}
    several = (await client.post("/translate", json={**asked, "q": [GERMAN, "42", ""]})).json()
    assert several["translatedText"] == [GERMAN.upper(), "42", ""]
    assert several["detectedLanguage"] == [one["detectedLanguage"], unknown, unknown]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({}, "Invalid request: missing q parameter"),
        ({"q": []}, "Invalid request: missing q parameter"),
        ({"q": ""}, "Invalid request: missing q parameter"),
        ({"q": "a", "source": ""}, "Invalid request: missing source parameter"),
        ({"q": "a", "target": None}, "Invalid request: missing target parameter"),
        ({"q": 5}, "The request is not valid: q"),
        ({"q": ["a", 5]}, "The request is not valid: q"),
        ({"q": "a", "target": ["fr", "de"]}, "The request is not valid: target"),
        ({"q": "a", "format": "odt"}, "The request is not valid: format"),
        ({"q": "a", "alternatives": "many"}, "The request is not valid: alternatives"),
        ({"q": "a", "alternatives": 6}, "The request is not valid: alternatives"),
        ({"q": "a", "source": "tlh"}, "tlh is not supported"),
        ({"q": "a", "target": "ja"}, "ja is not supported"),
        ({"q": "a", "target": "auto"}, "auto is not supported"),
        ({"q": ["a", "b"], "target": "zh-Hans"}, "zh-Hans is not supported"),
        ({"q": "a" * 51}, "Invalid request: request (51) exceeds text limit (50)"),
        ({"q": ["a"] * 4}, "Invalid request: request (4) exceeds text limit (3)"),
    ],
)
async def test_what_is_wrong_is_said_in_its_own_shape(
    bento: httpx.AsyncClient, said: dict[str, Any], message: str
) -> None:
    answered = await bento.post("/translate", json={**ASKED, **said})
    assert answered.status_code == 400
    assert answered.json().keys() == {"error"}
    assert answered.json()["error"].startswith(message)


@pytest.mark.parametrize("q", ["one", ["one", "two"]])
async def test_a_language_that_the_model_does_not_speak_is_named(
    client: httpx.AsyncClient, q: str | list[str]
) -> None:
    answered = await client.post("/translate", json={**ASKED, "q": q, "target": "zh-Hans"})
    assert (answered.status_code, answered.json()) == (400, {"error": "zh-Hans is not supported"})


async def test_one_text_that_fails_fails_the_request(
    client: httpx.AsyncClient,
) -> None:
    answered = await client.post("/translate", json={**ASKED, "q": ["one", "poison"]})
    assert answered.status_code == 500
    assert "poison" not in answered.text


@pytest.mark.parametrize("said", [GERMAN, ["Guten Morgen,", "wie geht es Ihnen?"]])
async def test_detection_tells_the_likeliest_first(
    client: httpx.AsyncClient, said: str | list[str]
) -> None:
    found = (await client.post("/detect", json={"q": said})).json()
    assert found[0]["language"] == "de"
    shares = [one["confidence"] for one in found]
    assert shares == sorted(shares, reverse=True)
    assert 50 < shares[0] <= sum(shares) <= 100.5


@pytest.mark.parametrize("said", [" ", "42"])
async def test_a_text_in_no_language_is_english_with_no_confidence(
    client: httpx.AsyncClient, said: str
) -> None:
    answered = await client.post("/detect", data={"q": said})
    assert answered.json() == [{"confidence": 0, "language": "en"}]


async def test_detection_needs_a_text_within_the_limit(client: httpx.AsyncClient) -> None:
    answered = await client.post("/detect", data={})
    assert answered.json() == {"error": "Invalid request: missing q parameter"}
    answered = await client.post("/detect", data={"q": "a" * 51})
    assert answered.json()["error"].endswith("request (51) exceeds text limit (50)")
