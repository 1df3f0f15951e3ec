import asyncio
import gc
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.batching import Batcher, BatchFailedError, ClosedError, QueueFullError

DEADLINE_S = 10.0


class Engine:
    """Doubles numbers, batch by batch; each batch waits for a permit once `hold` was called."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.poison: set[int] = set()
        self.bad: set[int] = set()
        self._begun = asyncio.Event()
        self._open = asyncio.Event()
        self._open.set()

    def hold(self) -> None:
        self._open.clear()
        self._begun.clear()

    def release(self) -> None:
        self._open.set()

    async def has_begun(self) -> None:
        await asyncio.wait_for(self._begun.wait(), DEADLINE_S)

    async def __call__(self, items: list[int]) -> Sequence[int | Exception]:
        self.batches.append(items)
        self._begun.set()
        await self._open.wait()
        if self.poison & set(items):
            raise ArithmeticError(str(items))
        return [ValueError(str(n)) if n in self.bad else n * 2 for n in items]


class Watcher:
    def __init__(self) -> None:
        self.waits: list[float] = []
        self.batches: list[tuple[int, float]] = []
        self.depths: list[int] = []

    def waited(self, seconds: float) -> None:
        self.waits.append(seconds)

    def batch(self, size: int, seconds: float) -> None:
        self.batches.append((size, seconds))

    def depth(self, n: int) -> None:
        self.depths.append(n)


def make(engine: Any, **changes: Any) -> Batcher[int, int]:
    arguments: dict[str, Any] = {
        "max_items": 4,
        "max_cost": 10**9,
        "cost": lambda item: item,
        "queue_size": 10**6,
    }
    return Batcher(engine, **(arguments | changes))


@asynccontextmanager
async def running(engine: Any, **changes: Any) -> AsyncIterator[Batcher[int, int]]:
    batcher = make(engine, **changes)
    batcher.start()
    try:
        yield batcher
    finally:
        await asyncio.wait_for(batcher.close(), DEADLINE_S)


@asynccontextmanager
async def busy(engine: Engine, **changes: Any) -> AsyncIterator[Batcher[int, int]]:
    """A batcher whose engine is held in a first batch, [0]."""
    async with running(engine, **changes) as batcher:
        engine.hold()
        first = batcher.put([0], "first")
        await engine.has_begun()
        try:
            yield batcher
        finally:
            engine.release()
        assert await first[0] == 0


async def outcomes(futures: Sequence[asyncio.Future[int]]) -> list[int | BaseException]:
    gathered = asyncio.gather(*futures, return_exceptions=True)
    return list(await asyncio.wait_for(gathered, DEADLINE_S))


@pytest.fixture(autouse=True)
async def nothing_is_logged_by_the_loop() -> AsyncIterator[None]:
    problems: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
    yield
    gc.collect()
    await asyncio.sleep(0)
    assert problems == []
    assert [t for t in asyncio.all_tasks() if "Batcher" in repr(t.get_coro())] == []


async def test_results_come_in_the_order_of_the_items() -> None:
    async with running(Engine()) as batcher:
        assert await outcomes(batcher.put([5, 1, 9, 3, 7], "a")) == [10, 2, 18, 6, 14]
        assert batcher.put([], "a") == []


async def test_when_idle_the_first_item_runs_at_once_and_alone() -> None:
    engine = Engine()
    async with running(engine) as batcher:
        engine.hold()
        (future,) = batcher.put([1], "a")
        for _ in range(3):
            await asyncio.sleep(0)
        assert engine.batches == [[1]]
        engine.release()
        assert await future == 2


async def test_what_arrives_while_a_batch_runs_shares_the_next_sorted_by_cost() -> None:
    engine = Engine()
    async with busy(engine) as batcher:
        futures = [batcher.put([n], f"caller {n}")[0] for n in (7, 3, 5)]
        assert batcher.depth == 3
        engine.release()
        assert await outcomes(futures) == [14, 6, 10]
    assert engine.batches == [[0], [3, 5, 7]]


async def test_a_caller_cancelled_before_the_batch_leaves_it() -> None:
    engine = Engine()
    async with busy(engine) as batcher:
        gone, stays = batcher.put([1, 2], "a")
        gone.cancel()
        await asyncio.sleep(0)
        assert batcher.depth == 1
        engine.release()
        assert await stays == 4
    assert engine.batches == [[0], [2]]


async def test_a_cancellation_in_the_very_moment_of_batching_leaves_it() -> None:
    engine = Engine()
    async with running(engine) as batcher:
        gone, stays = batcher.put([1, 2], "a")
        gone.cancel()
        assert await stays == 4
    assert engine.batches == [[2]]


async def test_a_caller_cancelled_during_the_batch_disturbs_nobody() -> None:
    engine = Engine()
    async with running(engine) as batcher:
        engine.hold()
        gone, stays = batcher.put([1, 2], "a")
        await engine.has_begun()
        gone.cancel()
        engine.release()
        assert await stays == 4
        assert gone.cancelled()
    assert engine.batches == [[1, 2]]


async def test_cancelling_after_the_batch_changes_nothing() -> None:
    async with running(Engine()) as batcher:
        (future,) = batcher.put([1], "a")
        assert await future == 2
        assert not future.cancel()
        assert batcher.depth == 0
        assert await outcomes(batcher.put([2], "a")) == [4]


async def test_a_cancelled_caller_task_cancels_what_it_awaits() -> None:
    engine = Engine()
    async with busy(engine) as batcher:
        caller = asyncio.ensure_future(asyncio.gather(*batcher.put([1, 2, 3], "a")))
        caller.cancel()
        assert isinstance((await asyncio.gather(caller, return_exceptions=True))[0], BaseException)
        assert batcher.depth == 0
    assert engine.batches == [[0]]


async def test_one_failing_item_fails_alone() -> None:
    engine = Engine()
    engine.bad = {2}
    async with running(engine) as batcher:
        one, two, three = await outcomes(batcher.put([1, 2, 3], "a"))
    assert (one, three) == (2, 6)
    assert isinstance(two, ValueError)


async def test_a_batch_that_raises_is_tried_one_by_one_once() -> None:
    engine = Engine()
    engine.poison = {2}
    async with running(engine) as batcher:
        one, two, three = await outcomes(batcher.put([1, 2, 3], "a"))
        assert (one, three) == (2, 6)
        assert isinstance(two, ArithmeticError)
        assert str(two) == "[2]"
    assert engine.batches == [[1, 2, 3], [1], [2], [3]]


async def test_an_item_that_raises_alone_is_not_tried_again() -> None:
    engine = Engine()
    engine.poison = {2}
    async with running(engine) as batcher:
        assert isinstance((await outcomes(batcher.put([2], "a")))[0], ArithmeticError)
    assert engine.batches == [[2]]


async def test_who_left_is_not_tried_again_after_his_batch_raised() -> None:
    engine = Engine()
    engine.poison = {2}
    async with running(engine) as batcher:
        engine.hold()
        gone, poisonous, stays = batcher.put([1, 2, 3], "a")
        await engine.has_begun()
        gone.cancel()
        engine.release()
        assert await stays == 6
        assert isinstance((await outcomes([poisonous]))[0], ArithmeticError)
    assert engine.batches == [[1, 2, 3], [2], [3]]


@pytest.mark.parametrize("change", [-1, 1])
async def test_a_wrong_number_of_results_is_given_to_nobody(change: int) -> None:
    async def miscount(items: list[int]) -> list[int]:
        return [0] * (len(items) + change)

    async with running(miscount) as batcher:
        for outcome in await outcomes(batcher.put([1, 2, 3], "a")):
            assert isinstance(outcome, BatchFailedError)


async def test_a_batch_cancelled_from_within_is_an_error_not_a_cancelled_caller() -> None:
    async def cancelled(_: list[int]) -> list[int]:
        raise asyncio.CancelledError

    async with running(cancelled) as batcher:
        assert isinstance((await outcomes(batcher.put([1], "a")))[0], BatchFailedError)


async def test_an_error_nobody_waits_for_is_not_logged() -> None:
    engine = Engine()
    engine.bad = {1, 2}
    async with running(engine) as batcher:
        batcher.put([1, 2], "left without cancelling")
        gone = batcher.put([1], "cancelled")[0]
        gone.cancel()
        assert await outcomes(batcher.put([3], "b")) == [6]
    del gone  # the fixture collects garbage and looks at what the loop logged


async def test_close_drains_what_waits_and_refuses_more() -> None:
    engine = Engine()
    async with busy(engine, max_items=2) as batcher:
        futures = batcher.put([1, 2, 3, 4, 5], "a")
        closing = asyncio.create_task(batcher.close())
        await asyncio.sleep(0)
        with pytest.raises(ClosedError):
            batcher.put([6], "b")
        assert not closing.done()
        engine.release()
        await asyncio.wait_for(closing, DEADLINE_S)
        assert [future.result() for future in futures] == [2, 4, 6, 8, 10]


async def test_close_cut_short_fails_what_has_no_result() -> None:
    engine = Engine()
    batcher = make(engine, max_items=1)
    batcher.start()
    engine.hold()
    futures = batcher.put([1, 2, 3], "a")
    await engine.has_begun()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(batcher.close(), 0.01)
    assert all(isinstance(outcome, ClosedError) for outcome in await outcomes(futures))
    await batcher.close()


async def test_close_before_start_leaves_nobody_waiting() -> None:
    batcher = make(Engine())
    futures = batcher.put([1, 2], "a")
    await batcher.close()
    assert all(isinstance(outcome, ClosedError) for outcome in await outcomes(futures))


async def test_starting_twice_is_an_error() -> None:
    async with running(Engine()) as batcher:
        with pytest.raises(RuntimeError, match="started"):
            batcher.start()


async def test_a_full_queue_refuses_all_or_nothing() -> None:
    async with busy(engine := Engine(), queue_size=3) as batcher:
        batcher.put([1, 2], "a")
        overshoot = batcher.put(list(range(3, 13)), "huge")
        assert batcher.depth == 12
        with pytest.raises(QueueFullError):
            batcher.put([99], "b")
        assert batcher.depth == 12
        engine.release()
        await outcomes(overshoot)
        assert await outcomes(batcher.put([99], "b")) == [198]


async def test_a_cost_that_raises_takes_nothing() -> None:
    def cost(item: int) -> int:
        return 10 // item

    async with running(Engine(), cost=cost) as batcher:
        with pytest.raises(ZeroDivisionError):
            batcher.put([1, 0], "a")
        assert batcher.depth == 0


async def test_one_segment_is_in_the_next_batch_beside_five_hundred() -> None:
    engine = Engine()
    async with busy(engine) as batcher:
        many = batcher.put(list(range(1, 501)), "many")
        (single,) = batcher.put([1000], "one")
        engine.release()
        assert await single == 2000
        assert 1000 in engine.batches[1]
        await outcomes(many)


async def test_one_segment_is_in_the_next_batch_even_if_only_one_fits() -> None:
    engine = Engine()
    async with running(engine, max_items=1) as batcher:
        engine.hold()
        many = batcher.put([1, 2, 3, 4], "many")
        await engine.has_begun()
        (single,) = batcher.put([1000], "one")
        engine.release()
        await outcomes([*many, single])
    assert engine.batches[1] == [1000]


async def test_newcomers_do_not_starve_who_waited() -> None:
    batches: list[list[int]] = []

    async def run_batch(items: list[int]) -> list[int]:
        batches.append(items)
        if len(batches) < 100:
            batcher.put([5], f"arrived during batch {len(batches)}")
        return items

    async with running(run_batch, max_items=1) as batcher:
        await outcomes(batcher.put([1] * 10, "old"))
        # Equal shares among ever more callers; newcomers first would be 110.
        assert len(batches) < 60


async def test_number_times_highest_cost_stays_in_bounds() -> None:
    engine = Engine()
    numbers = random.Random(1).choices(range(1, 60), k=300)
    async with running(engine, max_items=8, max_cost=100) as batcher:
        futures = [f for i in range(0, 300, 10) for f in batcher.put(numbers[i : i + 10], i % 7)]
        assert await outcomes(futures) == [number * 2 for number in numbers]
    assert all(max(batch) * len(batch) <= 100 and len(batch) <= 8 for batch in engine.batches)
    assert all(batch == sorted(batch) for batch in engine.batches)


async def test_an_item_over_the_bound_runs_alone() -> None:
    engine = Engine()
    async with running(engine, max_cost=100) as batcher:
        assert await outcomes(batcher.put([10, 500, 20], "a")) == [20, 1000, 40]
    assert [500] in engine.batches


async def test_one_callers_items_are_batched_with_their_like() -> None:
    engine = Engine()
    async with running(engine, max_items=4) as batcher:
        await outcomes(batcher.put([1, 90, 2, 91, 3, 92, 4, 93], "a"))
    assert engine.batches == [[90, 91, 92, 93], [1, 2, 3, 4]]


async def test_the_observer_sees_waits_batches_and_depth() -> None:
    watcher = Watcher()
    async with running(Engine(), observer=watcher) as batcher:
        await outcomes(batcher.put([1, 2, 3, 4, 5], "a"))
    assert len(watcher.waits) == 5
    assert [size for size, _ in watcher.batches] == [4, 1]
    assert all(seconds >= 0 for seconds in [*watcher.waits, *(s for _, s in watcher.batches)])
    assert max(watcher.depths) == 5
    assert watcher.depths[-1] == 0


@pytest.mark.parametrize("callers", [1, 10_000])
async def test_many_queued_segments_stay_cheap(callers: int) -> None:
    began = time.process_time()
    async with running(Engine(), max_items=32) as batcher:
        futures = [batcher.put([n], n % callers)[0] for n in range(20_000)]
        for future in futures[::2]:
            future.cancel()
        await outcomes(futures)
    # Linear: 0.3 s; a scan of the queue for each batch or cancellation: minutes.
    assert time.process_time() - began < 5


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "put", "cancel", "let run"]),
        st.integers(0, 4),
        st.lists(st.integers(0, 30), max_size=12),
    ),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(steps=STEPS, max_items=st.integers(1, 6), max_cost=st.integers(1, 60))
def test_every_item_resolves_once_with_its_own_result(
    steps: list[tuple[str, int, list[int]]], max_items: int, max_cost: int
) -> None:
    asyncio.run(_follow(steps, max_items, max_cost))


async def _follow(steps: list[tuple[str, int, list[int]]], max_items: int, max_cost: int) -> None:
    engine, resolved = Engine(), 0
    engine.bad, engine.poison = {7}, {13}
    pairs: list[tuple[int, asyncio.Future[int]]] = []

    def count(_: object) -> None:
        nonlocal resolved
        resolved += 1

    async with running(engine, max_items=max_items, max_cost=max_cost) as batcher:
        for action, caller, numbers in steps:
            if action == "put":
                for number, future in zip(numbers, batcher.put(numbers, caller), strict=True):
                    future.add_done_callback(count)
                    pairs.append((number, future))
            elif action == "cancel":
                for _, future in pairs[caller :: caller + 2]:
                    future.cancel()
            else:
                await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert batcher.depth == 0
    assert resolved == len(pairs)
    for number, future in pairs:
        if not future.cancelled():
            error = {7: ValueError, 13: ArithmeticError}.get(number)
            if error is not None:
                assert isinstance(future.exception(), error)
            else:
                assert future.result() == number * 2
