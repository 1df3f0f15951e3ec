"""Many processes at once, and one that is killed: what the rows then say."""

import contextlib
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from common.state.file import StateFile
from common.state.tally import Tally
from tests.common.state.writer import BATCH, WEIGHTS

ROOT = Path(__file__).parents[3]
KILLS = 8


@contextlib.contextmanager
def writer(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.common.state.writer", *arguments]
    with subprocess.Popen(  # noqa: S603 - our own command line
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read(file: StateFile) -> Tally:
    """What a reader sees at any moment: never half of what was written."""
    found = file.tallies().get(WEIGHTS, Tally())
    assert sum(found.durations.values()) == found.succeeded == found.uses
    return found


def killed_midway(file: StateFile, after: int) -> int:
    """How many batches it had told of."""
    with writer("batches", str(file.path)) as process:
        assert process.stdout is not None
        for _ in range(after):
            assert process.stdout.readline()
            read(file)
        process.kill()
        return after + len(process.stdout.readlines())


def test_two_count_exactly_while_a_third_is_killed_again_and_again(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "state.sqlite3", busy_s=30)
    chance = random.Random(4)
    count = ("uses", str(file.path))
    with writer(*count) as first, writer(*count) as second:
        told = sum(killed_midway(file, chance.randrange(1, 9)) for _ in range(KILLS))
        counted = [int(each.communicate(timeout=60)[0]) for each in (first, second)]
    found = read(file)
    assert min(counted) > 1000
    assert found.tokens_in == sum(counted)
    # A kill may come between the writing and the telling, and leaves a whole batch then.
    assert told <= found.tokens_out <= told + KILLS
    assert found.uses == found.tokens_in + BATCH * found.tokens_out
    assert file.running() == []
    assert [each.memory_bytes for each in file.measurements()] == [1000]
    with closing(sqlite3.connect(file.path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("garbage", [b"\xff" * 5000, b""])
def test_a_journal_cut_short_by_a_crash_loses_no_more_than_its_end(
    tmp_path: Path, garbage: bytes
) -> None:
    file = StateFile(tmp_path / "state.sqlite3")
    batch = Tally(uses=1, succeeded=1, durations={3: 1})
    file.add(WEIGHTS, batch)
    with closing(sqlite3.connect(file.path)) as holding:
        holding.execute("SELECT count(*) FROM usage").fetchone()
        file.add(WEIGHTS, batch)
        journal = file.path.with_name(f"{file.path.name}-wal")
        crashed = tmp_path / "crashed.sqlite3"
        crashed.write_bytes(file.path.read_bytes())
        whole = journal.read_bytes()
        journal.with_name("crashed.sqlite3-wal").write_bytes(whole[:-100] + garbage)
    assert read(file).uses == 2
    assert read(StateFile(crashed)).uses == 1
