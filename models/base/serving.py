"""What a model keeps of the texts in its hands: how many there are and how fast they go."""

import asyncio
import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager

logger = logging.getLogger(__name__)

_MAX_RETRY_AFTER_S = 60


class RunningTexts:
    """Counts the texts being translated, so that closing can wait for them."""

    def __init__(self) -> None:
        self._count = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Holds a text while it is translated."""
        self._count += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._idle.set()

    async def drain(self, timeout_s: float) -> None:
        """Waits for those that run, so long at most."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._idle.wait()
        except TimeoutError:
            logger.warning("%d texts were still being translated at shutdown", self._count)


class Pace:
    """How long a segment takes of late, to tell who is turned away when to come back."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def learn(self, seconds: float) -> None:
        """Follows the last dozen measurements or so."""
        last = self._seconds or seconds
        self._seconds = 0.9 * last + 0.1 * seconds

    def retry_after_s(self, waiting: int) -> int:
        """When so many segments will be done."""
        return min(_MAX_RETRY_AFTER_S, max(1, math.ceil(waiting * self._seconds)))
