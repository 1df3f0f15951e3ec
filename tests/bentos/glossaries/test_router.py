"""Stored glossaries over HTTP, through a Bento's guards."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from common.settings import ServiceSettings
from tests.fakes import Served

KEY, OTHER, MANAGER = "a-key-of-twenty-chars", "another-key-of-twenty", "the-manager-of-twenty"
FRENCH = {"source_lang": "en", "target_lang": "fr", "entries": {"station": "gare", "b": "c"}}
GERMAN = {"source_lang": "en", "target_lang": "de", "entries": "ship\tSchiff\n"}


async def opened(settings: ServiceSettings) -> AsyncIterator[httpx.AsyncClient]:
    served = await Served(settings=settings).load()
    async with served.client() as client:
        yield client


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async for one in opened(ServiceSettings(state_file=tmp_path / "state.sqlite3")):
        yield one


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    keys = SecretStr(f"{KEY},{OTHER},{MANAGER}:translate+manage")
    settings = ServiceSettings(state_file=tmp_path / "state.sqlite3", api_keys=keys)
    async for one in opened(settings):
        yield one


async def created(client: httpx.AsyncClient, *dictionaries: Any, key: str = "") -> dict[str, Any]:
    headers = {"X-API-Key": key} if key else {}
    body = {"name": "Railways", "dictionaries": list(dictionaries or [FRENCH])}
    answer = await client.post("/glossaries", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def listed(client: httpx.AsyncClient, key: str) -> dict[str, Any]:
    answer = await client.get("/glossaries", headers={"X-API-Key": key})
    found: dict[str, Any] = answer.json()
    return found


async def test_a_glossary_is_kept_shown_listed_renamed_and_removed(
    client: httpx.AsyncClient,
) -> None:
    new = await created(client, FRENCH, GERMAN)
    assert new["dictionaries"] == [
        {"source_lang": "en", "target_lang": "fr", "entries": 2},
        {"source_lang": "en", "target_lang": "de", "entries": 1},
    ]
    path = f"/glossaries/{new['id']}"
    assert (await client.get(path)).json() == new
    assert (await client.get("/glossaries")).json() == {"glossaries": [new]}
    renamed = await client.patch(path, json={"name": " Ships "})
    assert renamed.json() == {**new, "name": "Ships"}
    assert (await client.delete(path)).status_code == 204
    gone = await client.get(path)
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "unknown_glossary")


@pytest.mark.parametrize(
    ("form", "media_type", "text"),
    [
        ("json", "application/json", '{"station":"gare","b":"c"}'),
        ("tsv", "text/tab-separated-values", "station\tgare\nb\tc\n"),
        ("csv", "text/csv", "station,gare\nb,c\n"),
    ],
)
async def test_entries_come_and_go_in_every_form(
    client: httpx.AsyncClient, form: str, media_type: str, text: str
) -> None:
    path = f"/glossaries/{(await created(client))['id']}/entries"
    read = await client.get(path, params={"format": form})
    assert read.text == text
    assert read.headers["content-type"].startswith(media_type)
    changed = text.replace("station", "platform")
    put = await client.put(path, content=changed, headers={"Content-Type": media_type})
    assert put.json() == {"source_lang": "en", "target_lang": "fr", "entries": 2}
    assert (await client.get(path, params={"format": form})).text == changed


async def test_of_several_pairs_one_is_named(client: httpx.AsyncClient) -> None:
    path = f"/glossaries/{(await created(client, FRENCH, GERMAN))['id']}/entries"
    german = {"source_lang": "eng_Latn", "target_lang": "de-CH"}
    assert (await client.get(path)).status_code == 422
    assert (await client.get(path, params={"source_lang": "en"})).status_code == 422
    assert (await client.get(path, params=german)).json() == {"ship": "Schiff"}
    assert (await client.delete(path, params=german)).status_code == 204
    assert (await client.delete(path, params=german)).status_code == 404
    assert (await client.get(path, params=german)).status_code == 404
    assert (await client.get(path)).json() == FRENCH["entries"]
    french = {"source_lang": "en", "target_lang": "fr"}
    assert (await client.delete(path, params=french)).status_code == 204
    assert (await client.get(path)).status_code == 404


async def test_another_pair_is_added(client: httpx.AsyncClient) -> None:
    new = await created(client)
    path, pair = f"/glossaries/{new['id']}/entries", {"source_lang": "fr", "target_lang": "en"}
    assert (await client.put(path, params=pair, json={"gare": "station"})).status_code == 200
    found = (await client.get(f"/glossaries/{new['id']}")).json()
    assert [one["source_lang"] for one in found["dictionaries"]] == ["en", "fr"]


@pytest.mark.parametrize(
    ("dictionary", "status", "code"),
    [
        ({**FRENCH, "entries": "one term only"}, 422, "invalid_glossary"),
        ({**FRENCH, "entries": {}}, 422, "invalid_glossary"),
        ({**FRENCH, "target_lang": "en-GB"}, 422, "invalid_glossary"),
        ({**FRENCH, "target_lang": "tlh"}, 400, "unsupported_language"),
        ({**FRENCH, "secret": 1}, 422, "invalid_request"),
    ],
)
async def test_a_wrong_glossary_is_refused(
    client: httpx.AsyncClient, dictionary: Any, status: int, code: str
) -> None:
    body = {"name": "Railways", "dictionaries": [dictionary]}
    answer = await client.post("/glossaries", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert (await client.get("/glossaries")).json() == {"glossaries": []}


async def test_the_line_that_is_wrong_is_named_and_not_quoted(client: httpx.AsyncClient) -> None:
    dictionary = {**FRENCH, "entries": "a\tb\nsecret\n"}
    body = {"name": "Railways", "dictionaries": [dictionary]}
    error = (await client.post("/glossaries", json=body)).json()["error"]
    assert error["details"] == {"line": 2}
    assert "secret" not in str(error)


async def test_a_pair_stands_in_a_glossary_once(client: httpx.AsyncClient) -> None:
    body = {"name": "Railways", "dictionaries": [FRENCH, {**FRENCH, "target_lang": "fra_Latn"}]}
    assert (await client.post("/glossaries", json=body)).status_code == 422


@pytest.mark.parametrize(
    ("content", "media_type", "code"),
    [
        (b"a\tb", "text/plain", "invalid_request"),
        (b'{"a": 1}', "application/json", "invalid_request"),
        (b"\xff\xfe", "text/csv", "invalid_glossary"),
        (b"a,b,c", "text/csv", "invalid_glossary"),
    ],
)
async def test_wrong_entries_leave_what_was_there(
    client: httpx.AsyncClient, content: bytes, media_type: str, code: str
) -> None:
    path = f"/glossaries/{(await created(client))['id']}/entries"
    put = await client.put(path, content=content, headers={"Content-Type": media_type})
    assert (put.status_code, put.json()["error"]["code"]) == (422, code)
    assert (await client.get(path)).json() == FRENCH["entries"]


async def test_a_glossary_is_its_keys_and_the_managers(guarded: httpx.AsyncClient) -> None:
    new = await created(guarded, key=KEY)
    path = f"/glossaries/{new['id']}"
    seen = {
        key: (
            (await guarded.get(path, headers={"X-API-Key": key})).status_code,
            len(
                (await guarded.get("/glossaries", headers={"X-API-Key": key})).json()["glossaries"]
            ),
        )
        for key in (KEY, OTHER, MANAGER)
    }
    assert seen == {KEY: (200, 1), OTHER: (404, 0), MANAGER: (200, 1)}
    assert (await guarded.delete(path, headers={"X-API-Key": OTHER})).status_code == 404
    assert (await guarded.get("/glossaries")).status_code == 401
    assert (await guarded.delete(path, headers={"X-API-Key": MANAGER})).status_code == 204


async def test_without_a_file_none_is_kept() -> None:
    async for client in opened(ServiceSettings(state_file=None)):
        answer = await client.get("/glossaries")
        assert (answer.status_code, answer.json()["error"]["code"]) == (
            503,
            "glossaries_unavailable",
        )
