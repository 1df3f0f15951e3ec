"""Runs blocking calls on a few threads of its own, off the event loop; batches nothing."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

Args = TypeVarTuple("Args")
T = TypeVar("T")


class WorkerClosedError(RuntimeError):
    """The worker no longer takes calls."""


class Worker:
    """At most `threads` calls run at once, in order of arrival.

    A cancelled caller leaves at once: his call is dropped when it has not begun, and otherwise
    runs to its end on its thread, since a thread cannot be stopped; the next one begins after it.
    """

    def __init__(self, name: str, threads: int = 1) -> None:
        self._name = name
        self._executor = ThreadPoolExecutor(max_workers=threads, thread_name_prefix=name)
        self._closed = False

    async def run(self, function: Callable[[*Args], T], *args: *Args) -> T:
        """Whatever `function(*args)` returns or raises.

        Raises:
            WorkerClosedError: after `close`.
        """
        if self._closed:
            raise WorkerClosedError(f"The worker {self._name!r} is closed.")
        return await asyncio.get_running_loop().run_in_executor(self._executor, function, *args)

    async def close(self) -> None:
        """Refuses new calls and returns when those accepted have ended; may be repeated."""
        self._closed = True
        await asyncio.to_thread(self._executor.shutdown)
