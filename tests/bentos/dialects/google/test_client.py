"""`google-cloud-translate`'s client of v2, as it is installed, against a Bento and a gateway."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from google.api_core.exceptions import BadRequest, Forbidden
from google.auth.credentials import AnonymousCredentials, Credentials
from google.cloud.translate_v2 import Client
from google.oauth2.credentials import Credentials as Token

from tests.bentos.dialects.places import CLOSED, KEY, PLACES, at


def client_of(url: str, credentials: Credentials) -> Client:
    return Client(credentials=credentials, client_options={"api_endpoint": url})


@pytest.fixture(params=PLACES)
async def url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    async with at(request.param, **CLOSED) as place, place.url() as url:
        yield url


@pytest.fixture(params=["/google", ""])
def client(url: str, request: pytest.FixtureRequest) -> Iterator[Client]:
    client = client_of(f"{url}{request.param}", Token(token=KEY))
    yield client
    client._http.close()


async def test_it_translates_one_text(client: Client) -> None:
    answer = await asyncio.to_thread(client.translate, "it's one", "fr", source_language="en")
    assert answer == {"translatedText": "IT&#39;S ONE", "input": "it's one"}


async def test_it_translates_several(client: Client) -> None:
    texts = ["Guten Morgen, wie geht es?", "it's me and you"]
    answers = await asyncio.to_thread(client.translate, texts, "fr", format_="text", model="nmt")
    assert [one["translatedText"] for one in answers] == [text.upper() for text in texts]
    assert [one["detectedSourceLanguage"] for one in answers] == ["de", "en"]
    assert [one["model"] for one in answers] == ["nmt", "nmt"]


async def test_it_detects(client: Client) -> None:
    texts = ["Guten Morgen, wie geht es?", "Where is the station?"]
    found = await asyncio.to_thread(client.detect_language, texts)
    assert [one["language"] for one in found] == ["de", "en"]


async def test_it_lists_languages(client: Client) -> None:
    found = await asyncio.to_thread(client.get_languages)
    assert {"language": "fr", "name": "French"} in found


async def test_it_is_told_what_is_wrong(url: str) -> None:
    client = client_of(f"{url}/google", AnonymousCredentials())
    with pytest.raises(Forbidden, match="missing a valid API key"):
        await asyncio.to_thread(client.translate, "one", "fr")
    client._http.close()


async def test_it_is_told_which_language_is_not_spoken(client: Client) -> None:
    with pytest.raises(BadRequest, match="tlh is not supported"):
        await asyncio.to_thread(client.translate, "one", "tlh")
