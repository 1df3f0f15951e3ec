"""Glossaries in the state file: what is kept of them and whose they are; not what is in a term."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection
from typing import TypeVar

from common.state.database import reading, writing

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class DictionaryInfo:
    """The entries of one language pair, as they are listed."""

    source: str
    """As whoever wrote it named the language."""
    target: str
    count: int
    revision: int = 0
    """Another one for each time they are written, in any glossary."""


@dataclass(frozen=True, slots=True)
class StoredDictionary:
    """The entries of one language pair."""

    info: DictionaryInfo
    entries: str
    """In the form that their owner reads again; nothing here does."""


@dataclass(frozen=True, slots=True)
class StoredGlossary:
    """A glossary, without its entries."""

    id: str
    owner: str
    """Label of a key; "" is everybody."""
    name: str
    created_at: datetime
    dictionaries: tuple[DictionaryInfo, ...] = ()
    """In the order in which they were written last."""


@dataclass(frozen=True, slots=True)
class Held:
    """How much an owner keeps."""

    glossaries: int
    characters: int


class GlossaryFile:
    """May be used by any number of threads and processes at once, like the file that it is in.

    Every method raises `StateError` where that cannot be used.
    """

    def __init__(self, path: Path, *, busy_s: float = 2.0) -> None:
        self.path = path
        self._busy_s = busy_s

    def held(self, owner: str) -> Held:
        """How much there is of one owner."""
        return self._read(lambda connection: _held(connection, owner), Held(0, 0))

    def add(self, glossary: StoredGlossary, dictionaries: Iterable[StoredDictionary]) -> None:
        """One that is new, by its id."""
        row = (glossary.id, glossary.owner, glossary.name, glossary.created_at.timestamp())
        with writing(self.path, self._busy_s) as connection:
            connection.execute("INSERT INTO glossaries VALUES (?, ?, ?, ?)", row)
            for dictionary in dictionaries:
                _put(connection, glossary.id, dictionary)

    def get(self, glossary: str) -> StoredGlossary | None:
        """None: there is none of that id."""
        nothing: list[StoredGlossary] = []
        found = self._read(
            lambda connection: _glossaries(connection, "WHERE id = ?", glossary), nothing
        )
        return found[0] if found else None

    def of(self, owner: str | None) -> list[StoredGlossary]:
        """The oldest first; None: those of every owner."""
        which = "WHERE ?1 IS NULL OR owner = ?1 ORDER BY created_at, id"
        return self._read(lambda connection: _glossaries(connection, which, owner), [])

    def entries(self, glossary: str, source: str, target: str) -> StoredDictionary | None:
        """None: there are none for these languages, or no such glossary."""
        key = (glossary, source, target)
        return self._read(lambda connection: _dictionary(connection, key), None)

    def rename(self, glossary: str, name: str) -> bool:
        """False: there is none of that id."""
        with writing(self.path, self._busy_s) as connection:
            changed = connection.execute(
                "UPDATE glossaries SET name = ? WHERE id = ?", (name, glossary)
            )
            return changed.rowcount == 1

    def put(self, glossary: str, dictionary: StoredDictionary) -> bool:
        """In place of what there was for the languages; False: there is no such glossary."""
        with writing(self.path, self._busy_s) as connection:
            known = connection.execute("SELECT 1 FROM glossaries WHERE id = ?", (glossary,))
            if known.fetchone() is None:
                return False
            _put(connection, glossary, dictionary)
            return True

    def remove_entries(self, glossary: str, source: str, target: str) -> bool:
        """False: there were none for these languages."""
        with writing(self.path, self._busy_s) as connection:
            removed = connection.execute(
                "DELETE FROM dictionaries WHERE (glossary, source, target) = (?, ?, ?)",
                (glossary, source, target),
            )
            return removed.rowcount == 1

    def remove(self, glossary: str) -> bool:
        """All of it; False: there was none of that id."""
        with writing(self.path, self._busy_s) as connection:
            connection.execute("DELETE FROM dictionaries WHERE glossary = ?", (glossary,))
            removed = connection.execute("DELETE FROM glossaries WHERE id = ?", (glossary,))
            return removed.rowcount == 1

    def _read(self, read: Callable[[Connection], Read], nothing: Read) -> Read:
        """A file of an older version gets the tables when it is written next."""
        with reading(self.path, self._busy_s) as connection:
            if connection is None:
                return nothing
            tables = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'dictionaries'")
            return nothing if tables.fetchone() is None else read(connection)


def _held(connection: Connection, owner: str) -> Held:
    row = connection.execute(
        """SELECT count(DISTINCT g.id), coalesce(sum(d.characters), 0)
            FROM glossaries g LEFT JOIN dictionaries d ON d.glossary = g.id WHERE g.owner = ?""",
        (owner,),
    ).fetchone()
    return Held(*row)


def _put(connection: Connection, glossary: str, dictionary: StoredDictionary) -> None:
    info, entries = dictionary.info, dictionary.entries
    connection.execute(
        """INSERT OR REPLACE INTO dictionaries
            (glossary, source, target, count, characters, entries) VALUES (?, ?, ?, ?, ?, ?)""",
        (glossary, info.source, info.target, info.count, len(entries), entries),
    )


def _glossaries(connection: Connection, which: str, value: str | None) -> list[StoredGlossary]:
    """`which` is a clause of ours with one parameter."""
    statement = f"SELECT id, owner, name, created_at FROM glossaries {which}"  # noqa: S608 - a constant
    return [
        StoredGlossary(
            id=key,
            owner=owner,
            name=name,
            created_at=datetime.fromtimestamp(created_at, UTC),
            dictionaries=_dictionaries(connection, key),
        )
        for key, owner, name, created_at in connection.execute(statement, (value,)).fetchall()
    ]


def _dictionary(connection: Connection, key: tuple[str, str, str]) -> StoredDictionary | None:
    row = connection.execute(
        """SELECT source, target, count, id, entries FROM dictionaries
            WHERE (glossary, source, target) = (?, ?, ?)""",
        key,
    ).fetchone()
    return None if row is None else StoredDictionary(DictionaryInfo(*row[:-1]), row[-1])


def _dictionaries(connection: Connection, glossary: str) -> tuple[DictionaryInfo, ...]:
    rows = connection.execute(
        """SELECT source, target, count, id FROM dictionaries WHERE glossary = ?
            ORDER BY id""",
        (glossary,),
    )
    return tuple(DictionaryInfo(*row) for row in rows)
