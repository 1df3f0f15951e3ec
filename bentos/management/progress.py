"""A pull as lines of JSON while a thread does it; what a pull is, the manager knows."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncGenerator

from bentos.errors import InternalError
from bentos.management.manager import Manager
from bentos.management.shapes import PullBody, PullEvent
from bentos.pull import PullCancelledError
from models.base.exceptions import LinguaNexusError

logger = logging.getLogger(__name__)


class _Pull:
    """One pull; `run` belongs to its thread, all else to the event loop."""

    def __init__(self, manager: Manager, body: PullBody) -> None:
        self._manager, self._body = manager, body
        self._loop = asyncio.get_running_loop()
        self._left = threading.Event()
        self.events: asyncio.Queue[PullEvent | None] = asyncio.Queue()

    def run(self) -> None:
        try:
            self._manager.pull(self._body, self._report)
        except LinguaNexusError as error:
            self._put(PullEvent(status="failed", message=error.message))
        except PullCancelledError:
            logger.info("A pull was cancelled: who asked for it has left.")
        except Exception:
            logger.exception("Unforeseen error in a pull")
            self._put(PullEvent(status="failed", message=InternalError().message))
        finally:
            self._put(None)

    def leave(self) -> None:
        """The next thing that it reports ends it."""
        self._left.set()

    def _report(self, event: PullEvent) -> None:
        if self._left.is_set():
            raise PullCancelledError("Who asked for this pull has left.")
        self._put(event)

    def _put(self, event: PullEvent | None) -> None:
        # A closed loop has nobody left to tell.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self.events.put_nowait, event)


async def lines(manager: Manager, body: PullBody) -> AsyncGenerator[str, None]:
    """An event a line, the last of them `installed` or `failed`; closing it cancels the pull."""
    pull = _Pull(manager, body)
    work = asyncio.get_running_loop().run_in_executor(None, pull.run)
    try:
        while (event := await pull.events.get()) is not None:
            yield event.model_dump_json(exclude_defaults=True) + "\n"
    finally:
        pull.leave()
    await work
