from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.bentos.gateway.legacy.adaptive_client import ASKED, client_of
from tests.bentos.gateway.legacy.adaptive_models import (
    LONG,
    Book,
)


@pytest.fixture
def models() -> Book:
    return Book()


@pytest.fixture
async def client(models: Book) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(models) as client:
        yield client


async def test_statistics(client: httpx2.AsyncClient) -> None:
    await client.post("/adaptive/translate", json=ASKED)
    answer = (await client.get("/adaptive/stats")).json()
    assert list(answer) == ["controller_stats", "cache_stats", "quality_threshold"]
    assert answer["quality_threshold"] == 0.75
    assert answer["controller_stats"]["total_requests"] == 1
    assert answer["controller_stats"]["grades"] == {"A": 1, "B": 0, "C": 0, "D": 0, "F": 0}
    assert answer["cache_stats"] == (await client.get("/adaptive/cache/stats")).json()


async def test_nothing_is_kept_unless_there_is_room(
    client: httpx2.AsyncClient, models: Book
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


async def test_a_hit_is_one_of_the_models_cache(client: httpx2.AsyncClient, models: Book) -> None:
    models.cached = True
    answer = await client.post("/adaptive/translate", json=ASKED | {"text": LONG})
    assert answer.json()["cache_hit"] is True
