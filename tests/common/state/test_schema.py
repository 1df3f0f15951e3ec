import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from common.state.schema import (
    APPLICATION,
    MIGRATIONS,
    VERSION,
    UnknownSchemaError,
    migrate,
    version_of,
)


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as opened:
        yield opened


def test_an_empty_file_gets_the_tables_once(connection: sqlite3.Connection) -> None:
    assert version_of(connection) == 0
    migrate(connection)
    assert version_of(connection) == VERSION
    connection.execute("INSERT INTO choices VALUES ('chat', 'a', 'b', 'c')")
    migrate(connection)
    assert connection.execute("SELECT count(*) FROM choices").fetchone() == (1,)


def test_an_older_files_content_stays_as_tables_are_added(connection: sqlite3.Connection) -> None:
    for statement in MIGRATIONS[0]:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute("PRAGMA user_version = 1")
    connection.execute("INSERT INTO choices VALUES ('chat', 'a', 'b', 'c')")
    migrate(connection)
    assert version_of(connection) == VERSION
    assert connection.execute("SELECT count(*) FROM choices").fetchone() == (1,)
    assert connection.execute("SELECT count(*) FROM characters").fetchone() == (0,)


def test_a_later_version_is_left_alone(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(UnknownSchemaError, match="newer"):
        migrate(connection)
    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


@pytest.mark.parametrize("statement", ["CREATE TABLE cookies (id)", "PRAGMA user_version = 1"])
def test_another_programs_database_is_left_alone(
    connection: sqlite3.Connection, statement: str
) -> None:
    connection.execute(statement)
    with pytest.raises(UnknownSchemaError, match="another program"):
        migrate(connection)


def test_half_a_migration_is_taken_back(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    migrate(connection)
    connection.execute("ROLLBACK")
    assert version_of(connection) == 0
    migrate(connection)
    assert version_of(connection) == VERSION
