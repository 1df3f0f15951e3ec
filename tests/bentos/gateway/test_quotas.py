import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from bentos.auth import label_of
from bentos.errors import QuotaExceededError, headers_of, status_of
from bentos.gateway.quotas import Quotas, limits
from common.state.file import StateFile
from tests.unprivileged import read_only, readable_folder

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECONDS = 20


class Clock:
    now = NOON

    def __call__(self) -> datetime:
        return self.now


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "It did not come to pass."
        time.sleep(0.005)


class Quick(Quotas):
    """Waits for a lock no longer than a test can."""

    def __init__(self, path: Path | None, limit: int | None, clock: Clock) -> None:
        super().__init__(path, limits(limit), now=clock, every_s=0.005)
        self._file = StateFile(path, busy_s=0.02) if path else None
        self.start()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "state.sqlite3"


@pytest.fixture
def make(path: Path, clock: Clock) -> Iterator[Callable[..., Quotas]]:
    made: list[Quotas] = []

    def of(limit: int | None = 100, at: Path | None = path) -> Quotas:
        made.append(Quick(at, limit, clock))
        return made[-1]

    yield of
    for quotas in made:
        quotas.stop()


Make = Callable[..., Quotas]


def written(path: Path, day: str = "2026-03-01") -> dict[str, int]:
    return StateFile(path, busy_s=5).characters(day)


def test_a_key_is_known_by_the_beginning_of_its_digest() -> None:
    assert label_of(b"secret") == "2bb80d537b1d"
    assert label_of(b"secret", "10.0.0.1") == "2bb80d537b1d"
    assert label_of(None, "10.0.0.1") == "10.0.0.1"
    assert label_of(b"") == ""


def test_one_number_is_for_all_but_those_named() -> None:
    limit_of = limits(10, {"a": 20, "b": None, "c": 0})
    assert [limit_of(caller) for caller in "abcd"] == [20, None, 0, 10]
    assert limits(None)("a") is None


def test_over_the_quota_nothing_is_counted_and_it_is_said_when_to_come_back(make: Make) -> None:
    quotas = make(100)
    quotas.take("a", 60)
    quotas.take("a", 40)
    with pytest.raises(QuotaExceededError) as caught:
        quotas.take("a", 1)
    assert caught.value.details == {"quota": 100, "left": 0, "retry_after_s": 12 * 3600}
    assert status_of(caught.value) == 429
    assert headers_of(caught.value) == {"Retry-After": "43200"}
    assert quotas.used("a") == 100
    quotas.take("b", 100)


def test_a_request_too_large_for_what_is_left_leaves_room_for_a_smaller_one(make: Make) -> None:
    quotas = make(100)
    quotas.take("a", 60)
    with pytest.raises(QuotaExceededError, match="40 of the 100"):
        quotas.take("a", 41)
    quotas.take("a", 40)


def test_a_quota_lowered_below_what_was_used_leaves_nothing(path: Path, clock: Clock) -> None:
    allowed = {"a": 100}
    quotas = Quotas(path, allowed.__getitem__, now=clock)
    quotas.take("a", 50)
    allowed["a"] = 10
    with pytest.raises(QuotaExceededError, match="0 of the 10"):
        quotas.take("a", 1)


def test_who_has_no_limit_is_not_counted(make: Make, path: Path) -> None:
    quotas = make(None)
    charge = quotas.take("a", 10**12)
    quotas.give_back(charge)
    assert quotas.used("a") == 0
    quotas.stop()
    assert written(path) == {}


def test_a_day_ends_at_midnight_utc(make: Make, clock: Clock) -> None:
    quotas = make(100)
    clock.now = datetime(2026, 3, 1, 23, 59, 59, 500_000, tzinfo=UTC)
    quotas.take("a", 100)
    with pytest.raises(QuotaExceededError) as caught:
        quotas.take("a", 1)
    assert caught.value.details["retry_after_s"] == 1
    clock.now += timedelta(seconds=1)
    quotas.take("a", 100)


def test_what_came_to_nothing_is_given_back_on_the_day_it_was_taken(
    make: Make, clock: Clock, path: Path
) -> None:
    quotas = make(100)
    quotas.take("a", 30)
    charge = quotas.take("a", 50)
    clock.now += timedelta(days=1)
    quotas.take("a", 100)
    quotas.give_back(charge)
    with pytest.raises(QuotaExceededError):
        quotas.take("a", 1)
    quotas.stop()
    assert (written(path), written(path, "2026-03-02")) == ({"a": 30}, {"a": 100})


