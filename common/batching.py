"""Gathers concurrent callers' items into batches; knows nothing of texts, models or threads."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import partial
from time import monotonic
from typing import Generic, Protocol

from common.fair_queue import Entry, FairQueue, Item, Result

_REGATHER = 0.05
"""Share of a shared batch's time that the next one waits for its callers to come back."""


class QueueFullError(Exception):
    """As many items wait as may; none of these was taken."""


class ClosedError(Exception):
    """The batcher no longer takes items, or was stopped before this one was run."""


class BatchFailedError(Exception):
    """`run_batch` broke its contract, so that nobody knows which result is whose."""


class Observer(Protocol):
    """Told what happens, for metrics; must not raise."""

    def waited(self, seconds: float) -> None: ...

    def batch(self, size: int, seconds: float) -> None: ...

    def depth(self, n: int) -> None: ...


class _Nobody:
    def waited(self, seconds: float) -> None: ...

    def batch(self, size: int, seconds: float) -> None: ...

    def depth(self, n: int) -> None: ...


class Batcher(Generic[Item, Result]):
    """Runs `run_batch` over what has arrived; when idle, at once.

    Only right after a batch of several callers it waits for them, at most a twentieth of that
    batch's time: they ask again all at once, and the first of them must not go alone.

    `run_batch` gives a result or an Exception for each item, in order; batches never overlap, come
    sorted by cost and keep number times highest cost within `max_cost` (an item costlier than that
    runs alone). When it raises, each item is tried alone once, so that only the one at fault fails.
    Callers may cancel their futures at any moment: those items leave, the others go on.
    """

    def __init__(
        self,
        run_batch: Callable[[list[Item]], Awaitable[Sequence[Result | Exception]]],
        max_items: int,
        max_cost: int,
        cost: Callable[[Item], int],
        queue_size: int,
        *,
        observer: Observer | None = None,
    ) -> None:
        self._run_batch = run_batch
        self._max_items, self._queue_size = max_items, queue_size
        self._cost = cost
        self._observer: Observer = observer or _Nobody()
        self._queue: FairQueue[Item, Result] = FairQueue(max_items, max_cost)
        self._arrived = asyncio.Event()
        self._runner: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def depth(self) -> int:
        """How many items wait; those in the running batch are not among them."""
        return self._queue.depth

    def start(self) -> None:
        """Begins to run batches on the running event loop; what was put before waits for it."""
        if self._runner is not None:
            raise RuntimeError("The batcher was started before.")
        self._runner = asyncio.create_task(self._run())

    def put(self, items: Sequence[Item], caller: Hashable) -> list[asyncio.Future[Result]]:
        """A future for each item, in order; all items are taken or none.

        Raises:
            QueueFullError: as many items wait as may. One short of that, any number is taken.
            ClosedError: after `close`.
        """
        if self._closed:
            raise ClosedError("The batcher is closed.")
        if self.depth >= self._queue_size:
            raise QueueFullError(f"{self.depth} items wait, {self._queue_size} may.")
        loop = asyncio.get_running_loop()
        entries: list[Entry[Item, Result]] = [
            Entry(item, self._cost(item), caller, loop.create_future()) for item in items
        ]
        self._queue.add(entries)
        for entry in entries:
            entry.future.add_done_callback(partial(self._leave, entry))
        self._observer.depth(self.depth)
        self._arrived.set()
        return [entry.future for entry in entries]

    async def close(self) -> None:
        """Refuses new items and returns when all that wait have run.

        Cancelled (by a deadline, say), it stops the batcher: what has no result yet fails with
        `ClosedError`.
        """
        self._closed = True
        self._arrived.set()
        if self._runner is None:
            self._abandon([])
            return
        try:
            await asyncio.wait({self._runner})
        except asyncio.CancelledError:
            self._runner.cancel()
            raise

    def _leave(self, entry: Entry[Item, Result], future: asyncio.Future[Result]) -> None:
        if future.cancelled():
            self._queue.discard(entry)
            self._observer.depth(self.depth)

    async def _run(self) -> None:
        batch: list[Entry[Item, Result]] = []
        try:
            while self.depth or not self._closed:
                self._arrived.clear()
                batch = self._live(self._queue.take())
                if batch:
                    self._observe(batch)
                    began = monotonic()
                    await self._execute(batch)
                    await self._regather(batch, _REGATHER * (monotonic() - began))
                elif not self.depth:
                    await self._arrived.wait()
        finally:
            # However this task ends, nobody is left waiting for ever.
            self._closed = True
            self._abandon(batch)

    async def _regather(self, batch: list[Entry[Item, Result]], seconds: float) -> None:
        """Waits a moment for the callers who were just answered, beside who is here already."""
        callers = len({entry.caller for entry in batch})
        if callers == 1:
            return
        wanted = min(self.depth + callers, self._max_items)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.depth < wanted and not self._closed:
                    self._arrived.clear()
                    await self._arrived.wait()

    async def _execute(self, batch: list[Entry[Item, Result]]) -> None:
        error = await self._attempt(batch)
        if error is None:
            return
        if len(batch) == 1:
            batch[0].fail(error)
            return
        for entry in batch:
            if not entry.future.done() and (error := await self._attempt([entry])):
                entry.fail(error)

    async def _attempt(self, batch: list[Entry[Item, Result]]) -> Exception | None:
        """Runs the batch and hands out its results, or returns what it raised as a whole."""
        began = monotonic()
        call = asyncio.ensure_future(self._run_batch([entry.item for entry in batch]))
        try:
            await asyncio.wait({call})
        finally:
            call.cancel()
        self._observer.batch(len(batch), monotonic() - began)
        if call.cancelled():
            return BatchFailedError("The batch was cancelled.")
        error = call.exception()
        if error is None:
            self._resolve(batch, call.result())
        elif not isinstance(error, Exception):
            raise error
        return error

    def _resolve(
        self, batch: list[Entry[Item, Result]], results: Sequence[Result | Exception]
    ) -> None:
        if len(results) != len(batch):
            message = f"{len(results)} results for {len(batch)} items."
            results = [BatchFailedError(message) for _ in batch]
        for entry, result in zip(batch, results, strict=True):
            if isinstance(result, Exception):
                entry.fail(result)
            else:
                entry.succeed(result)

    def _observe(self, batch: list[Entry[Item, Result]]) -> None:
        now = monotonic()
        for entry in batch:
            self._observer.waited(now - entry.since)
        self._observer.depth(self.depth)

    def _abandon(self, batch: list[Entry[Item, Result]]) -> None:
        while self.depth:
            batch = batch + self._queue.take()
        for entry in batch:
            entry.fail(ClosedError("The batcher stopped before this item was run."))
        self._observer.depth(self.depth)

    @staticmethod
    def _live(batch: list[Entry[Item, Result]]) -> list[Entry[Item, Result]]:
        return [entry for entry in batch if not entry.future.done()]
