"""Stored glossaries: whose they are, and how much may be kept."""

from pathlib import Path

import pytest

from bentos.glossaries.errors import (
    GlossariesUnavailableError,
    GlossaryLimitError,
    InvalidGlossaryError,
    UnknownGlossaryError,
)
from bentos.glossaries.glossary import Viewer
from bentos.glossaries.settings import GlossarySettings
from bentos.glossaries.store import GlossaryStore
from common.glossaries.entries import Pair

ME, YOU, BOSS = Viewer("me"), Viewer("you"), Viewer("boss", is_manager=True)
FRENCH, GERMAN = Pair("en", "fr"), Pair("en", "de")


@pytest.fixture
def store(tmp_path: Path) -> GlossaryStore:
    settings = GlossarySettings(max_per_key=2, max_chars_per_key=30)
    return GlossaryStore(tmp_path / "state.sqlite3", settings)


async def test_an_owners_glossary_is_hidden_from_others(store: GlossaryStore) -> None:
    mine = await store.create(ME, "n", {FRENCH: {"a": "b"}})
    assert await store.of(ME) == await store.of(BOSS) == [mine]
    assert await store.of(YOU) == []
    assert await store.get(BOSS, mine.id) == mine
    for refused in (
        store.get(YOU, mine.id),
        store.lexicon(YOU, mine.id, FRENCH),
        store.rename(YOU, mine.id, "x"),
        store.put(YOU, mine.id, FRENCH, {"a": "c"}),
        store.remove(YOU, mine.id),
        store.remove_entries(YOU, mine.id, FRENCH),
    ):
        with pytest.raises(UnknownGlossaryError):
            await refused
    assert await store.get(ME, mine.id) == mine


async def test_what_a_manager_changes_stays_its_owners(store: GlossaryStore) -> None:
    mine = await store.create(ME, "n", {FRENCH: {"a": "b"}})
    await store.put(BOSS, mine.id, GERMAN, {"a": "c"})
    await store.rename(BOSS, mine.id, "x")
    [found] = await store.of(ME)
    assert (found.name, found.owner, len(found.dictionaries)) == ("x", "me", 2)


async def test_entries_are_replaced_or_merged(store: GlossaryStore) -> None:
    made = await store.create(ME, "n", {FRENCH: {"a": "1", "b": "1"}})
    merged = await store.put(ME, made.id, FRENCH, {"b": "2", "c": "2"}, merge=True)
    assert merged.count == 3
    lexicon = await store.lexicon(ME, made.id, FRENCH)
    assert lexicon.entries == {"a": "1", "b": "2", "c": "2"}
    assert (await store.put(ME, made.id, FRENCH, {"d": "3"})).count == 1
    assert (await store.lexicon(ME, made.id, FRENCH)).entries == {"d": "3"}
    assert (await store.put(ME, made.id, GERMAN, {"e": "4"}, merge=True)).count == 1


async def test_entries_that_were_read_are_not_read_again(store: GlossaryStore) -> None:
    made = await store.create(ME, "n", {FRENCH: {"a": "1"}, GERMAN: {"a": "2"}})
    first = await store.lexicon(ME, made.id, FRENCH)
    assert await store.lexicon(ME, made.id, FRENCH) is first
    assert (await store.lexicon(ME, made.id, GERMAN)).entries == {"a": "2"}


async def test_only_the_last_ones_read_stay_in_memory(store: GlossaryStore) -> None:
    made = await store.create(ME, "n", {FRENCH: {"a": "0"}})
    lexicons = []
    for number in range(10):
        await store.put(ME, made.id, FRENCH, {"a": str(number)})
        lexicons.append(await store.lexicon(ME, made.id, FRENCH))
    assert [one.entries["a"] for one in lexicons] == [str(number) for number in range(10)]
    assert len(store._read) == 8


async def test_large_ones_leave_memory_earlier(
    store: GlossaryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bentos.glossaries.store._CACHED_ENTRIES", 3)
    made = await store.create(ME, "n", {FRENCH: {"a": "b", "c": "d"}, GERMAN: {"a": "b"}})
    first = await store.lexicon(ME, made.id, FRENCH)
    await store.lexicon(ME, made.id, GERMAN)
    assert await store.lexicon(ME, made.id, FRENCH) is first
    await store.put(ME, made.id, GERMAN, {"a": "1", "c": "2"})
    await store.lexicon(ME, made.id, GERMAN)
    assert len(store._read) == 1


async def test_as_much_is_kept_as_may_be(store: GlossaryStore) -> None:
    made = await store.create(ME, "n", {FRENCH: {"a": "b" * 20}})
    with pytest.raises(GlossaryLimitError, match="30 characters"):
        await store.create(ME, "n", {FRENCH: {"a": "b" * 20}})
    with pytest.raises(GlossaryLimitError):
        await store.put(ME, made.id, GERMAN, {"a": "b" * 20})
    await store.put(ME, made.id, FRENCH, {"a": "c" * 23})
    await store.create(ME, "n", {FRENCH: {"a": "b"}})
    with pytest.raises(GlossaryLimitError, match="2 glossaries"):
        await store.create(ME, "n", {FRENCH: {"a": "b"}})
    await store.create(YOU, "n", {FRENCH: {"a": "b" * 20}})
    await store.remove(ME, made.id)
    await store.create(ME, "n", {FRENCH: {"a": "b"}})


@pytest.mark.parametrize("name", ["", " ", "x" * 1025, "a\nb", "a\x00"])
async def test_a_name_is_one_that_can_be_shown(store: GlossaryStore, name: str) -> None:
    with pytest.raises(InvalidGlossaryError, match="name"):
        await store.create(ME, name, {FRENCH: {"a": "b"}})
    with pytest.raises(InvalidGlossaryError, match="name"):
        await store.rename(ME, "g", name)


async def test_a_glossary_without_entries_is_none(store: GlossaryStore) -> None:
    with pytest.raises(InvalidGlossaryError, match="at least one"):
        await store.create(ME, "n", {})


async def test_what_it_has_not_is_unknown(store: GlossaryStore) -> None:
    made = await store.create(ME, "n", {FRENCH: {"a": "b"}})
    with pytest.raises(UnknownGlossaryError, match="no entries for these"):
        await store.lexicon(ME, made.id, GERMAN)
    with pytest.raises(UnknownGlossaryError, match="no entries for these"):
        await store.remove_entries(ME, made.id, GERMAN)
    await store.remove_entries(ME, made.id, FRENCH)
    assert (await store.get(ME, made.id)).dictionaries == ()


async def test_without_a_file_that_can_be_used_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(GlossariesUnavailableError, match="LINGUA_NEXUS_STATE_FILE"):
        await GlossaryStore(None, GlossarySettings()).of(ME)
    broken = tmp_path / "state.sqlite3"
    broken.write_text("no database, but long enough to be read as one: " * 20)
    with pytest.raises(GlossariesUnavailableError, match="log says why"):
        await GlossaryStore(broken, GlossarySettings()).of(ME)