def test_giving_all_back_leaves_nothing_to_write(clock: Clock) -> None:
    quotas = Quotas(None, limits(10), now=clock)
    quotas.give_back(quotas.take("a", 5))
    assert quotas._pending == {}


def test_counts_outlive_the_process(make: Make, path: Path) -> None:
    first = make(100)
    first.take("a", 70)
    first.stop()
    first.stop()
    assert written(path) == {"a": 70}
    second = make(100)
    until(lambda: second.used("a") == 70)
    with pytest.raises(QuotaExceededError):
        second.take("a", 31)


def test_what_others_count_is_taken_in_both_ways(make: Make) -> None:
    first, second = make(100), make(100)
    first.take("a", 40)
    second.take("a", 50)
    until(lambda: first.used("a") == second.used("a") == 90)
    charge = first.take("a", 10)
    until(lambda: second.used("a") == 100)
    first.give_back(charge)
    until(lambda: second.used("a") == 90)


def test_nothing_is_lost_or_counted_twice_while_it_is_written(make: Make, path: Path) -> None:
    """Also while two write at once: each character is counted once, in each at any moment."""
    quotas = [make(10**9), make(10**9)]

    def serve(mine: Quotas) -> None:
        for _ in range(2000):
            mine.take("a", 3)
            mine.give_back(mine.take("a", 5))

    threads = [threading.Thread(target=serve, args=(mine,)) for mine in quotas * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for mine in quotas:
        mine.stop()
    assert written(path) == {"a": 4 * 2000 * 3}


def test_days_long_past_are_forgotten(make: Make, clock: Clock, path: Path) -> None:
    quotas = make(100)
    quotas.take("a", 1)
    quotas.stop()
    clock.now += timedelta(days=8)
    later = make(100)
    later.take("a", 2)
    later.stop()
    assert (written(path), written(path, "2026-03-09")) == ({}, {"a": 2})


def test_without_a_file_it_counts_in_memory(make: Make) -> None:
    quotas = make(10, None)
    quotas.take("a", 10)
    quotas._flush()
    with pytest.raises(QuotaExceededError):
        quotas.take("a", 1)


def test_a_locked_file_delays_nothing_but_the_writing(
    make: Make, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bentos.gateway.quotas")
    quotas = make(100)
    quotas.take("a", 1)
    until(lambda: path.exists() and written(path) == {"a": 1})
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        for _ in range(49):
            quotas.take("a", 1)
        assert time.monotonic() - began < 1
        until(lambda: "locked" in caplog.text)
        assert quotas.used("a") == 50
        other.execute("ROLLBACK")
    until(lambda: written(path) == {"a": 50})
    until(lambda: "again" in caplog.text)
    assert caplog.text.count("counted in memory") == 1
    with pytest.raises(QuotaExceededError):
        quotas.take("a", 51)


def test_a_broken_file_fails_no_request(
    make: Make, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database at all " * 100)
    quotas = make(10)
    quotas.take("a", 10)
    until(lambda: "not a database" in caplog.text)
    with pytest.raises(QuotaExceededError):
        quotas.take("a", 1)


def test_a_read_only_file_fails_no_request(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    with readable_folder() as folder:
        state = folder / "state.sqlite3"
        before = Quick(state, 100, clock)
        before.take("a", 60)
        before.stop()
        with read_only(folder):
            quotas = Quick(state, 100, clock)
            quotas.take("a", 30)
            until(lambda: "counted in memory" in caplog.text)
            until(lambda: quotas.used("a") == 90)
            quotas.stop()
        assert written(state) == {"a": 60}


def test_a_failed_write_is_counted_once_when_it_is_tried_again(path: Path, clock: Clock) -> None:
    class Failing(StateFile):
        @override
        def add_characters(self, day: str, counts: Mapping[tuple[str, str], int]) -> dict[str, int]:
            blocker = sqlite3.connect(self.path, isolation_level=None)
            with closing(blocker):
                blocker.execute("BEGIN IMMEDIATE")
                return super().add_characters(day, counts)

    quotas = Quotas(path, limits(100), now=clock)
    quotas.take("a", 30)
    path.parent.mkdir()
    quotas._file = Failing(path, busy_s=0.01)
    quotas._flush()
    assert quotas.used("a") == 30
    quotas._file = StateFile(path)
    quotas._flush()
    quotas._flush()
    assert (quotas.used("a"), written(path)) == (30, {"a": 30})
