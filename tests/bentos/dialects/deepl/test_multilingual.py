"""DeepL's glossaries of several language pairs, as they are sent."""

from typing import Any

import pytest

from tests.bentos.dialects.deepl.calling import Deepl

TO_FRENCH = {"source_lang": "en", "target_lang": "fr"}
TO_ENGLISH = {"source_lang": "fr", "target_lang": "en"}
FRENCH = {**TO_FRENCH, "entries": "a\tb\nc\td\n", "entries_format": "tsv"}
ENGLISH = {**TO_ENGLISH, "entries": "b,a\n", "entries_format": "csv"}


async def made(deepl: Deepl, *dictionaries: dict[str, str]) -> str:
    body = {"name": "n", "dictionaries": list(dictionaries or (FRENCH, ENGLISH))}
    answer = await deepl.client.post("/v3/glossaries", json=body)
    assert answer.status_code == 201, answer.text
    return f"/v3/glossaries/{answer.json()['glossary_id']}"


async def shown(deepl: Deepl, path: str) -> dict[str, Any]:
    found: dict[str, Any] = (await deepl.client.get(path)).json()
    return found


async def test_dictionaries_stand_as_they_were_sent(deepl: Deepl) -> None:
    found = await shown(deepl, await made(deepl, ENGLISH, FRENCH))
    assert found["dictionaries"] == [
        {**TO_ENGLISH, "entry_count": 1},
        {**TO_FRENCH, "entry_count": 2},
    ]
    listed = (await deepl.client.get("/v3/glossaries")).json()
    assert listed == {"glossaries": [found]}


async def test_entries_are_a_pairs(deepl: Deepl) -> None:
    path = await made(deepl)
    entries = await deepl.client.get(f"{path}/entries", params=TO_FRENCH)
    assert entries.json() == {
        "dictionaries": [{**TO_FRENCH, "entries": "a\tb\nc\td", "entries_format": "tsv"}]
    }
    other = await deepl.client.get(f"{path}/entries", params={**TO_FRENCH, "target_lang": "DE"})
    assert other.status_code == 404
    wrong = await deepl.client.get(f"{path}/entries", params={**TO_FRENCH, "target_lang": "XX"})
    assert wrong.status_code == 400


async def test_a_change_adds_and_a_replacement_does_not(deepl: Deepl) -> None:
    path = await made(deepl)
    more = {**TO_FRENCH, "entries": "c\tx\ne\tf"}
    changed = await deepl.client.patch(path, json={"name": "m", "dictionaries": [more]})
    assert changed.json()["name"] == "m"
    assert {one["entry_count"] for one in changed.json()["dictionaries"]} == {1, 3}
    entries = (await deepl.client.get(f"{path}/entries", params=TO_FRENCH)).json()
    assert entries["dictionaries"][0]["entries"] == "a\tb\nc\tx\ne\tf"
    replaced = await deepl.client.put(f"{path}/dictionaries", json=more)
    assert replaced.json() == {**TO_FRENCH, "entry_count": 2}
    unchanged = await deepl.client.patch(path, json={})
    assert unchanged.json() == await shown(deepl, path)


async def test_what_is_removed_is_gone(deepl: Deepl) -> None:
    path = await made(deepl)
    removed = await deepl.client.delete(f"{path}/dictionaries", params=TO_FRENCH)
    assert removed.status_code == 204
    assert (await deepl.client.delete(f"{path}/dictionaries", params=TO_FRENCH)).status_code == 404
    assert len((await shown(deepl, path))["dictionaries"]) == 1
    assert (await deepl.client.delete(path)).status_code == 204
    assert (await deepl.client.patch(path, json={"name": "m"})).status_code == 404
    assert (await deepl.client.put(f"{path}/dictionaries", json=FRENCH)).status_code == 404


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"name": "n"}, "Parameter 'dictionaries' not specified."),
        ({"name": "n", "dictionaries": []}, "Value for 'dictionaries' not supported."),
        ({"name": "n", "dictionaries": [5]}, "Value for 'dictionaries' not supported."),
        ({"name": "n", "dictionaries": [FRENCH, FRENCH]}, "two dictionaries for en-fr"),
        ({"name": "n", "dictionaries": [FRENCH, {**ENGLISH, "entries": "a"}]}, "Line 1"),
    ],
)
async def test_what_is_wrong_is_named(deepl: Deepl, body: dict[str, Any], message: str) -> None:
    assert message in await deepl.refused(await deepl.client.post("/v3/glossaries", json=body))
    assert (await deepl.client.get("/v3/glossaries")).json() == {"glossaries": []}


async def test_a_wrong_change_changes_nothing(deepl: Deepl) -> None:
    path = await made(deepl)
    before = await shown(deepl, path)
    wrong = {"name": "m", "dictionaries": [{**FRENCH, "entries": "a"}]}
    assert (await deepl.client.patch(path, json=wrong)).status_code == 400
    assert await shown(deepl, path) == before
