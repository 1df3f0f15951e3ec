"""The official client of DeepL, unmodified, before a Bento and a gateway, at both their bases."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from itertools import product
from pathlib import Path
from typing import Any, TypeVar

import deepl
import docx
import pytest
from deepl import http_client
from deepl.api_data import ModelType
from deepl.api_data import MultilingualGlossaryDictionaryEntries as Entries

from tests.bentos.dialects.places import CLOSED, KEY, PLACES, Place, at

BASES = ("/deepl/", "")
FRENCH = {"station": "gare", "ship": "navire"}
Done = TypeVar("Done")


class Client:
    """The client, on a thread: it blocks."""

    def __init__(self, place: Place, url: str, key: str) -> None:
        self.place = place
        self.deepl = deepl.DeepLClient(key, server_url=url, send_platform_info=False)

    async def __call__(self, call: Callable[[deepl.DeepLClient], Done]) -> Done:
        return await asyncio.to_thread(call, self.deepl)

    async def refused(self, call: Callable[[deepl.DeepLClient], Any]) -> deepl.DeepLException:
        with pytest.raises(deepl.DeepLException) as refusal:
            await self(call)
        return refusal.value


@asynccontextmanager
async def client_of(
    place: str = "bento", base: str = "/deepl/", key: str = KEY, **settings: Any
) -> AsyncIterator[Client]:
    async with at(place, **settings) as found, found.url() as url:
        client = Client(found, f"{url}{base}", key)
        with closing(client.deepl):
            yield client


@pytest.fixture(params=list(product(PLACES, BASES)), ids="".join)
async def client(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Client]:
    monkeypatch.setenv("LINGUA_NEXUS_STATE_FILE", str(tmp_path / "state.sqlite3"))
    place, base = request.param
    async with client_of(place, base) as one:
        yield one


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What fails is not tried again, which takes the client half a minute."""
    monkeypatch.setattr(http_client, "max_network_retries", 0)
    return iter(())


async def test_texts_are_translated_one_or_many(client: Client) -> None:
    one = await client(lambda it: it.translate_text("Good morning", target_lang="FR"))
    assert isinstance(one, deepl.TextResult)
    assert (one.text, one.detected_source_lang, one.billed_characters) == ("GOOD MORNING", "EN", 12)
    texts = ["one", "", " ", "two"]
    many = await client(
        lambda it: it.translate_text(texts, source_lang="en", target_lang=deepl.Language.GERMAN)
    )
    assert isinstance(many, list)
    assert [found.text for found in many] == ["ONE", "", " ", "TWO"]
    assert [found.billed_characters for found in many] == [3, 0, 1, 3]
    assert {found.detected_source_lang for found in many} == {"EN"}


async def test_a_text_in_its_language_comes_back(client: Client) -> None:
    found = await client(
        lambda it: it.translate_text("colour", source_lang="EN", target_lang="EN-US")
    )
    assert isinstance(found, deepl.TextResult)
    assert (found.text, found.detected_source_lang) == ("colour", "EN")


async def test_every_option_is_taken(client: Client) -> None:
    found = await client(
        lambda it: it.translate_text(
            ["<p>one <b>two</b><x>three</x></p>"],
            source_lang="EN",
            target_lang="FR",
            context="In a list of numbers.",
            split_sentences=deepl.SplitSentences.NO_NEWLINES,
            preserve_formatting=True,
            formality=deepl.Formality.PREFER_MORE,
            tag_handling="xml",
            tag_handling_version="v2",
            outline_detection=False,
            non_splitting_tags=["b"],
            splitting_tags="p,q",
            ignore_tags=["x"],
            model_type=ModelType.PREFER_QUALITY_OPTIMIZED,
        )
    )
    assert isinstance(found, list)
    assert found[0].text == "<p>ONE <b>TWO</b><x>three</x></p>"
    assert found[0].model_type_used == "quality_optimized"


