"""Keeps segments in order while some of them are mended; knows nothing of how."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from typing import cast

from models.base.guarded_segment import Flawed, Guard
from models.base.translation_model import SegmentTranslation

_WINDOW = 64
"""Segments that are mended at a time, or wait for one that is."""

Segments = AsyncGenerator[SegmentTranslation, None]
Coming = asyncio.Task[SegmentTranslation] | asyncio.Task[SegmentTranslation | None]


async def mended(segments: Segments, guard: Guard) -> Segments:
    """The segments in their order; while none is mended, each as soon as the model gave it.

    Closing it ends what is being mended, and leaves `segments` to whoever opened them.
    """
    line = _Line(segments, guard)
    try:
        while (segment := await line.next()) is not None:
            yield segment
    finally:
        await line.close()


class _Line:
    """What was read of the segments and not given on yet."""

    def __init__(self, segments: Segments, guard: Guard) -> None:
        self._segments = segments
        self._guard = guard
        self._waiting: deque[SegmentTranslation | Coming] = deque()
        self._coming: Coming | None = None
        self._ended = False

    async def next(self) -> SegmentTranslation | None:
        """The next one; None: there are no more."""
        if not self._waiting and not self._ended:
            coming, self._coming = self._coming, None
            self._take(await (coming or self._read()))
        while self._waiting and isinstance(head := self._waiting[0], asyncio.Task):
            if head.done():
                self._waiting.popleft()
                return head.result()
            await self._read_while(head)
        return cast("SegmentTranslation", self._waiting.popleft()) if self._waiting else None

    async def close(self) -> None:
        """Ends what is still in work."""
        tasks = [one for one in (*self._waiting, self._coming) if isinstance(one, asyncio.Task)]
        for task in tasks:
            task.cancel()
        # Looked at, or asyncio would log a failure as never retrieved.
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self) -> SegmentTranslation | None:
        return await anext(self._segments, None)

    async def _read_while(self, head: Coming) -> None:
        """Reads on, one segment at the most, until `head` is done."""
        if self._coming is None and not self._ended and len(self._waiting) < _WINDOW:
            self._coming = asyncio.create_task(self._read())
        tasks = {one for one in (head, self._coming) if one is not None}
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if self._coming is not None and self._coming.done():
            coming, self._coming = self._coming, None
            if coming.exception() is None:
                self._take(coming.result())
            else:  # it comes after those before it
                self._ended = True
                self._waiting.append(coming)

    def _take(self, segment: SegmentTranslation | None) -> None:
        if segment is None:
            self._ended = True
            return
        looked = self._guard.look(segment)
        if isinstance(looked, Flawed):
            self._waiting.append(asyncio.create_task(self._guard.mend(looked)))
        else:
            self._waiting.append(looked)
