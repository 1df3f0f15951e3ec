"""Keeps the beginnings of prompts computed while there is room for them; computes nothing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Row:
    """Tokens of one sequence, computed chunk by chunk after those of its `base`."""

    sequence: int
    base: "Prefix | None"
    tokens: tuple[int, ...]
    computed: int = 0
    begun: bool = False

    @property
    def start(self) -> int:
        return self.base.end if self.base else 0

    @property
    def end(self) -> int:
        return self.start + len(self.tokens)

    @property
    def complete(self) -> bool:
        return self.computed == len(self.tokens)

    @property
    def can_go_on(self) -> bool:
        return self.base is None or self.base.complete


@dataclass(slots=True, eq=False)
class Prefix(Row):
    """A part that many prompts begin with: kept after its users left, until room is needed."""

    children: "dict[tuple[int, ...], Prefix]" = field(default_factory=dict)
    users: int = 0
    """Running requests whose prompt begins with it."""
    used_at: int = 0

    def path(self) -> "Iterator[Prefix]":
        """Itself and those it goes on from."""
        prefix: Prefix | None = self
        while prefix:
            yield prefix
            prefix = prefix.base


class Cells:
    """How much of the memory of keys and values is spoken for."""

    def __init__(self, total: int) -> None:
        self.total = self.free = total

    def clear(self) -> None:
        self.free = self.total


class PrefixCache:
    """A tree of prefixes by their parts, each with a sequence of its own.

    A prefix without users stays until its cells or its sequence are needed; the one that was used
    longest ago goes first, and none before those that go on from it. `drop` is told what goes.
    """

    def __init__(self, cells: Cells, sequences: Sequence[int], drop: Callable[[Row], None]) -> None:
        self._cells, self._sequences, self._drop = cells, sequences, drop
        self.clear()

    def clear(self) -> None:
        """Forgets everything, and tells nobody."""
        self._roots: dict[tuple[int, ...], Prefix] = {}
        self._kept: dict[Prefix, None] = {}
        self._free = list(reversed(self._sequences))
        self._clock = 0

    @property
    def unused_cells(self) -> int:
        return sum(len(prefix.tokens) for prefix in self._kept if not prefix.users)

    def hold(self, parts: Iterable[tuple[int, ...]]) -> list[Prefix]:
        """What is kept, or being computed, of what the parts begin with; one user more for each."""
        found: list[Prefix] = []
        level = self._roots
        for part in parts:
            if part not in level:
                break
            found.append(level[part])
            level = level[part].children
        self._use(found)
        return found

    def add(self, base: Prefix | None, part: tuple[int, ...]) -> Prefix | None:
        """A new prefix with one user, to be computed; None when all that may be are in use."""
        if not self._free and not self._evict():
            return None
        prefix = Prefix(self._free.pop(), base, part)
        (base.children if base else self._roots)[part] = prefix
        self._kept[prefix] = None
        self._cells.free -= len(part)
        self._use([prefix])
        return prefix

    def release(self, prefix: Prefix | None) -> None:
        """One user less along its path; what is not yet computed goes with the last of them."""
        for held in list(prefix.path()) if prefix else []:
            held.users -= 1
            if not held.users and not held.complete:
                self._forget(held)

    def make_room(self, cells: int) -> bool:
        """Frees so many cells by dropping what is unused; drops nothing if that is too little."""
        if cells > self._cells.free + self.unused_cells:
            return False
        while cells > self._cells.free:
            self._evict()
        return True

    def _use(self, prefixes: Iterable[Prefix]) -> None:
        self._clock += 1
        for prefix in prefixes:
            prefix.users += 1
            prefix.used_at = self._clock

    def _evict(self) -> bool:
        unused = [prefix for prefix in self._kept if not prefix.users and not prefix.children]
        if not unused:
            return False
        self._forget(min(unused, key=lambda prefix: prefix.used_at))
        return True

    def _forget(self, prefix: Prefix) -> None:
        del self._kept[prefix]
        del (prefix.base.children if prefix.base else self._roots)[prefix.tokens]
        self._free.append(prefix.sequence)
        self._cells.free += len(prefix.tokens)
        self._drop(prefix)
