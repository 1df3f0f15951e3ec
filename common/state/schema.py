"""The tables of the state file, and how older files get them; opens no file."""

import sqlite3
from typing import Final

APPLICATION: Final = 0x4C4E5853
"""`PRAGMA application_id`: tells a file of ours from another program's."""

_FIRST: Final = (
    """CREATE TABLE weights (
        id INTEGER PRIMARY KEY,
        bento TEXT NOT NULL,
        version TEXT NOT NULL,
        source TEXT NOT NULL,
        quantization TEXT NOT NULL,
        UNIQUE (bento, version, source, quantization)
    )""",
    """CREATE TABLE usage (
        weights INTEGER PRIMARY KEY REFERENCES weights,
        uses INTEGER NOT NULL,
        succeeded INTEGER NOT NULL,
        seconds REAL NOT NULL,
        tokens_in INTEGER NOT NULL,
        tokens_out INTEGER NOT NULL,
        last_used REAL NOT NULL
    )""",
    """CREATE TABLE durations (
        weights INTEGER NOT NULL REFERENCES weights,
        bucket INTEGER NOT NULL,
        uses INTEGER NOT NULL,
        PRIMARY KEY (weights, bucket)
    ) WITHOUT ROWID""",
    """CREATE TABLE measurements (
        weights INTEGER NOT NULL REFERENCES weights,
        machine TEXT NOT NULL,
        memory_bytes INTEGER NOT NULL,
        measured_at REAL NOT NULL,
        PRIMARY KEY (weights, machine)
    ) WITHOUT ROWID""",
    """CREATE TABLE running (
        pid INTEGER PRIMARY KEY,
        began REAL NOT NULL,
        weights INTEGER NOT NULL REFERENCES weights,
        since REAL NOT NULL
    )""",
    """CREATE TABLE choices (
        family TEXT PRIMARY KEY,
        entry TEXT NOT NULL,
        bento TEXT NOT NULL,
        version TEXT NOT NULL
    ) WITHOUT ROWID""",
)

_SECOND: Final = (
    """CREATE TABLE characters (
        day TEXT NOT NULL,
        caller TEXT NOT NULL,
        characters INTEGER NOT NULL,
        PRIMARY KEY (day, caller)
    ) WITHOUT ROWID""",
)

_THIRD: Final = (
    """CREATE TABLE glossaries (
        id TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        name TEXT NOT NULL,
        created_at REAL NOT NULL
    ) WITHOUT ROWID""",
    "CREATE INDEX glossaries_of_owners ON glossaries (owner, created_at)",
    # `characters` are those of `entries`, so that what is kept can be added up without reading it.
    """CREATE TABLE dictionaries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        glossary TEXT NOT NULL,
        source TEXT NOT NULL,
        target TEXT NOT NULL,
        count INTEGER NOT NULL,
        characters INTEGER NOT NULL,
        entries TEXT NOT NULL,
        UNIQUE (glossary, source, target)
    )""",
)

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (_FIRST, _SECOND, _THIRD)
"""What makes each version of the one before it. Never changed once released, only added to."""

VERSION: Final = len(MIGRATIONS)
"""`PRAGMA user_version` of a file with all of them; 0 is an empty file."""


class UnknownSchemaError(Exception):
    """The file is no state file, or one of a later version; says which."""


def version_of(connection: sqlite3.Connection) -> int:
    """The schema's version.

    Raises:
        UnknownSchemaError: where it must be left alone.
    """
    # One statement, and so one moment: another process may be making the tables.
    version, application, tables = connection.execute(
        """SELECT v.user_version, a.application_id, (SELECT count(*) FROM sqlite_master)
            FROM pragma_user_version v, pragma_application_id a"""
    ).fetchone()
    if application != APPLICATION and not (tables == 0 and version == 0):
        raise UnknownSchemaError("is another program's database")
    if version > VERSION:
        raise UnknownSchemaError("was written by a newer Lingua Nexus")
    return int(version)


def migrate(connection: sqlite3.Connection) -> None:
    """Brings the tables up to date, inside the caller's transaction.

    Raises:
        UnknownSchemaError: where the file must be left alone; nothing is written then.
    """
    version = version_of(connection)
    if version == VERSION:
        return
    for statements in MIGRATIONS[version:]:
        for statement in statements:
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
