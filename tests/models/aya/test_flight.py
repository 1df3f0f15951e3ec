import asyncio
from contextlib import aclosing

import pytest

from models.aya.flight import Flight
from models.base.layout import Outcome
from models.engines.llamacpp.contract import EngineBusyError, EngineFailedError
from tests.models.aya.fakes import until


class Work:
    """Translates keys when they are let go, and remembers what it was asked."""

    def __init__(self, *, held: bool = False) -> None:
        self.gates: dict[str, asyncio.Event] = {}
        self.held = held
        self.begun: list[str] = []
        self.working = self.peak = self.cancelled = 0
        self.busy: dict[str, int] = {}
        self.failing: set[str] = set()

    def gate(self, key: str) -> asyncio.Event:
        return self.gates.setdefault(key, asyncio.Event())

    async def translate(self, key: str) -> Outcome:
        if self.busy.get(key, 0):
            self.busy[key] -= 1
            raise EngineBusyError(9)
        self.begun.append(key)
        self.working += 1
        self.peak = max(self.peak, self.working)
        try:
            await asyncio.sleep(0)
            if self.held:
                await self.gate(key).wait()
            if key in self.failing:
                raise EngineFailedError(key)
            return Outcome(key.upper(), (), 1, 1)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.working -= 1


async def texts(flight: Flight[str]) -> list[str]:
    return [outcome.text async for outcome in flight.outcomes()]


async def test_outcomes_come_in_order_and_no_more_than_the_window_is_in_work() -> None:
    work = Work()
    keys = [f"k{number}" for number in range(50)]
    assert await texts(Flight(keys, work.translate, 4)) == [key.upper() for key in keys]
    assert work.peak == 4


async def test_equal_keys_are_computed_once() -> None:
    work = Work()
    assert await texts(Flight(["a", "b", "a", "a"], work.translate, 2)) == ["A", "B", "A", "A"]
    assert work.begun == ["a", "b"]


async def test_nothing_to_do_gives_nothing() -> None:
    assert await texts(Flight([], Work().translate, 2)) == []


async def test_a_slow_segment_does_not_leave_the_window_idle_and_is_not_run_away_from() -> None:
    work = Work(held=True)
    keys = [f"k{number}" for number in range(100)]
    for key in keys[1:]:
        work.gate(key).set()
    running = asyncio.create_task(texts(Flight(keys, work.translate, 2)))
    await until(lambda: len(work.begun) >= 8)
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(work.begun) == 8
    work.gate("k0").set()
    assert await running == [key.upper() for key in keys]


async def test_closing_ends_what_is_in_work() -> None:
    work = Work(held=True)
    work.gate("a").set()
    async with aclosing(Flight(["a", "b", "c"], work.translate, 3).outcomes()) as outcomes:
        await anext(outcomes)
    assert (work.working, work.cancelled) == (0, 2)


async def test_a_cancelled_reader_ends_what_is_in_work() -> None:
    work = Work(held=True)
    reader = asyncio.create_task(texts(Flight(["a", "b"], work.translate, 2)))
    await until(lambda: work.working >= 2)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert (work.working, work.cancelled) == (0, 2)


async def test_a_failure_ends_the_others() -> None:
    work = Work(held=True)
    work.failing.add("a")
    work.gate("a").set()
    with pytest.raises(EngineFailedError):
        await texts(Flight(["a", "b", "c"], work.translate, 3))
    assert work.working == 0


async def test_a_full_queue_is_told_only_before_anything_was_taken() -> None:
    work = Work()
    work.busy = {"a": 1}
    with pytest.raises(EngineBusyError):
        await texts(Flight(["a", "b"], work.translate, 2))
    work.busy = {"b": 2}
    assert await texts(Flight(["a", "b"], work.translate, 2)) == ["A", "B"]
