"""Keeps finished adaptive answers for a while, in memory; off unless given room, makes none."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

Value = TypeVar("Value")

_LONGEST_TEXT: Final = 20_000
"""Longer texts are not kept, so that the number of entries bounds the memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """All that an answer depends on; who asked is none of it."""

    text: str
    source: str
    target: str
    preference: str
    forced: bool
    models: str
    """Which models stood ready to answer, with their versions: another model, another answer."""


class AnswerCache(Generic[Value]):
    """The last `entries` answers, each for `ttl_s` seconds; with 0 entries it keeps nothing."""

    def __init__(
        self, entries: int, ttl_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = entries
        self._ttl_s = ttl_s
        self._clock = clock
        self._kept: OrderedDict[Key, tuple[float, str, Value]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Value | None:
        found = self._kept.get(key)
        if found is None:
            return None
        until, _, value = found
        if self._clock() >= until:
            del self._kept[key]
            return None
        self._kept.move_to_end(key)
        return value

    def put(self, key: Key, content_type: str, value: Value) -> None:
        if self._most < 1 or len(key.text) > _LONGEST_TEXT:
            return
        self._kept[key] = (self._clock() + self._ttl_s, content_type, value)
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def forget(self, source: str, target: str, content_type: str | None = None) -> int:
        """How many of a pair were dropped; of one kind of content, or of all kinds."""
        gone = [
            key
            for key, (_, kind, _) in self._kept.items()
            if (key.source, key.target) == (source, target) and content_type in {None, kind}
        ]
        for key in gone:
            del self._kept[key]
        return len(gone)
