"""`libretranslatepy`, as it is installed, against a served Bento and a served gateway."""

import asyncio
from collections.abc import AsyncIterator
from urllib.error import HTTPError

import pytest
from libretranslatepy import LibreTranslateAPI

from tests.bentos.dialects.places import CLOSED, KEY, PLACES, at


@pytest.fixture(params=PLACES)
async def url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    async with at(request.param, **CLOSED) as place, place.url() as url:
        yield f"{url}/libretranslate"


@pytest.fixture(params=["", "/"])
def client(url: str, request: pytest.FixtureRequest) -> LibreTranslateAPI:
    return LibreTranslateAPI(f"{url}{request.param}", api_key=KEY)


async def test_it_translates(client: LibreTranslateAPI) -> None:
    answer = await asyncio.to_thread(client.translate, "one. two ä", "en", "fr", timeout=10)
    assert answer == "ONE. TWO Ä"


async def test_it_detects(client: LibreTranslateAPI) -> None:
    found = await asyncio.to_thread(client.detect, "Guten Morgen, wie geht es Ihnen?", timeout=10)
    assert found[0]["language"] == "de"


async def test_it_lists_languages(client: LibreTranslateAPI) -> None:
    found = await asyncio.to_thread(client.languages, timeout=10)
    assert {one["code"]: one["name"] for one in found}["fr"] == "French"


@pytest.mark.parametrize(("key", "status"), [(None, 400), ("another-key-of-twenty", 403)])
async def test_it_is_told_what_is_wrong(url: str, key: str | None, status: int) -> None:
    with pytest.raises(HTTPError) as raised:
        await asyncio.to_thread(LibreTranslateAPI(url, key).translate, "one", timeout=10)
    with raised.value as answer:
        assert answer.code == status
