"""The members of each answer, and what the clients send and read."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from tests.bentos.gateway.legacy.adaptive_client import ASKED, KEY, PATHS, client_of, events_of
from tests.bentos.gateway.legacy.adaptive_models import (
    ENGLISH,
    FRENCH,
    LONG,
    LONG_FRENCH,
    Book,
)

AHK = {
    "quality_score": r'"quality_score"\s*:\s*([0-9.]+)',
    "quality_grade": r'"quality_grade"\s*:\s*"([A-F])"',
    "optimization_applied": r'"optimization_applied"\s*:\s*(true|false)',
    "cache_hit": r'"cache_hit"\s*:\s*(true|false)',
    "processing_time": r'"processing_time"\s*:\s*([0-9.]+)',
}


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


async def test_the_last_event_has_the_members_of_the_contract(client: httpx2.AsyncClient) -> None:
    response = await client.post("/adaptive/translate/progressive", json=ASKED)
    assert events_of(response)[-1].keys() == {
        *("stage", "translation", "final_translation", "progress", "status_message"),
        *("quality_score", "quality_grade", "optimization_applied", "processing_time"),
        *("cache_hit", "metadata"),
    }


async def test_chunk(client: httpx2.AsyncClient) -> None:
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


async def test_chunks_sizes_are_the_callers(client: httpx2.AsyncClient) -> None:
    sizes = {"min_chunk_size": 20, "max_chunk_size": 100, "source_lang": "xx"}
    answer = (await client.post("/adaptive/chunk", json={"text": LONG, **sizes})).json()
    assert all(len(chunk) <= 100 for chunk in answer["chunks"])


@pytest.mark.parametrize(
    "body",
    [{}, {"text": 1}, {"text": "a", "max_chunk_size": 0}, {"text": "a", "min_chunk_size": 700}],
)
async def test_chunks_body_may_be_wrong(client: httpx2.AsyncClient, body: dict[str, Any]) -> None:
    response = await client.post("/adaptive/chunk", json=body)
    assert response.status_code == 422
    assert response.json()["body"] == body


async def test_a_very_long_text_is_cut_too(client: httpx2.AsyncClient) -> None:
    text = LONG * 20
    answer = (await client.post("/adaptive/chunk", json={"text": text})).json()
    assert "".join(answer["chunks"]) == text


async def test_assess(client: httpx2.AsyncClient) -> None:
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


async def test_assess_takes_english_for_the_target(client: httpx2.AsyncClient) -> None:
    body = {"original": FRENCH, "translation": ENGLISH, "source_lang": "fr"}
    good = (await client.post("/adaptive/quality/assess", json=body)).json()
    body["translation"] = FRENCH
    bad = (await client.post("/adaptive/quality/assess", json=body)).json()
    assert (good["quality_grade"], bad["quality_grade"]) == ("A", "F")
    assert bad["optimization_needed"] is True
    assert bad["improvement_suggestions"]


async def test_assess_refuses_what_it_cannot_judge(client: httpx2.AsyncClient) -> None:
    body = {"original": "a", "translation": "b", "target_lang": "xx"}
    response = await client.post("/adaptive/quality/assess", json=body)
    assert (response.status_code, response.json()["detail"]) == (
        400,
        "Unsupported target language: xx",
    )
    assert (await client.post("/adaptive/quality/assess", json={})).status_code == 422


async def test_what_the_standalone_userscript_sends_and_reads(closed: httpx2.AsyncClient) -> None:
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


@pytest.mark.parametrize("path", PATHS)
async def test_what_the_desktop_client_sends_and_reads(
    closed: httpx2.AsyncClient, path: str
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
