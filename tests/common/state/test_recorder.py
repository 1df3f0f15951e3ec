import logging
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typing_extensions import override

from common.state import recorder as module
from common.state import schema
from common.state.file import StateFile
from common.state.recorder import Recorder
from common.state.records import Use, Weights
from common.state.tally import Tally

ROOT = Path(__file__).parents[3]
WEIGHTS = Weights("nllb", "1", "a/b", "int8")
USE = Use(0.1, succeeded=True, tokens_in=1, tokens_out=2)
SECONDS = 20


class Watched(StateFile):
    """Counts how often it was to be added to."""

    attempts = 0

    @override
    def add(self, weights: Weights, tally: Tally) -> None:
        self.attempts += 1
        super().add(weights, tally)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "It did not come to pass."
        time.sleep(0.005)


@pytest.fixture
def file(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "folder" / "state.sqlite3", busy_s=0.02)


@pytest.fixture
def recorder(file: Watched) -> Iterator[Recorder]:
    made = Recorder(file, WEIGHTS, every_s=0.005)
    made.start()
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "common.state.recorder")
    return caplog


def uses(file: StateFile) -> int:
    return sum(usage.uses for usage in file.usage())


def test_what_is_left_is_written_when_it_stops(file: Watched) -> None:
    recorder = Recorder(file, WEIGHTS, every_s=1000)
    recorder.start()
    for _ in range(3):
        recorder.used(USE)
    assert not file.path.exists()
    recorder.stop()
    recorder.stop()
    [usage] = file.usage()
    assert (usage.weights, usage.uses, usage.succeeded) == (WEIGHTS, 3, 3)
    assert (usage.tokens_in, usage.tokens_out) == (3, 6)


def test_it_writes_by_itself_and_nothing_where_there_is_nothing_new(
    file: Watched, recorder: Recorder
) -> None:
    recorder.used(USE)
    until(lambda: uses(file) == 1)
    recorder.stop()
    assert file.attempts == 1


def test_many_threads_count_exactly(file: Watched, recorder: Recorder) -> None:
    def work() -> None:
        for _ in range(5000):
            recorder.used(USE)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recorder.stop()
    assert uses(file) == 20_000


def test_a_process_runs_and_is_measured_from_load_to_stop(
    file: Watched, recorder: Recorder
) -> None:
    recorder.loaded(12345)
    seen = StateFile(file.path)  # which waits while the file is being made
    until(lambda: bool(seen.running()))
    [running], [measured] = seen.running(), seen.measurements()
    assert (running.weights, running.pid) == (WEIGHTS, os.getpid())
    assert (measured.weights, measured.memory_bytes) == (WEIGHTS, 12345)
    recorder.stop()
    assert file.running() == []
    assert len(file.measurements()) == 1


