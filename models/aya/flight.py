"""Keeps some of a text's segments in work at a time; knows neither texts nor languages."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

from models.base.layout import Outcome
from models.engines.llamacpp.contract import EngineBusyError

Key = TypeVar("Key", bound=Hashable)

_FULL_QUEUE_PAUSE_S = 0.05
# Finished segments that may wait for one before them, as many times what is in work.
_AHEAD = 4


class Flight(Generic[Key]):
    """One text on its way: at most `window` of its segments at once, equal ones computed once.

    Closing `outcomes` at any point ends what is still in work.
    """

    def __init__(
        self, keys: Sequence[Key], translate: Callable[[Key], Awaitable[Outcome]], window: int
    ) -> None:
        self._keys = keys
        self._translate = translate
        self._window = window
        self._begun = 0
        self._tasks: dict[Key, asyncio.Task[Outcome]] = {}
        self._working: set[asyncio.Task[Outcome]] = set()

    async def outcomes(self) -> AsyncGenerator[Outcome, None]:
        """The segments' outcomes, in order.

        Raises:
            EngineBusyError: Not even the first was taken; later, a full queue is waited for.
        """
        try:
            for place, key in enumerate(self._keys):
                self._begin(place)
                while not self._tasks[key].done():
                    await asyncio.wait(self._working, return_when=asyncio.FIRST_COMPLETED)
                    self._begin(place)
                yield self._tasks[key].result()
        finally:
            await self._end()

    def _begin(self, place: int) -> None:
        """Takes up the next segments while there is room for them."""
        end = min(len(self._keys), place + _AHEAD * self._window)
        while self._begun < end and (len(self._working) < self._window or self._begun <= place):
            key = self._keys[self._begun]
            self._begun += 1
            if key not in self._tasks:
                task = asyncio.create_task(self._patiently(key))
                self._tasks[key] = task
                self._working.add(task)
                task.add_done_callback(self._working.discard)

    async def _patiently(self, key: Key) -> Outcome:
        while True:
            try:
                return await self._translate(key)
            except EngineBusyError:
                if key == self._keys[0]:
                    raise
            await asyncio.sleep(_FULL_QUEUE_PAUSE_S)

    async def _end(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        # Looked at, or asyncio would log a failure as never retrieved.
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
