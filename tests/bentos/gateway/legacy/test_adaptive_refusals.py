from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest

from bentos.gateway.legacy.adaptive_refusals import refusal_of
from bentos.gateway.legacy.adaptive_stages import Wanted
from models.base.exceptions import (
    DeadlineExceededError,
    EmptyTextError,
    ModelNotReadyError,
    OverloadedError,
    SameLanguageError,
    TranslationError,
    UnsupportedLanguageError,
)
from tests.bentos.gateway.legacy.adaptive_client import ASKED, PATHS, client_of, events_of
from tests.bentos.gateway.legacy.adaptive_models import (
    FRENCH,
    Book,
)
from tests.bentos.gateway.legacy.adaptive_runs import WANTED


@pytest.fixture
def models() -> Book:
    return Book()


@pytest.fixture
async def client(models: Book) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(models) as client:
        yield client


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("members", "detail"),
    [
        ({"source_lang": "xx"}, "Unsupported source language: xx"),
        ({"target_lang": "klingon"}, "Unsupported target language: klingon"),
        ({"target_lang": "auto"}, "Target language cannot be 'auto'"),
        ({"target_lang": "swe_Latn"}, "Unsupported target language: swe_Latn"),
        ({"source_lang": "swe_Latn"}, "Unsupported source language: swe_Latn"),
        ({"target_lang": "nor_Latn"}, "Unsupported target language: nor_Latn"),
        ({"source_lang": "Swedish"}, "Unsupported source language: Swedish"),
    ],
)
async def test_a_language_nobody_speaks_is_the_callers_fault(
    client: httpx2.AsyncClient, path: str, members: dict[str, str], detail: str
) -> None:
    response = await client.post(path, json=ASKED | members)
    assert (response.status_code, response.json()) == (400, {"detail": detail})


@pytest.mark.parametrize(
    ("source", "target"),
    [("en", "fr"), ("EN", "FR"), ("English", "French"), ("auto", "fra_Latn"), ("eng_Latn", "fr")],
)
async def test_languages_may_be_written_in_any_way(
    client: httpx2.AsyncClient, source: str, target: str
) -> None:
    asked = ASKED | {"source_lang": source, "target_lang": target}
    answer = (await client.post("/adaptive/translate", json=asked)).json()
    assert answer["translation"] == FRENCH
    assert answer["metadata"]["source_lang"] == source
    assert answer["metadata"]["target_lang"] == target


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
    client: httpx2.AsyncClient, models: Book, error: Exception, status: int, detail: str
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


@pytest.mark.parametrize(
    ("wanted", "detail"),
    [
        (None, "Unsupported source language: lat_Latn"),
        (WANTED, "Unsupported source language: lat_Latn"),
        (replace(WANTED, source="lat_Latn"), "Unsupported source language: lat_Latn"),
        (replace(WANTED, target="lat_Latn"), "Unsupported target language: lat_Latn"),
    ],
)
def test_a_language_that_was_found_is_named_by_its_code(wanted: Wanted | None, detail: str) -> None:
    refusal = refusal_of(UnsupportedLanguageError("lat_Latn"), wanted)
    assert (refusal.status, refusal.detail) == (400, detail)


def test_nothing_is_said_of_what_is_unforeseen() -> None:
    refusal = refusal_of(RuntimeError("a secret"))
    assert refusal.status == 500
    assert "a secret" not in str(refusal.detail)
