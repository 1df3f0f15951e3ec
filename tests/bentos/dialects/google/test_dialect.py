"""Whom Google's Translation v2 lets in, and how it says no."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bentos.dialects.google.dialect import Google
from bentos.errors import STATUSES, UnauthorizedError
from models.base.exceptions import LinguaNexusError
from tests.bentos.dialects.places import CLOSED, KEY, PLACES, at

PATH = "/google/language/translate/v2"
ASKED = {"q": "one", "source": "en", "target": "fr"}


@pytest.fixture(params=PLACES)
async def closed(request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    async with at(request.param, **CLOSED) as place, place.client() as client:
        yield client


@pytest.mark.parametrize(
    "sent",
    [
        {"json": ASKED, "params": {"key": KEY}},
        {"json": {**ASKED, "key": KEY}},
        {"data": {**ASKED, "key": KEY}},
        {"json": ASKED, "headers": {"X-Goog-Api-Key": KEY}},
        {"json": ASKED, "headers": {"X-API-Key": KEY}},
        {"json": ASKED, "headers": {"Authorization": f"Bearer {KEY}"}},
    ],
)
async def test_the_key_may_be_anywhere(closed: httpx.AsyncClient, sent: dict[str, Any]) -> None:
    assert (await closed.post(PATH, **sent)).status_code == 200


@pytest.mark.parametrize("path", ["", "/detect", "/languages"])
@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({}, (403, "PERMISSION_DENIED", "forbidden")),
        ({"key": ""}, (403, "PERMISSION_DENIED", "forbidden")),
        ({"key": "another-key-of-twenty"}, (400, "INVALID_ARGUMENT", "badRequest")),
    ],
)
async def test_without_the_right_one_nothing_is_answered(
    closed: httpx.AsyncClient, path: str, said: dict[str, str], answer: tuple[int, str, str]
) -> None:
    answered = await closed.get(f"{PATH}{path}", params={**ASKED, **said})
    error = answered.json()["error"]
    reason = error["errors"][0].pop("reason")
    assert (answered.status_code, error["status"], reason) == answer
    assert error["code"] == answered.status_code
    assert error["errors"] == [{"message": error["message"], "domain": "global"}]


@pytest.mark.parametrize(
    ("method", "path", "code"), [("GET", f"{PATH}/nothing", 404), ("DELETE", PATH, 405)]
)
async def test_what_nobody_serves_is_answered_alike(method: str, path: str, code: int) -> None:
    async with at() as place, place.client() as client:
        answered = await client.request(method, path)
    assert (answered.status_code, answered.json()["error"]["code"]) == (code, code)


async def test_more_than_the_rate_allows_is_too_much() -> None:
    async with at(rate_limit="1/minute") as place, place.client() as client:
        answers = [await client.post(PATH, json=ASKED) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 429]
    assert answers[1].json()["error"]["status"] == "RESOURCE_EXHAUSTED"


@pytest.mark.parametrize("kind", STATUSES, ids=lambda kind: kind.__name__)
def test_there_is_an_answer_for_every_error(kind: type[LinguaNexusError]) -> None:
    error = kind.__new__(kind)
    LinguaNexusError.__init__(error, "no", language="eng_Latn")
    if isinstance(error, UnauthorizedError):
        error.key_sent = False
    body = Google().body_of(error, "id")["error"]
    assert body["code"] == Google().status_of(error)
    assert body["message"] == body["errors"][0]["message"] != ""
    assert body["status"].isupper()
