"""How many characters each caller had translated; limits nobody."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

UNLIMITED: Final = 1_000_000_000_000
"""What clients read who must be told a limit."""
_MOST_CALLERS: Final = 10_000
_MOST_WORKS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Used:
    """Characters of one caller, and how many he may have in the time they were counted for."""

    characters: int
    limit: int = UNLIMITED


Quota = Callable[[str], Used]
"""What a quota counted of a caller, by his label."""


class Usage:
    """Counts by month (UTC) and in memory, where no quota does that already."""

    def __init__(
        self,
        quota: Quota | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._quota = quota
        self._now = now
        self._month = (0, 0)
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._works: OrderedDict[str, None] = OrderedDict()

    def count(self, caller: str, characters: int) -> None:
        """They were translated."""
        self._begin()
        self._counts[caller] = self._counts.pop(caller, 0) + characters
        while len(self._counts) > _MOST_CALLERS:
            self._counts.popitem(last=False)

    def count_once(self, work: str, caller: str, characters: int) -> None:
        """They were translated for a piece of work, however often that is said."""
        if work in self._works:
            return
        self._works[work] = None
        while len(self._works) > _MOST_WORKS:
            self._works.popitem(last=False)
        self.count(caller, characters)

    def of(self, caller: str) -> Used:
        """Since the quota's day began, or the month."""
        if self._quota is not None:
            return self._quota(caller)
        self._begin()
        return Used(self._counts.get(caller, 0))

    def _begin(self) -> None:
        now = self._now()
        if (now.year, now.month) != self._month:
            self._month = (now.year, now.month)
            self._counts.clear()
