"""Translating, detecting and listing as Google's clients ask for it, from a Bento as a gateway."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.bentos.dialects.places import PLACES, Place, at, in_both_places

BASE = "/google"
PATH = "/language/translate/v2"
ASKED = {"source": "en", "target": "fr"}
GERMAN = "Guten Morgen, wie geht es Ihnen?"


LIMITS: dict[str, Any] = {"max_text_chars": 50}


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


def texts_of(answered: httpx.Response) -> list[str]:
    assert answered.status_code == 200, answered.text
    return [one["translatedText"] for one in answered.json()["data"]["translations"]]


@pytest.mark.parametrize("base", ["/google", ""])
@pytest.mark.parametrize(
    ("method", "kind"), [("GET", "params"), ("POST", "params"), ("POST", "data"), ("POST", "json")]
)
async def test_it_is_asked_in_every_way(base: str, method: str, kind: str) -> None:
    asked: dict[str, Any] = {kind: {**ASKED, "q": ["one. two", "", "three"]}}
    async with at() as place, place.client(base) as client:
        answered = await client.request(method, PATH, **asked)
    assert answered.json() == {
        "data": {
            "translations": [
                {"translatedText": "ONE. TWO"},
                {"translatedText": ""},
                {"translatedText": "THREE"},
            ]
        }
    }


@pytest.mark.parametrize(
    ("said", "texts"),
    [
        ({"q": "one"}, ["ONE"]),
        (
            {"q": 'it\'s <b>one</b> & "so" &amp;'},
            ["IT&#39;S <b>ONE</b> &amp; &quot;SO&quot; &amp;"],
        ),
        ({"q": "it's one", "format": "html"}, ["IT&#39;S ONE"]),
        ({"q": "it's one", "format": "text"}, ["IT'S ONE"]),
        ({"q": "it's one", "format": None, "cid": [], "model": None}, ["IT&#39;S ONE"]),
        ({"q": "one", "source": "en-GB", "target": "FR"}, ["ONE"]),
    ],
)
async def test_text_is_html_unless_it_is_said_not_to_be(
    client: httpx.AsyncClient, said: dict[str, Any], texts: list[str]
) -> None:
    assert texts_of(await client.post(PATH, json={**ASKED, **said})) == texts


@pytest.mark.parametrize("source", [{}, {"source": ""}, {"source": None}])
async def test_the_language_is_told_where_it_was_not_given(
    client: httpx.AsyncClient, source: dict[str, Any]
) -> None:
    answered = await client.post(PATH, json={"target": "fr", "q": [GERMAN, "42"], **source})
    translations = answered.json()["data"]["translations"]
    assert [one["detectedSourceLanguage"] for one in translations] == ["de", "und"]


@pytest.mark.parametrize(("asked", "told"), [("echo", "echo"), ("nmt", "nmt"), ("base", "base")])
async def test_a_model_may_be_named(client: httpx.AsyncClient, asked: str, told: str) -> None:
    answered = await client.post(PATH, json={**ASKED, "q": "one", "model": asked})
    assert answered.json()["data"]["translations"] == [{"translatedText": "ONE", "model": told}]


@pytest.mark.parametrize(
    ("said", "message", "reason"),
    [
        ({"q": []}, "Required Text", "invalid"),
        ({"q": None}, "Required Text", "invalid"),
        ({"q": "a", "target": ""}, "Required parameter: target", "invalid"),
        ({"q": 5}, "The request is not valid: q", "invalid"),
        ({"q": ["a", None]}, "The request is not valid: q", "invalid"),
        ({"q": "a", "format": "xml"}, "The request is not valid: format", "invalid"),
        ({"q": "a", "target": 5}, "The request is not valid: target", "invalid"),
        ({"q": "a", "source": "tlh"}, "Invalid Value: tlh is not supported.", "invalid"),
        ({"q": "a", "target": "zh-TW"}, "Invalid Value: zh-TW is not supported.", "invalid"),
        ({"q": "a", "source": "", "target": "auto"}, "Invalid Value: auto", "invalid"),
        ({"q": "a", "source": "fr"}, "Bad language pair: fr|fr", "badRequest"),
        ({"q": "a", "model": "nobody"}, "There is no model 'nobody'", "badRequest"),
        ({"q": "a" * 51}, "Text too long", "invalid"),
        ({"q": ["a"] * 129}, "Too many text segments", "invalid"),
    ],
)
async def test_what_is_wrong_is_said_in_its_own_shape(
    bento: httpx.AsyncClient, said: dict[str, Any], message: str, reason: str
) -> None:
    answered = await bento.post(PATH, json={**ASKED, **said})
    assert answered.status_code == 400
    error = answered.json()["error"]
    assert error["message"].startswith(message)
    assert error == {
        "code": 400,
        "message": error["message"],
        "errors": [{"message": error["message"], "domain": "global", "reason": reason}],
        "status": "INVALID_ARGUMENT",
    }


@pytest.mark.parametrize("texts", [["one"], ["one", "two"]])
async def test_a_language_that_the_model_does_not_speak_is_named(
    client: httpx.AsyncClient, texts: list[str]
) -> None:
    answered = await client.post(PATH, json={**ASKED, "q": texts, "target": "zh-TW"})
    message = "Invalid Value: zh-TW is not supported."
    assert (answered.status_code, answered.json()["error"]["message"]) == (400, message)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_each_text_has_its_language(client: httpx.AsyncClient, method: str) -> None:
    said: Any = {"q": [GERMAN, " ", "42"]}
    sent: Any = {"params": said} if method == "GET" else {"json": said}
    answered = await client.request(method, f"{PATH}/detect", **sent)
    detections = answered.json()["data"]["detections"]
    assert [[one["language"] for one in each] for each in detections] == [["de"], ["und"], ["und"]]
    assert 0.5 < detections[0][0]["confidence"] <= 1
    assert detections[1] == [{"language": "und", "confidence": 0, "isReliable": False}]


@pytest.mark.parametrize(
    ("said", "message"), [({}, "Required Text"), ({"q": "a" * 51}, "Text too long")]
)
async def test_detection_needs_a_text_within_the_limit(
    client: httpx.AsyncClient, said: dict[str, Any], message: str
) -> None:
    answered = await client.post(f"{PATH}/detect", json=said)
    assert (answered.status_code, answered.json()["error"]["message"]) == (400, message)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_languages_have_names_where_these_are_asked_for(
    client: httpx.AsyncClient, method: str
) -> None:
    answered = await client.request(method, f"{PATH}/languages")
    assert answered.json() == {
        "data": {"languages": [{"language": code} for code in ("ar", "de", "en", "fr")]}
    }
    answered = await client.request(method, f"{PATH}/languages", params={"target": "en"})
    assert {"language": "de", "name": "German"} in answered.json()["data"]["languages"]


async def test_names_in_a_language_nobody_knows_are_refused(client: httpx.AsyncClient) -> None:
    answered = await client.get(f"{PATH}/languages", params={"target": "tlh"})
    assert answered.status_code == 400


@pytest.mark.parametrize("path", ["", "/detect", "/languages"])
async def test_a_slash_at_the_end_changes_nothing(client: httpx.AsyncClient, path: str) -> None:
    asked = {**ASKED, "q": "one"}
    with_it = await client.get(f"{PATH}{path}/", params=asked)
    assert with_it.json() == (await client.get(f"{PATH}{path}", params=asked)).json()
    assert with_it.status_code == 200


@in_both_places
async def test_it_describes_itself(place: str) -> None:
    async with at(place) as here, here.client(BASE) as client:
        schema = (await client.get(f"{PATH}/openapi.json")).json()
    assert schema["servers"] == [{"url": BASE}]
    assert schema["paths"].keys() == {PATH, f"{PATH}/detect", f"{PATH}/languages"}
