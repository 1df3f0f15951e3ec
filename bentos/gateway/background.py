"""Tasks that outlive whoever began them; what they do is theirs."""

import asyncio
from collections.abc import Coroutine
from contextvars import Context
from typing import Any, TypeVar

Result = TypeVar("Result")


def begun(work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
    """Of nobody's request: its lines in the log carry no caller's id. Keep what it gives."""
    return asyncio.create_task(work, context=Context())


class Background:
    """Tasks that nobody waits for, kept until they end."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = begun(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        """Waits for the end of each, however it ends."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def cancel(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self.finish()
