import asyncio
from dataclasses import replace

from bentos.contract import Status
from bentos.gateway.ondemand.slots import Slot, Spec, Timing, cancelled

TIMING = Timing(backoff_s=2, backoff_max_s=10, stable_s=60)


def slot() -> Slot:
    return Slot(Spec(name="a", command=[], expected_bytes=7), 300)


def waits(one: Slot, *, times: int, was_ready: bool) -> list[float]:
    found = []
    for _ in range(times):
        one.failed("ended", 100, TIMING, was_ready=was_ready)
        found.append(one.not_before - 100)
    return found


def test_each_failed_start_doubles_the_wait_up_to_a_limit() -> None:
    assert waits(slot(), times=5, was_ready=False) == [2, 4, 8, 10, 10]


def test_the_first_death_is_mended_at_once() -> None:
    one = slot()
    one.ready_since = 99
    assert waits(one, times=4, was_ready=True) == [0, 2, 4, 8]


def test_a_death_after_a_long_life_is_a_first_one() -> None:
    one = slot()
    one.failures, one.ready_since = 5, 40
    assert waits(one, times=1, was_ready=True) == [0]


def test_many_failures_do_not_overflow() -> None:
    one = slot()
    one.failures = 100_000
    assert waits(one, times=1, was_ready=False) == [10]


def test_what_was_measured_takes_the_place_of_what_was_expected() -> None:
    one = slot()
    assert one.running(0).memory_bytes == 7
    one.memory_bytes = 3
    assert one.running(0).memory_bytes == 3


def test_a_failure_shows_as_long_as_it_matters() -> None:
    one = slot()
    assert one.state(0).status is Status.COLD
    one.failed("ended", 100, TIMING, was_ready=False)
    assert (one.state(101).status, one.state(101).message) == (Status.DOWN, "ended")
    assert one.state(102).status is Status.COLD
    one.failed("ended", 102, TIMING, was_ready=False)
    assert one.state(500).status is Status.DOWN


def test_another_command_environment_or_key_is_another_process() -> None:
    one = Slot(Spec(name="a", command=["x"], environment={"A": "1"}, headers={"K": "k"}), 300)
    assert one.serves_as(replace(one.spec, pinned=True, keep_alive_s=1, expected_bytes=9))
    for other in (
        replace(one.spec, command=["y"]),
        replace(one.spec, environment={"A": None}),
        replace(one.spec, headers={}),
    ):
        assert not one.serves_as(other)


def test_another_specification_says_how_long_it_is_kept_unless_somebody_did() -> None:
    one = slot()
    one.take(replace(one.spec, keep_alive_s=5, pinned=True))
    assert (one.keep_alive_s, one.spec.pinned) == (5, True)
    one.keep_alive_s = None
    one.take(replace(one.spec, keep_alive_s=7))
    assert (one.keep_alive_s, one.spec.keep_alive_s) == (None, 7)


async def never() -> None:
    await asyncio.Event().wait()


async def test_a_pinned_model_is_due_until_something_starts_it() -> None:
    one = slot()
    due = [one.is_due]
    one.take(replace(one.spec, pinned=True))
    due.append(one.is_due)
    one.restarting = asyncio.create_task(never())
    due.append(one.is_due)
    await cancelled(one.restarting)
    due.append(one.is_due)
    one.is_unloaded = True
    due.append(one.is_due)
    assert due == [False, True, False, True, False]


async def test_what_does_not_run_is_not_measured() -> None:
    one = slot()
    one.memory_bytes = 3
    await one.measure()
    assert one.memory_bytes == 3