async def test_languages_are_those_of_the_models(client: Client) -> None:
    sources = await client(lambda it: it.get_source_languages())
    assert [(one.code, one.name) for one in sources] == [
        ("AR", "Arabic"),
        ("DE", "German"),
        ("EN", "English"),
        ("FR", "French"),
    ]
    targets = await client(lambda it: it.get_target_languages())
    assert [one.code for one in targets] == ["AR", "DE", "EN-GB", "EN-US", "FR"]
    assert {one.supports_formality for one in targets} == {False}
    pairs = await client(lambda it: it.get_glossary_languages())
    assert len(pairs) == 4 * 3
    assert ("en", "fr") in {(one.source_lang, one.target_lang) for one in pairs}


async def test_a_register_that_no_model_has_is_refused_unless_it_is_preferred(
    client: Client,
) -> None:
    error = await client.refused(
        lambda it: it.translate_text("one", target_lang="DE", formality="more")
    )
    assert "'formality' is not supported for given 'target_lang'" in str(error)


async def test_usage_is_counted(client: Client) -> None:
    before = await client(lambda it: it.get_usage())
    await client(lambda it: it.translate_text(["one", "three"], source_lang="EN", target_lang="DE"))
    after = await client(lambda it: it.get_usage())
    assert before.character.count is not None
    assert after.character.count == before.character.count + 8
    assert after.character.limit == 1_000_000_000_000
    assert not after.any_limit_reached


async def test_a_document_is_translated(client: Client, tmp_path: Path) -> None:
    source, target = tmp_path / "a.docx", tmp_path / "b.docx"
    document = docx.Document()
    document.add_paragraph("Good morning")
    document.save(str(source))
    status = await client(
        lambda it: it.translate_document_from_filepath(
            source, target, source_lang="EN", target_lang="FR"
        )
    )
    assert (status.done, status.billed_characters) == (True, 12)
    [paragraph] = docx.Document(str(target)).paragraphs
    assert paragraph.text == "GOOD MORNING"


async def test_a_document_that_cannot_be_translated_says_why(client: Client) -> None:
    handle = await client(
        lambda it: it.translate_document_upload(
            b"no zip", source_lang="EN", target_lang="FR", filename="a.docx"
        )
    )
    status = await client(lambda it: it.translate_document_get_status(handle))
    assert not status.ok
    assert status.error_message
    error = await client.refused(lambda it: it.translate_document_download(handle))
    assert isinstance(error, deepl.DocumentNotReadyException)


async def test_a_document_is_his_who_has_its_key(client: Client) -> None:
    handle = await client(
        lambda it: it.translate_document_upload(b"one", target_lang="FR", filename="a.txt")
    )
    wrong = deepl.DocumentHandle(handle.document_id, "0" * 64)
    error = await client.refused(lambda it: it.translate_document_get_status(wrong))
    assert error.http_status_code == 404


async def test_a_glossary_lives_its_life(client: Client) -> None:
    made = await client(lambda it: it.create_glossary("Trains", "EN", "FR", FRENCH))
    assert (made.name, made.source_lang, made.target_lang, made.entry_count) == (
        "Trains",
        "EN",
        "FR",
        2,
    )
    assert made.ready
    again = await client(lambda it: it.get_glossary(made.glossary_id))
    assert again.creation_time == made.creation_time
    assert await client(lambda it: it.get_glossary_entries(made)) == FRENCH
    [listed] = await client(lambda it: it.list_glossaries())
    assert listed.glossary_id == made.glossary_id
    found = await client(lambda it: it.translate_text_with_glossary("one", made))
    assert isinstance(found, deepl.TextResult)
    assert found.text == "ONE"
    await client(lambda it: it.delete_glossary(made))
    error = await client.refused(lambda it: it.get_glossary_entries(made))
    assert isinstance(error, deepl.GlossaryNotFoundException)


async def test_a_glossary_is_made_of_csv(client: Client) -> None:
    csv = 'sourceEntry1,targetEntry1,en,de\n"source""Entry","target,Entry",en,de\n'
    made = await client(lambda it: it.create_glossary_from_csv("c", "EN", "DE", csv))
    entries = await client(lambda it: it.get_glossary_entries(made))
    assert entries == {"sourceEntry1": "targetEntry1", 'source"Entry': "target,Entry"}