def test_a_locked_file_fails_no_request_and_loses_none(
    file: Watched, recorder: Recorder, logged: pytest.LogCaptureFixture
) -> None:
    recorder.used(USE)
    until(lambda: uses(file) == 1)
    with closing(sqlite3.connect(file.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        before = file.attempts
        while file.attempts < before + 4:
            recorder.used(USE)
            time.sleep(0.001)
        [line] = logged.messages
        assert "stay in memory" in line
        assert "is locked" in line
        other.execute("ROLLBACK")
    recorder.used(USE)
    until(lambda: len(logged.messages) == 2)
    assert "written to" in logged.messages[1]
    counted = uses(file)
    assert counted > 5
    recorder.stop()
    assert len(logged.messages) == 2


def test_counting_does_not_wait_for_a_write_that_waits(tmp_path: Path) -> None:
    file = Watched(tmp_path / "state.sqlite3", busy_s=30)
    file.forget("chat")
    file.add(WEIGHTS, Tally(uses=1))
    recorder = Recorder(file, WEIGHTS, every_s=0.001)
    recorder.start()
    with closing(sqlite3.connect(file.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        recorder.used(USE)
        until(lambda: file.attempts == 2)
        began = time.monotonic()
        for _ in range(10_000):
            recorder.used(USE)
        assert time.monotonic() - began < 5
        assert file.attempts == 2
        other.execute("ROLLBACK")
    recorder.stop()
    assert uses(file) == 10_002


def test_stopping_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_STOP_S", 0.05)
    file = Watched(tmp_path / "state.sqlite3", busy_s=30)
    file.add(WEIGHTS, Tally(uses=1))
    recorder = Recorder(file, WEIGHTS, every_s=1000)
    recorder.start()
    recorder.used(USE)
    with closing(sqlite3.connect(file.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        recorder.stop()
        assert time.monotonic() - began < 10
        other.execute("ROLLBACK")
    until(lambda: uses(file) == 2)
    until(lambda: all(thread.name != "statistics" for thread in threading.enumerate()))


def test_a_place_that_cannot_be_written_fails_no_request_until_it_can(
    file: Watched, recorder: Recorder, logged: pytest.LogCaptureFixture
) -> None:
    file.path.parent.write_text("a file where the folder should be")
    recorder.loaded(1)
    recorder.used(USE)
    until(lambda: len(logged.messages) == 1)
    recorder.used(USE)
    file.path.parent.unlink()
    until(lambda: uses(file) == 2)
    assert len(file.running()) == 1
    assert len(logged.messages) == 2


@pytest.mark.parametrize("content", ["no database", "newer", "folder"])
def test_a_file_that_cannot_be_used_fails_no_request_and_stays(
    file: Watched, recorder: Recorder, logged: pytest.LogCaptureFixture, content: str
) -> None:
    file.path.parent.mkdir()
    if content == "folder":
        file.path.mkdir()
    elif content == "newer":
        with closing(sqlite3.connect(file.path)) as other:
            other.execute(f"PRAGMA application_id = {schema.APPLICATION}")
            other.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    else:
        file.path.write_text(content)
    recorder.used(USE)
    until(lambda: file.attempts > 2)
    recorder.used(USE)
    recorder.stop()
    kept, lost = logged.messages
    assert "stay in memory" in kept
    assert lost == "2 uses could not be written and are lost."
    assert [each.name for each in file.path.parent.iterdir()] == [file.path.name]


FULL = """
import resource, sys
from pathlib import Path
from tests.common.state.test_recorder import USE, WEIGHTS, Recorder, Watched, until, uses

file = Watched(Path(sys.argv[1]))
recorder = Recorder(file, WEIGHTS, every_s=0.005)
recorder.start()
recorder.used(USE)
until(lambda: uses(file) == 1)
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
before = file.attempts
while file.attempts < before + 3:
    recorder.used(USE)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
recorder.stop()
[usage] = file.usage()
assert usage.uses == usage.tokens_in == usage.succeeded > 3, usage
"""


def run(program: str, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_a_disk_without_room_fails_no_request_and_loses_none(tmp_path: Path) -> None:
    told = run(FULL, str(tmp_path / "state.sqlite3"))
    assert told.count("stay in memory") == 1


FORKED = """
import os, sys, warnings
from pathlib import Path
from tests.common.state.test_recorder import USE, WEIGHTS, Recorder, Watched, until, uses

warnings.simplefilter("ignore")
file = Watched(Path(sys.argv[1]))
recorder = Recorder(file, WEIGHTS, every_s=1000)
recorder.start()
recorder.loaded(1)
recorder.used(USE)
with recorder._lock:
    child = os.fork()
if child == 0:
    recorder.used(USE)
    recorder.stop()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert not file.path.exists()
child = os.fork()
if child == 0:
    recorder.start()
    recorder.used(USE)
    recorder.stop()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert uses(file) == 1
recorder.stop()
assert uses(file) == 2
"""


def test_a_forked_process_counts_nothing_twice(tmp_path: Path) -> None:
    run(FORKED, str(tmp_path / "state.sqlite3"))
