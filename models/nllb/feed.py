"""Feeds a text's segments to the queue a few batches ahead; knows neither texts nor languages."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from common.batching import QueueFullError
from models.base.layout import Outcome
from models.nllb.segments import Job

Put = Callable[[Sequence[Job]], Sequence[asyncio.Future[Outcome]]]

_FULL_QUEUE_PAUSE_S = 0.05
# Queued ahead of the rest, which the queue sorts by length: a reader soon has something to read.
_FIRST_SEGMENTS = 8


class Feed:
    """One text on its way: at most `window` of its segments wait, equal ones are computed once.

    Closing `outcomes` at any point takes what still waits out of the queue.
    """

    def __init__(
        self, segments: Sequence[str], job_of: Callable[[str], Job], put: Put, window: int
    ) -> None:
        self._segments = segments
        self._job_of = job_of
        self._put = put
        self._window = window
        self._fed = 0
        self._futures: dict[str, asyncio.Future[Outcome]] = {}

    async def outcomes(self) -> AsyncGenerator[Outcome, None]:
        """The segments' outcomes, in order.

        Raises:
            QueueFullError: Not even the first could be queued; later, a full queue is waited for.
        """
        try:
            for place, segment in enumerate(self._segments):
                await self._refill(place)
                yield await self._futures[segment]
        finally:
            for future in self._futures.values():
                if not future.cancel() and not future.cancelled():
                    # Looked at, or asyncio would log it as never retrieved.
                    future.exception()

    async def _refill(self, place: int) -> None:
        """Goes on once half the window is done, so that the engine always finds a batch waiting."""
        if self._fed - place > self._window // 2:
            return
        while True:
            try:
                if not self._fed:
                    self._feed(_FIRST_SEGMENTS)
                self._feed(place + self._window)
            except QueueFullError:
                if not self._fed:
                    raise
                if place < self._fed:
                    return
                await asyncio.sleep(_FULL_QUEUE_PAUSE_S)
            else:
                return

    def _feed(self, end: int) -> None:
        fresh = dict.fromkeys(
            text for text in self._segments[self._fed : end] if text not in self._futures
        )
        if fresh:
            futures = self._put([self._job_of(text) for text in fresh])
            self._futures.update(zip(fresh, futures, strict=True))
        self._fed = max(self._fed, min(end, len(self._segments)))
