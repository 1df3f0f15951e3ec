"""Glossaries in the state file."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from common.state.database import StateError
from common.state.file import StateFile
from common.state.glossaries import (
    DictionaryInfo,
    GlossaryFile,
    Held,
    StoredDictionary,
    StoredGlossary,
)
from common.state.schema import APPLICATION, MIGRATIONS

NOON = datetime(2026, 1, 2, 12, 0, 0, 250_000, UTC)
FRENCH = StoredDictionary(DictionaryInfo("en", "fr", 1), "station\tgare\n")
GERMAN = StoredDictionary(DictionaryInfo("en", "de", 2), "a\tb\nc\td\n")


@pytest.fixture
def file(tmp_path: Path) -> GlossaryFile:
    return GlossaryFile(tmp_path / "state.sqlite3")


def glossary(key: str, owner: str = "", name: str = "Railways", hour: int = 12) -> StoredGlossary:
    return StoredGlossary(key, owner, name, NOON.replace(hour=hour))


def test_nothing_is_kept_before_the_first(file: GlossaryFile) -> None:
    assert file.of(None) == []
    assert file.get("g") is None
    assert file.entries("g", "en", "fr") is None
    assert file.held("") == Held(0, 0)
    assert not file.path.exists()


def test_what_is_added_is_there(file: GlossaryFile) -> None:
    file.add(glossary("g", "me"), [FRENCH, GERMAN])
    found = file.get("g")
    assert found is not None
    assert (found.id, found.owner, found.name, found.created_at) == ("g", "me", "Railways", NOON)
    pairs = [(one.source, one.target, one.count) for one in found.dictionaries]
    assert pairs == [("en", "fr", 1), ("en", "de", 2)]
    entries = file.entries("g", "en", "fr")
    assert entries is not None
    assert entries.entries == FRENCH.entries
    assert entries.info in found.dictionaries
    assert file.entries("g", "fr", "en") is None


def test_of_an_owner_are_his_own_the_oldest_first(file: GlossaryFile) -> None:
    file.add(glossary("late", "me", hour=13), [FRENCH])
    file.add(glossary("early", "me", hour=11), [])
    file.add(glossary("other", "you"), [GERMAN])
    assert [one.id for one in file.of("me")] == ["early", "late"]
    assert [one.id for one in file.of("nobody")] == []
    assert [one.id for one in file.of(None)] == ["early", "other", "late"]


def test_what_an_owner_holds_is_added_up(file: GlossaryFile) -> None:
    file.add(glossary("one", "me"), [FRENCH, GERMAN])
    file.add(glossary("two", "me"), [])
    file.add(glossary("three", "you"), [FRENCH])
    assert file.held("me") == Held(2, len(FRENCH.entries) + len(GERMAN.entries))


def test_entries_are_replaced_under_another_revision(file: GlossaryFile) -> None:
    file.add(glossary("g"), [FRENCH])
    before = file.entries("g", "en", "fr")
    assert file.put("g", StoredDictionary(DictionaryInfo("en", "fr", 1), "x\ty\n"))
    after = file.entries("g", "en", "fr")
    assert before is not None
    assert after is not None
    assert after.entries == "x\ty\n"
    assert after.info.revision > before.info.revision
    assert file.put("g", GERMAN)
    assert file.held("").characters == 4 + len(GERMAN.entries)


def test_a_revision_never_comes_back(file: GlossaryFile) -> None:
    file.add(glossary("g"), [FRENCH])
    first = file.entries("g", "en", "fr")
    file.remove("g")
    file.add(glossary("h"), [GERMAN])
    second = file.entries("h", "en", "de")
    assert first is not None
    assert second is not None
    assert second.info.revision > first.info.revision


def test_a_name_is_changed(file: GlossaryFile) -> None:
    file.add(glossary("g"), [])
    assert file.rename("g", "Ships")
    found = file.get("g")
    assert found is not None
    assert found.name == "Ships"


def test_nothing_is_done_to_what_is_not_there(file: GlossaryFile) -> None:
    file.add(glossary("g"), [FRENCH])
    assert not file.rename("h", "Ships")
    assert not file.put("h", GERMAN)
    assert not file.remove("h")
    assert not file.remove_entries("g", "en", "de")
    assert file.held("") == Held(1, len(FRENCH.entries))


def test_entries_go_alone_or_with_their_glossary(file: GlossaryFile) -> None:
    file.add(glossary("g"), [FRENCH, GERMAN])
    assert file.remove_entries("g", "en", "de")
    assert file.held("") == Held(1, len(FRENCH.entries))
    assert file.remove("g")
    assert file.of(None) == []
    assert file.entries("g", "en", "fr") is None


def test_a_file_of_an_older_version_has_none_and_takes_some(file: GlossaryFile) -> None:
    with sqlite3.connect(file.path) as connection:
        for statement in (*MIGRATIONS[0], *MIGRATIONS[1]):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute("PRAGMA user_version = 2")
    connection.close()
    assert file.of(None) == []
    file.add(glossary("g"), [FRENCH])
    assert [one.id for one in file.of(None)] == ["g"]


def test_it_is_the_file_of_all_that_is_kept(file: GlossaryFile) -> None:
    StateFile(file.path).add_characters("2026-01-02", {("2026-01-02", "me"): 5})
    file.add(glossary("g"), [])
    assert StateFile(file.path).characters("2026-01-02") == {"me": 5}


def test_a_file_that_is_none_is_named(file: GlossaryFile) -> None:
    file.path.write_text("no database, but long enough to be read as one: " * 20)
    with pytest.raises(StateError, match="is not a database"):
        file.of(None)
    with pytest.raises(StateError, match="is not a database"):
        file.add(glossary("g"), [])
