import asyncio
from collections.abc import Sequence
from contextlib import aclosing

import pytest

from common.batching import QueueFullError
from models.base.layout import Outcome
from models.nllb.backend import EncodedSegment
from models.nllb.feed import Feed
from models.nllb.segments import Job, Wish


class Queue:
    """Takes jobs; answers when told to."""

    def __init__(self) -> None:
        self.futures: list[tuple[str, asyncio.Future[Outcome]]] = []
        self.puts: list[list[str]] = []
        self.filled = asyncio.Event()
        self.full = False
        self.answering = True
        self.waiting_most = 0

    def put(self, jobs: Sequence[Job]) -> list[asyncio.Future[Outcome]]:
        if self.full:
            raise QueueFullError
        self.puts.append([job.segment.pieces[0] for job in jobs])
        futures = [asyncio.get_running_loop().create_future() for _ in jobs]
        for job, future in zip(jobs, futures, strict=True):
            self.futures.append((job.segment.pieces[0], future))
            if self.answering:
                asyncio.get_running_loop().call_soon(self.answer, job.segment.pieces[0], future)
        self.filled.set()
        waiting = sum(not future.done() for _, future in self.futures)
        self.waiting_most = max(self.waiting_most, waiting)
        return futures

    @staticmethod
    def answer(text: str, future: asyncio.Future[Outcome]) -> None:
        if not future.done():
            future.set_result(Outcome(text.upper(), (), 1, 1))


def feed(queue: Queue, segments: Sequence[str], window: int = 8) -> Feed:
    return Feed(
        segments,
        lambda text: Job(EncodedSegment((text,), "eng_Latn", "fra_Latn"), Wish(1)),
        queue.put,
        window,
    )


async def collect(feed: Feed) -> list[str]:
    async with aclosing(feed.outcomes()) as outcomes:
        return [outcome.text async for outcome in outcomes]


async def test_outcomes_come_in_order_and_only_a_window_waits() -> None:
    queue, segments = Queue(), [f"s{number}" for number in range(100)]
    assert await collect(feed(queue, segments)) == [text.upper() for text in segments]
    assert queue.waiting_most <= 8


async def test_a_texts_beginning_is_queued_before_the_rest() -> None:
    queue, segments = Queue(), [f"s{number}" for number in range(100)]
    await collect(feed(queue, segments, window=64))
    assert queue.puts[0] == segments[:8]
    assert queue.puts[1] == segments[8:64]


async def test_equal_segments_are_computed_once_and_stay_as_many() -> None:
    queue = Queue()
    assert await collect(feed(queue, ["a", "b"] * 50)) == ["A", "B"] * 50
    assert [text for text, _ in queue.futures] == ["a", "b"]


async def test_closing_takes_everything_out_of_the_queue() -> None:
    queue = Queue()
    queue.answering = False
    outcomes = feed(queue, [f"s{number}" for number in range(100)]).outcomes()
    first = asyncio.ensure_future(anext(outcomes))
    await queue.filled.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert len(queue.futures) == 8
    assert all(future.cancelled() for _, future in queue.futures)


async def test_a_failed_segment_ends_the_text_and_frees_the_others() -> None:
    queue = Queue()
    queue.answering = False
    running = asyncio.ensure_future(collect(feed(queue, ["a", "b", "c"])))
    await queue.filled.wait()
    queue.futures[0][1].set_exception(ValueError("broken"))
    queue.futures[2][1].set_exception(ValueError("broken too"))
    with pytest.raises(ValueError, match="broken"):
        await running
    assert queue.futures[1][1].cancelled()


async def test_a_full_queue_refuses_a_new_text() -> None:
    queue = Queue()
    queue.full = True
    with pytest.raises(QueueFullError):
        await collect(feed(queue, ["a"]))


async def test_a_full_queue_only_delays_a_text_that_was_begun() -> None:
    queue = Queue()
    segments = [f"s{number}" for number in range(20)]
    found: list[str] = []
    async with aclosing(feed(queue, segments).outcomes()) as outcomes:
        async for outcome in outcomes:
            found.append(outcome.text)
            queue.full = len(found) == 1
            if len(found) == 8:
                queue.full = True
                asyncio.get_running_loop().call_later(0.01, setattr, queue, "full", False)
    assert found == [text.upper() for text in segments]
