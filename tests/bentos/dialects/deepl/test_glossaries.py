"""DeepL's glossaries of one language pair, as they are sent."""

import re
from typing import Any

import pytest

from tests.bentos.dialects.deepl.calling import Deepl

FRENCH = {"name": "Trains", "source_lang": "EN", "target_lang": "FR", "entries": "station\tgare"}


async def made(deepl: Deepl, **fields: Any) -> dict[str, Any]:
    answer = await deepl.client.post("/v2/glossaries", json={**FRENCH, **fields})
    assert answer.status_code == 201, answer.text
    glossary: dict[str, Any] = answer.json()
    return glossary


async def test_a_glossary_is_shown_as_deepl_shows_it(deepl: Deepl) -> None:
    glossary = await made(deepl)
    moment = glossary.pop("creation_time")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", moment)
    identifier = glossary.pop("glossary_id")
    assert glossary == {
        "name": "Trains",
        "ready": True,
        "source_lang": "en",
        "target_lang": "fr",
        "entry_count": 1,
    }
    again = (await deepl.client.get(f"/v2/glossaries/{identifier}")).json()
    assert again == {**glossary, "glossary_id": identifier, "creation_time": moment}
    assert (await deepl.client.get("/v2/glossaries")).json() == {"glossaries": [again]}


async def test_a_form_and_csv_will_do(deepl: Deepl) -> None:
    fields = {**FRENCH, "entries": "a,b\n", "entries_format": "csv", "target_lang": "PT-BR"}
    answer = await deepl.client.post("/v2/glossaries", data=fields)
    assert answer.json()["target_lang"] == "pt"
    path = f"/v2/glossaries/{answer.json()['glossary_id']}/entries"
    entries = await deepl.client.get(path, headers={"Accept": "text/tab-separated-values"})
    assert entries.text == "a\tb\n"
    assert entries.headers["content-type"].startswith("text/tab-separated-values")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": ""}, "Value for 'name' not supported."),
        ({"name": None}, "Parameter 'name' not specified."),
        ({"target_lang": "XX"}, "Value for 'target_lang' not supported."),
        ({"target_lang": "EN-GB"}, "must differ"),
        ({"entries": ""}, "no entries"),
        ({"entries": "a\tb\na\tc"}, "Line 2"),
        ({"entries_format": "xlsx"}, "Value for 'entries_format' not supported."),
    ],
)
async def test_what_is_wrong_is_named(deepl: Deepl, fields: dict[str, Any], message: str) -> None:
    answer = await deepl.client.post("/v2/glossaries", json={**FRENCH, **fields})
    assert message in await deepl.refused(answer)
    assert (await deepl.client.get("/v2/glossaries")).json() == {"glossaries": []}


async def test_what_is_gone_is_not_found(deepl: Deepl) -> None:
    path = f"/v2/glossaries/{(await made(deepl))['glossary_id']}"
    assert (await deepl.client.delete(path)).status_code == 204
    for answer in (
        await deepl.client.delete(path),
        await deepl.client.get(path),
        await deepl.client.get(f"{path}/entries"),
    ):
        assert (answer.status_code, answer.json()["message"]) == (404, "Glossary not found")


async def test_those_of_several_languages_are_version_threes(deepl: Deepl) -> None:
    pairs = [("EN", "FR"), ("EN", "DE")]
    dictionaries = [
        {"source_lang": source, "target_lang": target, "entries": "a\tb"}
        for source, target in pairs
    ]
    body = {"name": "n", "dictionaries": dictionaries}
    several = (await deepl.client.post("/v3/glossaries", json=body)).json()["glossary_id"]
    assert (await deepl.client.get("/v2/glossaries")).json() == {"glossaries": []}
    assert (await deepl.client.get(f"/v2/glossaries/{several}")).status_code == 404
    assert (await deepl.client.get(f"/v2/glossaries/{several}/entries")).status_code == 404


async def test_odd_and_many_terms_come_back(deepl: Deepl) -> None:
    odd = {"A%=&": "B&=%", "Δぁ": "深", "🪨": "🪵", 'quo"te': "comma, here"}
    many = odd | {f"Source-${n}": f"Target-${n}" for n in range(10_000)}
    text = "".join(f"{source}\t{target}\n" for source, target in many.items())
    glossary = await made(deepl, entries=text)
    assert glossary["entry_count"] == len(many)
    path = f"/v2/glossaries/{glossary['glossary_id']}/entries"
    assert (await deepl.client.get(path)).text == text
