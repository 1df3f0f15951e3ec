"""How many characters a caller may have translated a day; not how often he may come."""

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final

from bentos.errors import QuotaExceededError
from common.state.file import StateError, StateFile

_EVERY_S: Final = 1.0
# A write that has just begun, and the last one, may each wait for a lock.
_STOP_S: Final = 5.0

logger = logging.getLogger(__name__)

LimitOf = Callable[[str], int | None]
"""Characters a day that a caller may have, by his label; None: as many as he likes."""


def limits(default: int | None, overrides: Mapping[str, int | None] | None = None) -> LimitOf:
    """One number for every caller, and others for those named by their label."""
    others = dict(overrides or {})
    return lambda caller: others.get(caller, default)


@dataclass(frozen=True, slots=True)
class Charge:
    """Characters that were counted, on the day they were."""

    caller: str
    day: str
    characters: int


class Quotas:
    """Order: `start`, then `take` and `give_back` from any thread, then `stop`.

    Counts at once and in memory; about once a second they are written to the state file, and
    what other processes wrote there is taken in. So several processes together may let a little
    more through, and no request waits for the file or fails because of it. Callers without a
    limit are not counted.
    """

    def __init__(
        self,
        state_file: Path | None,
        limit_of: LimitOf,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        every_s: float = _EVERY_S,
    ) -> None:
        self._file = StateFile(state_file) if state_file else None
        self._limit_of = limit_of
        self._now = now
        self._every_s = every_s
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._written: dict[tuple[str, str], int] = {}
        """By day and caller, what the file held last."""
        self._pending: dict[tuple[str, str], int] = {}
        """What is to be added to it."""
        self._is_writable = False
        self._failing = False

    def start(self) -> None:
        """Begins with what was counted before, on a thread of its own."""
        if self._file is not None:
            self._thread = threading.Thread(target=self._run, name="quotas", daemon=True)
            self._thread.start()

    def take(self, caller: str, characters: int) -> Charge:
        """Count them before the work is done.

        Raises:
            QuotaExceededError: They are more than what is left; none of them were counted.
        """
        now = self._now()
        charge = Charge(caller, now.date().isoformat(), characters)
        limit = self._limit_of(caller)
        if limit is None:
            return charge
        with self._lock:
            used = self._used(charge.day, caller)
            if used + characters > limit:
                raise QuotaExceededError(limit, max(0, limit - used), _seconds_left(now))
            self._add(charge.day, caller, characters)
        return charge

    def give_back(self, charge: Charge) -> None:
        """Nothing came of it; once a charge."""
        if self._limit_of(charge.caller) is not None:
            with self._lock:
                self._add(charge.day, charge.caller, -charge.characters)

    def used(self, caller: str) -> int:
        """Of today, as far as this process knows."""
        with self._lock:
            return self._used(self._today(), caller)

    def stop(self) -> None:
        """Writes what is left, unless that takes longer than some seconds; may be called twice."""
        thread, self._thread = self._thread, None
        self._stopping.set()
        if thread is not None:
            thread.join(_STOP_S)

    def _run(self) -> None:
        self._flush()
        while not self._stopping.wait(self._every_s):
            self._flush()
        self._flush()

    def _flush(self) -> None:
        """What there is; it stays for the next time where that fails."""
        if self._file is None:
            return
        with self._lock:
            day, adding = self._today(), dict(self._pending)
        try:
            # The first time even nothing is written: that makes the table.
            if adding or not self._is_writable:
                counts = self._file.add_characters(day, adding)
            else:
                counts = self._file.characters(day)
        except StateError as error:
            self._failed(error)
            self._read(self._file, day)
        else:
            self._is_writable = True
            self._take_in(day, counts, adding)
            self._recovered()

    def _read(self, file: StateFile, day: str) -> None:
        """What may not be written may still be read: the limits hold after a restart."""
        with suppress(StateError):
            self._take_in(day, file.characters(day), {})

    def _take_in(
        self, day: str, counts: Mapping[str, int], added: Mapping[tuple[str, str], int]
    ) -> None:
        with self._lock:
            self._written = {(day, caller): count for caller, count in counts.items()}
            for (counted_on, caller), count in added.items():
                self._add(counted_on, caller, -count)

    def _recovered(self) -> None:
        if self._failing:
            self._failing = False
            logger.info("Quotas are kept in the state file again.")

    def _failed(self, error: StateError) -> None:
        if not self._failing:  # once, not once a second
            self._failing = True
            logger.warning("Quotas are counted in memory until they can be written: %s", error)

    def _add(self, day: str, caller: str, characters: int) -> None:
        left = self._pending.get((day, caller), 0) + characters
        if left:
            self._pending[day, caller] = left
        else:
            self._pending.pop((day, caller), None)

    def _used(self, day: str, caller: str) -> int:
        return self._written.get((day, caller), 0) + self._pending.get((day, caller), 0)

    def _today(self) -> str:
        return self._now().date().isoformat()


def _seconds_left(now: datetime) -> int:
    """Until the next day begins."""
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
    return max(1, -((now - midnight) // timedelta(seconds=1)))
