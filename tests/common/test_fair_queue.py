import asyncio

import pytest

from common.fair_queue import Entry, FairQueue


class Line:
    """A queue of numbers that cost what they are."""

    def __init__(self, max_items: int, max_cost: int = 10**9) -> None:
        self.queue: FairQueue[int, int] = FairQueue(max_items, max_cost)

    def put(self, caller: str, *numbers: int) -> list[Entry[int, int]]:
        entries = [Entry(number, number, caller, asyncio.Future[int]()) for number in numbers]
        self.queue.add(entries)
        return entries

    def take(self) -> list[int]:
        return [entry.item for entry in self.queue.take()]


async def test_a_batch_takes_one_of_each_caller_in_turn() -> None:
    line = Line(max_items=4)
    line.put("many", 1, 2, 3, 4, 5)
    line.put("few", 11, 12)
    assert [line.take(), line.take()] == [[4, 5, 11, 12], [1, 2, 3]]
    assert line.take() == []


async def test_who_was_served_stands_behind_who_was_not() -> None:
    line = Line(max_items=1)
    line.put("a", 1, 1)
    line.put("b", 2, 2)
    assert [line.take() for _ in range(4)] == [[1], [2], [1], [2]]


async def test_costs_are_sorted_only_within_windows() -> None:
    line = Line(max_items=1)
    line.put("a", *range(1, 9))
    assert [line.take()[0] for _ in range(8)] == [4, 3, 2, 1, 8, 7, 6, 5]


async def test_an_item_that_does_not_fit_opens_a_following_batch() -> None:
    line = Line(max_items=4, max_cost=20)
    line.put("a", 15)
    line.put("b", 3)
    line.put("c", 30)
    assert [line.take() for _ in range(3)] == [[15], [3], [30]]


async def test_an_entry_leaves_from_anywhere_and_once() -> None:
    line = Line(max_items=4)
    first, middle, last = line.put("a", 3, 2, 1)
    line.queue.discard(middle)
    line.queue.discard(middle)
    assert line.queue.depth == 2
    assert line.take() == [1, 3]
    line.queue.discard(first)
    line.queue.discard(last)
    assert line.queue.depth == 0


async def test_an_entry_is_answered_once() -> None:
    line = Line(max_items=1)
    good, bad = line.put("a", 1, 2)
    good.succeed(10)
    bad.fail(ValueError("first"))
    for entry in (good, bad):
        entry.succeed(20)
        entry.fail(ValueError("second"))
    assert await good.future == 10
    with pytest.raises(ValueError, match="first"):
        await bad.future
