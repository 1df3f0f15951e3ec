"""Counts what a process serves and writes it down beside the serving, which never waits for it."""

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from common.state.file import StateError, StateFile
from common.state.records import Running, Use, Weights
from common.state.tally import Tally

_EVERY_S: Final = 1.0
# A write that has just begun, and the last one, may each wait for a lock.
_STOP_S: Final = 5.0

logger = logging.getLogger(__name__)


class Recorder:
    """Order: `start`, then `loaded` and `used` in any order and from any thread, then `stop`.

    What cannot be written is kept, in constant memory, and tried again about once a second. A
    process that is forked off counts anew, and writes nothing of its own accord.
    """

    def __init__(self, file: StateFile, weights: Weights, *, every_s: float = _EVERY_S) -> None:
        self._file = file
        self._weights = weights
        self._every_s = every_s
        self.reset()
        _recorders.add(self)

    def reset(self) -> None:
        """Forgets what was counted and not written, and the thread that would have."""
        self._failing = False
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._tally = Tally()
        self._running: Running | None = None
        self._memory_bytes: int | None = None
        self._is_known = False

    def start(self) -> None:
        """Begins to write, on a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="statistics", daemon=True)
        self._thread.start()

    def used(self, use: Use) -> None:
        """One request more; takes a microsecond or two and touches no disk."""
        with self._lock:
            self._tally.count(use, time.time())

    def loaded(self, memory_bytes: int | None = None) -> None:
        """From now on this process serves the weights, whose loading added so much memory."""
        self._memory_bytes = memory_bytes
        self._running = Running(self._weights, os.getpid(), datetime.now(UTC))

    def stop(self) -> None:
        """Writes what is left, unless that takes longer than some seconds; may be called twice."""
        thread, self._thread = self._thread, None
        self._stopping.set()
        if thread is not None:
            thread.join(_STOP_S)

    def _run(self) -> None:
        while not self._stopping.wait(self._every_s):
            self._write()
        self._write()
        if self._is_known and not self._failing:
            self._attempt(lambda: self._file.end(os.getpid()))
        if self._tally.uses:
            logger.warning("%d uses could not be written and are lost.", self._tally.uses)

    def _write(self) -> None:
        """What there is; it stays for the next time where that fails."""
        running = self._running
        if running is not None and not self._is_known:
            self._is_known = self._attempt(lambda: self._file.begin(running, self._memory_bytes))
            if not self._is_known:
                return
        with self._lock:
            tally, self._tally = self._tally, Tally()
        if tally.uses and not self._attempt(lambda: self._file.add(self._weights, tally)):
            with self._lock:
                self._tally.add(tally)

    def _attempt(self, write: Callable[[], None]) -> bool:
        """Whether it was written; what keeps it from that is logged once, and once its end."""
        try:
            write()
        except StateError as error:
            if not self._failing:
                logger.warning("Statistics stay in memory until they can be written: %s", error)
            self._failing = True
            return False
        if self._failing:
            logger.info("Statistics are written to %s again.", self._file.path)
        self._failing = False
        return True


_recorders: weakref.WeakSet[Recorder] = weakref.WeakSet()


def _begin_anew() -> None:
    """In a forked process: its parent writes what was counted, and may have held the lock."""
    for recorder in _recorders:
        recorder.reset()


os.register_at_fork(after_in_child=_begin_anew)
