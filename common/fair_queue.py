"""Who is in the next batch: the order among waiting callers and their items; runs nothing."""

import asyncio
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_WINDOW_BATCHES = 4
"""A caller's items are sorted by cost within windows of so many batches: less padding than in
their own order, and what he put first still comes back among the first."""


@dataclass(eq=False, slots=True)
class Entry(Generic[Item, Result]):
    """An item that waits, and its caller's future."""

    item: Item
    cost: int
    caller: Hashable
    future: asyncio.Future[Result]
    since: float = field(default_factory=monotonic)

    def succeed(self, result: Result) -> None:
        if not self.future.done():
            self.future.set_result(result)

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)
            # Marks it as seen: a caller who gave up at his first error leaves no log line behind.
            self.future.exception()


class FairQueue(Generic[Item, Result]):
    """Waiting entries, a line for each caller; adding and removing one takes constant time.

    A caller served in the last batch stands behind those who were not, so that who arrives while
    a batch runs is in the next one, and nobody is passed over twice in favour of newcomers.
    """

    def __init__(self, max_items: int, max_cost: int) -> None:
        self._max_items, self._max_cost = max_items, max_cost
        # OrderedDict, not dict: taking the first of a dict again and again is quadratic.
        self._lines: OrderedDict[Hashable, OrderedDict[Entry[Item, Result], None]] = OrderedDict()
        self._served: list[Hashable] = []
        self.depth = 0

    def add(self, entries: Sequence[Entry[Item, Result]]) -> None:
        """Puts a caller's entries at the end of his line, the costly ones of a window first."""
        window = self._max_items * _WINDOW_BATCHES
        for start in range(0, len(entries), window):
            for entry in sorted(entries[start : start + window], key=lambda entry: -entry.cost):
                self._lines.setdefault(entry.caller, OrderedDict())[entry] = None
        self.depth += len(entries)

    def discard(self, entry: Entry[Item, Result]) -> None:
        """Takes an entry out wherever it stands; one that is gone already is no matter."""
        line = self._lines.get(entry.caller)
        if line is None or entry not in line:
            return
        del line[entry]
        self.depth -= 1
        if not line:
            del self._lines[entry.caller]

    def take(self) -> list[Entry[Item, Result]]:
        """The next batch, sorted by cost.

        One entry a caller and round, while number times highest cost stays in bounds.
        """
        for caller in self._served:
            if caller in self._lines:
                self._lines.move_to_end(caller)
        taken: list[Entry[Item, Result]] = []
        turn, highest = self._first_lines(), 0
        while turn and len(taken) < self._max_items:
            following = []
            for caller in turn:
                if len(taken) == self._max_items:
                    break
                entry = next(iter(self._lines[caller]))
                if taken and max(highest, entry.cost) * (len(taken) + 1) > self._max_cost:
                    continue
                highest = max(highest, entry.cost)
                taken.append(entry)
                self.discard(entry)
                if caller in self._lines:
                    following.append(caller)
            turn = following
        self._served = list(dict.fromkeys(entry.caller for entry in taken))
        return sorted(taken, key=lambda entry: entry.cost)

    def _first_lines(self) -> list[Hashable]:
        return [caller for caller, _ in zip(self._lines, range(self._max_items), strict=False)]