async def test_a_glossary_of_several_languages_lives_its_life(client: Client) -> None:
    dictionaries = [Entries("EN", "FR", FRENCH), Entries("FR", "EN", {"gare": "station"})]
    made = await client(lambda it: it.create_multilingual_glossary("Trains", dictionaries))
    assert [one.entry_count for one in made.dictionaries] == [2, 1]
    more = Entries("EN", "FR", {"ship": "bateau", "boat": "barque"})
    grown = await client(lambda it: it.update_multilingual_glossary_dictionary(made, more))
    assert {(one.source_lang, one.entry_count) for one in grown.dictionaries} == {
        ("EN", 3),
        ("FR", 1),
    }
    renamed = await client(lambda it: it.update_multilingual_glossary_name(made, "Ships"))
    assert renamed.name == "Ships"
    less = Entries("EN", "FR", {"ship": "nef"})
    replaced = await client(lambda it: it.replace_multilingual_glossary_dictionary(made, less))
    assert replaced.entry_count == 1
    [entries] = (
        await client(lambda it: it.get_multilingual_glossary_entries(made, "EN", "FR"))
    ).dictionaries
    assert str(entries.entries) == "ship\tnef"  # a text, whatever the client says it is
    await client(
        lambda it: it.delete_multilingual_glossary_dictionary(
            made, source_lang="FR", target_lang="EN"
        )
    )
    again = await client(lambda it: it.get_multilingual_glossary(made.glossary_id))
    assert len(again.dictionaries) == 1
    assert len(await client(lambda it: it.list_multilingual_glossaries())) == 1
    found = await client(
        lambda it: it.translate_text("one", source_lang="EN", target_lang="FR", glossary=again)
    )
    assert isinstance(found, deepl.TextResult)
    assert found.text == "ONE"
    await client(lambda it: it.delete_multilingual_glossary(made))
    error = await client.refused(lambda it: it.get_multilingual_glossary(made.glossary_id))
    assert isinstance(error, deepl.GlossaryNotFoundException)


@pytest.mark.parametrize("place", PLACES)
async def test_errors_are_the_clients_own(place: str) -> None:
    async with client_of(
        place, key="a-wrong-key-of-some-length", api_keys=CLOSED["api_keys"]
    ) as stranger:
        refused = await stranger.refused(lambda it: it.translate_text("one", target_lang="DE"))
        assert isinstance(refused, deepl.AuthorizationException)
    async with client_of(place, api_keys=CLOSED["api_keys"]) as known:
        found = await known(lambda it: it.translate_text("one", source_lang="EN", target_lang="DE"))
        assert isinstance(found, deepl.TextResult)
        unknown = await known.refused(lambda it: it.translate_text("one", target_lang="XX"))
        assert "Value for 'target_lang' not supported" in str(unknown)
        assert unknown.http_status_code == 400
        long = await known.refused(lambda it: it.translate_text("x" * 140_000, target_lang="DE"))
        assert long.http_status_code == 413
        many = await known.refused(lambda it: it.translate_text(["x"] * 51, target_lang="DE"))
        assert many.http_status_code == 400
        for call in (
            lambda it: it.rephrase_text("one", target_lang="EN-GB"),
            lambda it: it.get_glossary("not-one"),
            lambda it: it.get_all_style_rules(),
        ):
            assert (await known.refused(call)).http_status_code == 404


async def test_a_quota_is_told_and_held(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LINGUA_NEXUS_STATE_FILE", str(tmp_path / "state.sqlite3"))
    monkeypatch.setenv("LINGUA_NEXUS_GATEWAY_QUOTA_CHARACTERS_PER_DAY", "8")
    async with client_of("gateway") as client:
        await client(lambda it: it.translate_text("five5", source_lang="EN", target_lang="DE"))
        usage = (await client(lambda it: it.get_usage())).character
        assert (usage.count, usage.limit) == (5, 8)
        error = await client.refused(
            lambda it: it.translate_text("four", source_lang="EN", target_lang="DE")
        )
        assert isinstance(error, deepl.QuotaExceededException)


async def test_over_the_rate_limit_is_too_many_requests() -> None:
    async with client_of(rate_limit="1/minute") as client:
        await client(lambda it: it.get_usage())
        error = await client.refused(lambda it: it.get_usage())
        assert isinstance(error, deepl.TooManyRequestsException)
