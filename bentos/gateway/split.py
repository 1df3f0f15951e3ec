"""Which arm of an A/B split a request takes, and how each arm does; asks no model."""

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

from prometheus_client import Counter, Histogram
from pydantic import JsonValue

from bentos.contract import Call
from bentos.gateway.parts import Split

BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)

# Splits and arms come from the configuration alone, codes from our errors: closed sets.
ARM_REQUESTS = Counter(
    "translation_arm_requests_total",
    "Texts that an arm of a split was drawn for.",
    ["split", "arm"],
)
ARM_ERRORS = Counter(
    "translation_arm_errors_total",
    "Those of them that it failed on, by code.",
    ["split", "arm", "code"],
)
ARM_SECONDS = Histogram(
    "translation_arm_seconds",
    "Time that an arm of a split took for a text, errors included.",
    ["split", "arm"],
    buckets=BUCKETS,
)
ARM_CHARACTERS = Counter(
    "translation_arm_characters_total",
    "Characters of the texts that an arm of a split was drawn for.",
    ["split", "arm"],
)


def choose(split: Split, call: Call, draw: Callable[[], float]) -> str:
    """The arm: the one the caller names by header, else one by weight; `draw` gives 0 <= x < 1.

    A header that names no arm is as good as none.
    """
    if split.header is not None:
        named = call.headers.get(split.header, "").strip().lower()
        if named in split.arms:
            return named
    drawn = _share_of(split.name, call.caller) if split.sticky and call.caller else draw()
    arms = [arm for arm, weight in split.arms.items() if weight > 0]
    sums = list(accumulate(split.arms[arm] for arm in arms))
    point = drawn * sums[-1]
    # Rounding may bring the point to the very end.
    return next((arm for arm, end in zip(arms, sums, strict=True) if point < end), arms[-1])


def _share_of(split: str, caller: str) -> float:
    """Always the same for one caller, and evenly spread over callers."""
    digest = hashlib.blake2b(f"{split}\0{caller}".encode(), digest_size=6).digest()
    return int.from_bytes(digest) / 2**48


@dataclass(slots=True)
class _Arm:
    requests: int = 0
    characters: int = 0
    seconds: float = 0.0
    errors: dict[str, int] = field(default_factory=dict)
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))

    def plain(self) -> dict[str, JsonValue]:
        return {
            "requests": self.requests,
            "errors": sum(self.errors.values()),
            "errors_by_code": dict(self.errors),
            "characters": self.characters,
            "seconds": round(self.seconds, 3),
            "p50_s": self._within(0.50),
            "p95_s": self._within(0.95),
        }

    def _within(self, share: float) -> float | None:
        """The bucket's end within which that share lies; None: none yet, or it has no end."""
        counts = accumulate(self.buckets[:-1])
        ends = (
            end
            for end, count in zip(BUCKETS, counts, strict=True)
            if count >= share * self.requests
        )
        return next(ends, None) if self.requests else None


class SplitStatistics:
    """Counts what each arm did, since the start, for Prometheus and for the API.

    One for a process. A split that is configured no more is forgotten by `keep`.
    """

    def __init__(self) -> None:
        self._arms: dict[str, dict[str, _Arm]] = {}

    def count(
        self, split: str, arm: str, *, characters: int, seconds: float, error: str | None = None
    ) -> None:
        """One text; `error` is the code of what it failed with."""
        ARM_REQUESTS.labels(split, arm).inc()
        ARM_CHARACTERS.labels(split, arm).inc(characters)
        ARM_SECONDS.labels(split, arm).observe(seconds)
        kept = self._arms.setdefault(split, {}).setdefault(arm, _Arm())
        kept.requests += 1
        kept.characters += characters
        kept.seconds += seconds
        kept.buckets[bisect_left(BUCKETS, seconds)] += 1
        if error is not None:
            ARM_ERRORS.labels(split, arm, error).inc()
            kept.errors[error] = kept.errors.get(error, 0) + 1

    def keep(self, splits: Iterable[Split]) -> None:
        """Forget the arms that are not of these splits; Prometheus keeps what it was told."""
        arms_of = {split.name: split.arms for split in splits}
        remaining = {
            name: {arm: kept for arm, kept in arms.items() if arm in arms_of.get(name, ())}
            for name, arms in self._arms.items()
        }
        self._arms = {name: arms for name, arms in remaining.items() if arms}

    def statistics(self) -> dict[str, dict[str, dict[str, JsonValue]]]:
        """By split, by arm; plain data."""
        return {
            split: {arm: kept.plain() for arm, kept in arms.items()}
            for split, arms in self._arms.items()
        }
