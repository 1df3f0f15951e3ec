import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from common.state import schema
from common.state.database import StateError, reading, writing
from tests.unprivileged import read_only, readable_folder

BUSY_S = 0.05


def write(path: Path, family: str = "chat") -> None:
    with writing(path, BUSY_S) as connection:
        connection.execute("INSERT INTO choices VALUES (?, 'a', 'b', 'c')", (family,))


def write_half(path: Path) -> None:
    with writing(path, BUSY_S) as connection:
        connection.execute("DELETE FROM choices")
        raise KeyError


def write_much(path: Path) -> None:
    """More than there is room for, as SQLite sees a full disk."""
    with writing(path, BUSY_S) as connection:
        connection.execute("PRAGMA max_page_count = 1").fetchone()
        for number in range(1000):
            row = (str(number), "a" * 500)
            connection.execute("INSERT INTO choices VALUES (?, ?, 'b', 'c')", row)


def families(path: Path) -> list[str]:
    with reading(path, BUSY_S) as connection:
        if connection is None:
            return []
        return [row[0] for row in connection.execute("SELECT family FROM choices")]


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def test_reading_what_is_not_there_finds_nothing_and_makes_nothing(tmp_path: Path) -> None:
    assert families(tmp_path / "no" / "state") == []
    (tmp_path / "file").touch()
    assert families(tmp_path / "file" / "state") == []
    assert contents(tmp_path) == {"file": b""}


def test_an_empty_file_is_one_without_anything_in_it(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.touch()
    assert families(path) == []
    write(path)
    assert families(path) == ["chat"]


def test_writing_makes_the_folders_and_any_name_will_do(tmp_path: Path) -> None:
    path = tmp_path / "a b?mode=memory" / "100 %41#.sqlite3"
    write(path)
    assert path.is_file()
    assert families(path) == ["chat"]


def test_what_fails_midway_is_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "state"
    write(path)
    with pytest.raises(KeyError):
        write_half(path)
    with pytest.raises(StateError, match="UNIQUE"):
        write(path)
    assert families(path) == ["chat"]


def test_a_file_that_is_no_database_is_told_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_text("Dear diary, " * 100)
    before = contents(tmp_path)
    for act in (families, write):
        with pytest.raises(StateError, match=r"state is not a database; move it away, .*\.$"):
            act(path)
    assert contents(tmp_path) == before


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "state"
    write(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))
    for act in (families, write):
        with pytest.raises(StateError, match="is damaged; move it away"):
            act(path)


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    for act in (families, write):
        with pytest.raises(StateError, match=r"cannot be (used|opened)"):
            act(tmp_path)


def test_a_place_below_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match="cannot be used: "):
        write(tmp_path / "file" / "state")


def test_a_file_of_a_newer_version_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "state"
    write(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    before = contents(tmp_path)
    for act in (families, write):
        with pytest.raises(StateError, match="newer Lingua Nexus; it is left as it is"):
            act(path)
    assert contents(tmp_path) == before


def test_another_programs_database_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "cookies.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE cookies (id)")
    before = contents(tmp_path)
    for act in (families, write):
        with pytest.raises(StateError, match="another program's database"):
            act(path)
    assert contents(tmp_path) == before


def test_a_lock_is_waited_for_no_longer_than_said_and_readers_go_on(tmp_path: Path) -> None:
    path = tmp_path / "state"
    write(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        other.execute("INSERT INTO choices VALUES ('vision', 'a', 'b', 'c')")
        with pytest.raises(StateError, match="locked by another process; try again"):
            write(path, "embedding")
        assert families(path) == ["chat"]
        other.execute("COMMIT")
        write(path, "embedding")
    assert families(path) == ["chat", "embedding", "vision"]


def test_a_full_disk_takes_all_back(tmp_path: Path) -> None:
    path = tmp_path / "state"
    write(path)
    with pytest.raises(StateError, match="the disk is full; make room"):
        write_much(path)
    assert families(path) == ["chat"]


@pytest.fixture
def kept() -> Iterator[Path]:
    """A file in a folder that everybody may reach."""
    with readable_folder() as folder:
        write(folder / "state")
        yield folder / "state"


def test_a_file_in_a_read_only_folder_can_be_read(kept: Path) -> None:
    with read_only(kept.parent):
        assert families(kept) == ["chat"]


def test_a_file_in_a_read_only_folder_cannot_be_written(kept: Path) -> None:
    with read_only(kept.parent), pytest.raises(StateError, match="give this user the right"):
        write(kept)
    assert families(kept) == ["chat"]


def test_a_file_that_is_being_written_is_not_read_past_its_journal(kept: Path) -> None:
    kept.with_name("state-wal").write_bytes(b"not empty")
    with read_only(kept.parent), pytest.raises(StateError, match="give this user the right"):
        families(kept)


def test_a_folder_that_may_not_be_entered_is_told(kept: Path) -> None:
    with read_only(kept.parent, unreadable=kept.parent):
        for act in (families, write):
            with pytest.raises(StateError, match=r"Permission denied|give this user"):
                act(kept)
