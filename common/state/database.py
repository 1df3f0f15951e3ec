"""Opens the state file to read it or for one transaction, and names what fails; knows no tables."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from common.state import schema
from common.state.schema import UnknownSchemaError

_PRIMARY: Final = 0xFF
"""Of SQLite's error codes, the part that extended ones have in common."""

_CAUSES: Final = {
    sqlite3.SQLITE_BUSY: "is locked by another process; try again",
    sqlite3.SQLITE_LOCKED: "is locked by another process; try again",
    sqlite3.SQLITE_FULL: "cannot grow: the disk is full; make room",
    sqlite3.SQLITE_READONLY: "cannot be written; give this user the right to it and its folder",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; give this user the right to it and its folder",
    sqlite3.SQLITE_PERM: "cannot be opened; give this user the right to it and its folder",
    sqlite3.SQLITE_NOTADB: "is not a database; move it away, and a new one is begun",
    sqlite3.SQLITE_CORRUPT: "is damaged; move it away, and a new one is begun",
}


class StateError(Exception):
    """The state file cannot be used; the message is one line and says what can be done."""


@contextmanager
def reading(path: Path, busy_s: float) -> Iterator[sqlite3.Connection | None]:
    """The file as it is at one moment; None where there is none yet, or nothing in it.

    Raises:
        StateError: It is there and cannot be read.
    """
    with _named(path):
        if not path.exists():
            yield None
            return
        with closing(_opened_to_read(path, busy_s)) as connection:
            connection.execute("BEGIN")
            yield connection if schema.version_of(connection) else None


@contextmanager
def writing(path: Path, busy_s: float) -> Iterator[sqlite3.Connection]:
    """One transaction, of which all is kept or nothing; makes the file where there is none.

    Raises:
        StateError: Nothing was written.
    """
    with _named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(_connect(path, "rwc", busy_s)) as connection:
            # Before the journal's mode, which changes another program's file.
            schema.version_of(connection)
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("BEGIN IMMEDIATE")
            # Closing without COMMIT, whatever the reason, takes everything back.
            schema.migrate(connection)
            yield connection
            connection.execute("COMMIT")


def _opened_to_read(path: Path, busy_s: float) -> sqlite3.Connection:
    connection = _connect(path, "ro", busy_s)
    try:
        schema.version_of(connection)
    except sqlite3.OperationalError:
        connection.close()
        if not path.is_file() or path.with_name(f"{path.name}-wal").exists():
            raise
        # Even a reader makes files beside it, and in a read-only folder cannot. Where there is no
        # journal, nobody is writing: it is safe to read without.
        return _connect(path, "ro&immutable=1", busy_s)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(path: Path, mode: str, busy_s: float) -> sqlite3.Connection:
    """Without a transaction of its own making."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=busy_s, isolation_level=None
    )


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except UnknownSchemaError as error:
        raise StateError(
            f"{path} {error}; it is left as it is. Set LINGUA_NEXUS_STATE_FILE to another."
        ) from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
        cause = _CAUSES.get(code, f"cannot be used: {error}")
        raise StateError(f"{path} {cause}.") from error
    except OSError as error:
        raise StateError(f"{path} cannot be used: {error.strerror or error}.") from error
