"""What is read from the tables and added to them, through a connection that others opened."""

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime

from common.state import processes
from common.state.records import Choice, Running, Weights
from common.state.snapshot import Measured
from common.state.tally import Tally

_WEIGHTS = "w.bento, w.version, w.source, w.quantization"


def add_tally(connection: sqlite3.Connection, weights: Weights, tally: Tally) -> None:
    """Adds to what is there: whoever else adds loses nothing."""
    key = _key(connection, weights)
    connection.execute(
        """INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
            uses = uses + excluded.uses,
            succeeded = succeeded + excluded.succeeded,
            seconds = seconds + excluded.seconds,
            tokens_in = tokens_in + excluded.tokens_in,
            tokens_out = tokens_out + excluded.tokens_out,
            last_used = max(last_used, excluded.last_used)""",
        (
            key,
            tally.uses,
            tally.succeeded,
            tally.seconds,
            tally.tokens_in,
            tally.tokens_out,
            tally.last_used,
        ),
    )
    connection.executemany(
        """INSERT INTO durations VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET uses = uses + excluded.uses""",
        [(key, bucket, uses) for bucket, uses in tally.durations.items()],
    )


def tallies(connection: sqlite3.Connection) -> dict[Weights, Tally]:
    """Of all weights, by name."""
    found: dict[int, tuple[Weights, Tally]] = {}
    rows = connection.execute(
        f"""SELECT {_WEIGHTS}, u.* FROM usage u JOIN weights w ON w.id = u.weights
            ORDER BY {_WEIGHTS}"""  # noqa: S608 - a constant
    )
    for bento, version, source, quantization, key, *counts in rows:
        found[key] = Weights(bento, version, source, quantization), Tally(*counts)
    for key, bucket, uses in connection.execute("SELECT * FROM durations ORDER BY bucket"):
        found[key][1].durations[bucket] = uses
    return dict(found.values())


def put_measurement(connection: sqlite3.Connection, measured: Measured) -> None:
    """In place of an older one of the same weights and machine."""
    connection.execute(
        """INSERT INTO measurements VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
            memory_bytes = excluded.memory_bytes, measured_at = excluded.measured_at
            WHERE excluded.measured_at >= measured_at""",
        (
            _key(connection, measured.weights),
            measured.machine,
            measured.memory_bytes,
            measured.measured_at.timestamp(),
        ),
    )


def measurements(connection: sqlite3.Connection) -> list[Measured]:
    """Of all machines."""
    rows = connection.execute(
        f"""SELECT {_WEIGHTS}, m.machine, m.memory_bytes, m.measured_at
            FROM measurements m JOIN weights w ON w.id = m.weights
            ORDER BY {_WEIGHTS}, m.machine"""  # noqa: S608 - a constant
    )
    return [
        Measured(
            weights=Weights(*weights),
            machine=machine,
            memory_bytes=memory_bytes,
            measured_at=_moment(measured_at),
        )
        for *weights, machine, memory_bytes, measured_at in rows
    ]


def put_running(connection: sqlite3.Connection, running: Running) -> None:
    """Also forgets those that ended without saying so, of which it may be one itself."""
    rows = connection.execute("SELECT pid, began FROM running").fetchall()
    for pid, since in rows:
        if not processes.lives(pid, since):
            remove_running(connection, pid)
    began = processes.began(running.pid)
    if began is not None:
        connection.execute(
            "INSERT OR REPLACE INTO running VALUES (?, ?, ?, ?)",
            (running.pid, began, _key(connection, running.weights), running.since.timestamp()),
        )


def remove_running(connection: sqlite3.Connection, pid: int) -> None:
    """The process serves nothing any more."""
    connection.execute("DELETE FROM running WHERE pid = ?", (pid,))


def running(connection: sqlite3.Connection) -> list[Running]:
    """Processes that are still there."""
    rows = connection.execute(
        f"""SELECT {_WEIGHTS}, r.pid, r.began, r.since
            FROM running r JOIN weights w ON w.id = r.weights
            ORDER BY {_WEIGHTS}, r.pid"""  # noqa: S608 - a constant
    )
    return [
        Running(Weights(*weights), pid, _moment(since))
        for *weights, pid, began, since in rows
        if processes.lives(pid, began)
    ]


def put_choice(connection: sqlite3.Connection, choice: Choice) -> None:
    """In place of the family's last."""
    connection.execute(
        "INSERT OR REPLACE INTO choices VALUES (?, ?, ?, ?)",
        (choice.family, choice.entry, choice.bento, choice.version),
    )


def remove_choice(connection: sqlite3.Connection, family: str) -> None:
    """Of this family none is chosen any more."""
    connection.execute("DELETE FROM choices WHERE family = ?", (family,))


def choices(connection: sqlite3.Connection) -> list[Choice]:
    """Of all families."""
    return [Choice(*row) for row in connection.execute("SELECT * FROM choices ORDER BY family")]


def add_characters(
    connection: sqlite3.Connection, day: str, counts: Mapping[tuple[str, str], int]
) -> None:
    """By day, as `2026-01-31`, and caller; also forgets what is a week older than `day`."""
    connection.execute("DELETE FROM characters WHERE day < date(?, '-7 days')", (day,))
    connection.executemany(
        """INSERT INTO characters VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET characters = characters + excluded.characters""",
        [(*key, count) for key, count in counts.items()],
    )


def characters(connection: sqlite3.Connection, day: str) -> dict[str, int]:
    """Of one day, by caller."""
    statement = "SELECT caller, characters FROM characters WHERE day = ?"
    return dict(connection.execute(statement, (day,)).fetchall())


def _key(connection: sqlite3.Connection, weights: Weights) -> int:
    columns = (weights.bento, weights.version, weights.source, weights.quantization)
    connection.execute(
        """INSERT OR IGNORE INTO weights (bento, version, source, quantization)
            VALUES (?, ?, ?, ?)""",
        columns,
    )
    (key,) = connection.execute(
        """SELECT id FROM weights
            WHERE (bento, version, source, quantization) = (?, ?, ?, ?)""",
        columns,
    ).fetchone()
    return int(key)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
