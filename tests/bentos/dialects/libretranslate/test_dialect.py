"""Whom LibreTranslate's API lets in, and how it says no."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bentos.dialects.libretranslate.dialect import LibreTranslate
from bentos.errors import (
    BodyTooLargeError,
    ForbiddenError,
    InternalError,
    InvalidRequestError,
    NotFoundError,
    QuotaExceededError,
    RateLimitedError,
    UnauthorizedError,
)
from bentos.files.errors import (
    FileNotTranslatedError,
    InvalidFileError,
    UnknownJobError,
    UnsupportedFileError,
)
from models.base.exceptions import (
    DeadlineExceededError,
    LinguaNexusError,
    ModelNotReadyError,
    TextTooLongError,
    TranslationError,
    UnsupportedLanguageError,
)
from tests.bentos.dialects.places import CLOSED, KEY, PLACES, at

BASE = "/libretranslate"
ASKED = {"q": "one", "source": "en", "target": "fr"}
MISSING = {"error": "Please contact the server operator to get an API key"}
WRONG = {"error": "Invalid API key"}


@pytest.fixture(params=PLACES)
async def closed(request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    async with at(request.param, **CLOSED) as place, place.client(BASE) as client:
        yield client


@pytest.mark.parametrize(
    "sent",
    [
        {"json": {**ASKED, "api_key": KEY}},
        {"data": {**ASKED, "api_key": KEY}},
        {"files": {name: (None, value) for name, value in {**ASKED, "api_key": KEY}.items()}},
        {"json": ASKED, "params": {"api_key": KEY}},
        {"json": ASKED, "headers": {"X-API-Key": KEY}},
        {"json": ASKED, "headers": {"Authorization": f"Bearer {KEY}"}},
    ],
)
async def test_the_key_may_be_anywhere(closed: httpx.AsyncClient, sent: dict[str, Any]) -> None:
    answered = await closed.post("/translate", **sent)
    assert (answered.status_code, answered.json()) == (200, {"translatedText": "ONE"})


@pytest.mark.parametrize(
    ("said", "status", "answer"),
    [
        ({}, 400, MISSING),
        ({"api_key": ""}, 400, MISSING),
        ({"api_key": None}, 400, MISSING),
        ({"api_key": "another-key-of-twenty"}, 403, WRONG),
        ({"api_key": 5}, 400, {"error": "api_key must be a string."}),
    ],
)
@pytest.mark.parametrize("path", ["/translate", "/detect"])
async def test_without_the_right_one_nothing_is_translated(
    closed: httpx.AsyncClient, path: str, said: dict[str, Any], status: int, answer: dict[str, str]
) -> None:
    answered = await closed.post(path, json={**ASKED, **said})
    assert (answered.status_code, answered.json()) == (status, answer)


@pytest.mark.parametrize(
    "path", ["languages", "frontend/settings", "health", "spec", "openapi.json"]
)
async def test_what_every_page_needs_is_open(closed: httpx.AsyncClient, path: str) -> None:
    assert (await closed.get(f"/{path}")).status_code == 200


async def test_more_than_the_rate_allows_is_a_slowdown() -> None:
    async with at(rate_limit="1/minute") as place, place.client(BASE) as client:
        assert (await client.post("/translate", json=ASKED)).status_code == 200
        answered = await client.post("/translate", json=ASKED)
    assert answered.status_code == 429
    assert answered.json()["error"].startswith("Slowdown: ")
    assert int(answered.headers["Retry-After"]) > 0


async def test_a_body_over_the_limit_and_a_path_nobody_has_are_answered_alike() -> None:
    async with at(max_body_bytes=1024) as place, place.client(BASE) as client:
        answered = await client.post("/translate", json={**ASKED, "q": "a" * 2000})
        assert (answered.status_code, answered.json().keys()) == (413, {"error"})
        for method, path, status in (("GET", "/nothing", 404), ("GET", "/translate", 405)):
            answered = await client.request(method, path)
            assert (answered.status_code, answered.json().keys()) == (status, {"error"})


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnauthorizedError(), 400),
        (UnauthorizedError(key_sent=True), 403),
        (ForbiddenError("translate"), 403),
        (RateLimitedError(1), 429),
        (QuotaExceededError(1, 0, 1), 429),
        (InvalidRequestError("no"), 400),
        (TextTooLongError("no", limit=1, items=2), 400),
        (UnsupportedLanguageError("tlh"), 400),
        (UnsupportedFileError("no"), 400),
        (InvalidFileError("no"), 400),
        (BodyTooLargeError(1), 413),
        (NotFoundError(), 404),
        (UnknownJobError(), 404),
        (FileNotTranslatedError("failed"), 404),
        (TranslationError("no"), 500),
        (InternalError(), 500),
        (ModelNotReadyError("no"), 503),
        (DeadlineExceededError("no"), 504),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_each_error_has_the_status_its_clients_know(error: LinguaNexusError, status: int) -> None:
    dialect = LibreTranslate()
    assert dialect.status_of(error) == status
    assert isinstance(dialect.body_of(error, "id")["error"], str)
