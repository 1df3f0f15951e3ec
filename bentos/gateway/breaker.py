"""Stops asking a backend that keeps failing, and tries it again later; sends nothing itself.

pybreaker counts and holds the state. Of the libraries looked at (pybreaker, purgatory,
circuitbreaker, aiobreaker) it is the one with recent releases and types that can be driven from
outside. None of them admits a single call while half-open where calls overlap, and pybreaker's own
asynchronous calls need tornado and its waiting goes by the wall clock: these two are done here.
"""

import contextlib
import logging
import time
from collections.abc import Callable
from typing import Final

import pybreaker

_NEVER_S: Final = 1e9
"""The library is not to become half-open by the wall clock."""

logger = logging.getLogger(__name__)


class Breaker:
    """Closed; open after `failures` in a row; after `open_s` half-open, for one call at a time.

    Order for each call: `admits()`, then `enter()` without awaiting between them, then `leave()`
    once. What a call tells that was begun in another state does not count.
    """

    def __init__(
        self,
        name: str,
        *,
        failures: int = 5,
        open_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._open_s = open_s
        self._clock = clock
        self._circuit = pybreaker.CircuitBreaker(
            fail_max=failures, reset_timeout=_NEVER_S, throw_new_error_on_trip=False
        )
        self._opened_at = 0.0
        self._entered = 0
        self._probing = False

    @property
    def state(self) -> str:
        """`closed`, `open` or `half-open`."""
        return self._circuit.current_state

    def admits(self) -> bool:
        """Whether a call may be made now; becomes half-open when it is time."""
        if self.state == pybreaker.STATE_OPEN and self.wait_s() <= 0:
            self._circuit.half_open()
            self._changed()
        if self.state == pybreaker.STATE_CLOSED:
            return True
        return self.state == pybreaker.STATE_HALF_OPEN and not self._probing

    def wait_s(self) -> float:
        """Seconds until it is tried again; 0 unless it is open."""
        if self.state != pybreaker.STATE_OPEN:
            return 0.0
        return max(0.0, self._opened_at + self._open_s - self._clock())

    def enter(self) -> int:
        """Begin a call; hand back to `leave` what this returns."""
        self._probing = self.state == pybreaker.STATE_HALF_OPEN
        return self._entered

    def leave(self, entered: int, *, ok: bool | None) -> None:
        """End a call; `ok` is None where it was given up and tells nothing."""
        if entered != self._entered:
            return
        self._probing = False
        if ok is None:
            return
        before = self.state
        with contextlib.suppress(_CallFailedError):
            self._circuit.call(_succeed if ok else _fail)
        if self.state != before:
            self._changed()

    def reset(self) -> None:
        """Close it: there is another process now."""
        if self.state != pybreaker.STATE_CLOSED:
            self._circuit.close()
            self._changed()

    def _changed(self) -> None:
        self._entered += 1
        self._probing = False
        if self.state == pybreaker.STATE_OPEN:
            self._opened_at = self._clock()
        logger.warning("Circuit breaker of %s: %s", self._name, self.state)


class _CallFailedError(Exception):
    """Tells the library of a failure."""


def _succeed() -> None:
    """Tell the library of a success."""


def _fail() -> None:
    raise _CallFailedError
