"""Stored glossaries named in requests, in a Bento and in a gateway."""

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from bentos.glossaries.requests import TranslationRequest
from models.base import request_models
from models.base.request_models import MarkupOptions
from models.base.translation_model import SegmentTranslation, TranslationOptions
from tests.bentos.dialects.places import PLACES, Place, at
from tests.fakes import EchoModel

TO_FRENCH = {"source_lang": "en", "target_lang": "fr"}
ENTRIES = {"station": "gare", "ship": "navire"}


class TermModel(EchoModel):
    """Answers the text with the terms that it was told in their places."""

    @override
    async def stream(
        self,
        text: str,
        source_lang: str,
        target_lang: str,
        options: TranslationOptions = TranslationOptions(),  # noqa: B008 - frozen
    ) -> AsyncIterator[SegmentTranslation]:
        translated = text
        for term, translation in (options.glossary or {}).items():
            translated = translated.replace(term, translation)
        yield SegmentTranslation(0, 1, text, translated)


class Caller:
    def __init__(self, place: Place, prefix: str) -> None:
        self.client = place.client()
        self.backing = place.backing
        self.prefix = prefix

    async def post(self, path: str, body: Any) -> Any:
        return (await self.client.post(f"{self.prefix}{path}", json=body)).json()

    async def glossary(self, entries: dict[str, str], *more: dict[str, Any]) -> str:
        dictionaries = [{**TO_FRENCH, "entries": entries}, *more]
        made = await self.post("/glossaries", {"name": "n", "dictionaries": dictionaries})
        identifier: str = made["id"]
        return identifier


@pytest.fixture(params=PLACES)
async def caller(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Caller]:
    monkeypatch.setenv("LINGUA_NEXUS_STATE_FILE", str(tmp_path / "state.sqlite3"))
    async with at(request.param, TermModel()) as place:
        caller = Caller(place, "" if request.param == "bento" else "/api/v1")
        yield caller
        await caller.client.aclose()


async def test_a_text_is_translated_with_the_glossary_it_names(caller: Caller) -> None:
    identifier = await caller.glossary(ENTRIES)
    asked = {**TO_FRENCH, "text": "the station", "glossary_id": identifier}
    assert (await caller.post("/translate", asked))["translated_text"] == "the gare"
    detected = {**asked, "source_lang": "auto", "text": "Where is the station?"}
    answer = await caller.post("/translate", detected)
    assert answer["translated_text"] == "Where is the gare?"


async def test_the_requests_own_terms_go_before(caller: Caller) -> None:
    identifier = await caller.glossary(ENTRIES)
    own = {"glossary": {"station": "arrêt"}}
    asked = {**TO_FRENCH, "text": "ship station", "glossary_id": identifier, "options": own}
    assert (await caller.post("/translate", asked))["translated_text"] == "navire arrêt"


async def test_each_item_of_a_batch_names_its_own(caller: Caller) -> None:
    one, two = await caller.glossary(ENTRIES), await caller.glossary({"station": "halte"})
    text = {**TO_FRENCH, "text": "station"}
    items = [
        text,
        {**text, "glossary_id": one},
        {**text, "glossary_id": two},
        {**text, "glossary_id": "none"},
        {**text, "glossary_id": 5},
        {"glossary_id": one},
    ]
    results = (await caller.post("/translate/batch", items))["results"]
    texts = [one["result"]["translated_text"] for one in results[:3]]
    assert texts == ["station", "gare", "halte"]
    codes = [one["error"]["code"] for one in results[3:]]
    assert codes == ["unknown_glossary", "invalid_request", "invalid_request"]


async def test_a_stream_has_it_too(caller: Caller) -> None:
    identifier = await caller.glossary(ENTRIES)
    asked = {**TO_FRENCH, "text": "station", "glossary_id": identifier}
    answer = await caller.client.post(f"{caller.prefix}/translate/stream", json=asked)
    [done] = [line for line in answer.text.splitlines() if "translated_text" in line]
    assert json.loads(done.removeprefix("data: "))["translated_text"] == "gare"


async def test_a_file_has_it_too(caller: Caller) -> None:
    identifier = await caller.glossary(ENTRIES)
    files = {"file": ("a.txt", io.BytesIO(b"the station"))}
    path = f"{caller.prefix}/files"
    form = {**TO_FRENCH, "glossary_id": identifier}
    job = (await caller.client.post(path, data=form, files=files)).json()
    await caller.backing.files.finished(job["id"])
    assert (await caller.client.get(f"{path}/{job['id']}/result")).text == "the gare"


@pytest.mark.parametrize(
    ("languages", "code"),
    [
        ({"source_lang": "en", "target_lang": "de"}, "invalid_glossary"),
        ({"source_lang": "auto", "target_lang": "de"}, "invalid_glossary"),
        ({"source_lang": "auto", "target_lang": "fr"}, "invalid_glossary"),
        ({"source_lang": "en", "target_lang": "tlh"}, "unsupported_language"),
        ({"source_lang": "en", "target_lang": "en"}, "invalid_glossary"),
    ],
)
async def test_a_glossary_for_other_languages_is_refused(
    caller: Caller, languages: dict[str, str], code: str
) -> None:
    german = {"source_lang": "de", "target_lang": "fr", "entries": {"Schiff": "navire"}}
    identifier = await caller.glossary(ENTRIES, german)
    answer = await caller.post("/translate", {**languages, "text": "x", "glossary_id": identifier})
    assert answer["error"]["code"] == code


async def test_of_a_large_glossary_the_terms_of_the_text_are_told(caller: Caller) -> None:
    identifier = await caller.glossary({f"word{n}": f"mot{n}" for n in range(1500)})
    asked = {**TO_FRENCH, "text": "a word7 and word1400", "glossary_id": identifier}
    assert (await caller.post("/translate", asked))["translated_text"] == "a mot7 and mot1400"
    many = {**asked, "text": " ".join(f"word{n}" for n in range(1001))}
    answer = await caller.post("/translate", many)
    assert answer["error"]["code"] == "invalid_glossary"
    path, files = f"{caller.prefix}/files", {"file": ("a.txt", io.BytesIO(b"a word7"))}
    form = {**TO_FRENCH, "glossary_id": identifier, "options": '{"glossary": {"a": "un"}}'}
    job = (await caller.client.post(path, data=form, files=files)).json()
    await caller.backing.files.finished(job["id"])
    assert (await caller.client.get(f"{path}/{job['id']}/result")).text == "un mot7"


def test_a_model_is_asked_all_but_the_glossary() -> None:
    markup = MarkupOptions(ignore_tags=("x",))
    body = TranslationRequest(
        text="t", target_lang="fr", format="xml", markup=markup, glossary_id="g"
    ).translation()
    asked = request_models.TranslationRequest
    assert type(body) is asked
    assert body == asked(text="t", target_lang="fr", format="xml", markup=markup)
