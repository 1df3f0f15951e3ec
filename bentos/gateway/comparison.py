"""Compares an answer of the old system with the new one's and counts; keeps no text."""

import json
from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from prometheus_client import Counter, Gauge, Histogram
from pydantic import BaseModel
from rapidfuzz.distance import Indel

_TEXTS: Final = frozenset({"translated_text", "translation", "final_translation"})
_MOST_CHARS: Final = 20_000
"""Of a text that are compared: a few milliseconds' work."""


class Side(StrEnum):
    """Who answers."""

    OLD = "old"
    NEW = "new"

    @property
    def other(self) -> "Side":
        return Side.NEW if self is Side.OLD else Side.OLD


class Result(StrEnum):
    """What became of asking the other one too."""

    EQUAL = "equal"
    """Same status, same texts."""
    TEXT = "text"
    """Same status, other texts."""
    STATUS = "status"
    """Another status."""
    OPAQUE = "opaque"
    """Too long or compressed: not looked into."""
    FAILED = "failed"
    """The other gave no answer, or not in time."""
    DROPPED = "dropped"
    """Not asked: as many as may be were under way."""


WEIGHT = Gauge(
    "gateway_switch_weight_percent",
    "Share of the old paths' requests that the new system is to answer.",
    multiprocess_mode="mostrecent",
)
SERVED = Counter(
    "gateway_switch_requests_total", "Requests of the old paths, by who answered.", ["side"]
)
FALLBACKS = Counter(
    "gateway_switch_fallbacks_total",
    "Requests the other one answered, by who should have: refused, lost, not_ready.",
    ["side", "reason"],
)
SHADOWED = Counter(
    "gateway_switch_shadow_total",
    "Requests asked of both, by who answered the caller and what came of it.",
    ["side", "result"],
)
SIMILARITY = Histogram(
    "gateway_switch_similarity_ratio",
    "Likeness of both translations of a text, 1 where they are the same.",
    buckets=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer as it went out; `body` is None where it was not kept."""

    status: int
    body: bytes | None


class Report(BaseModel):
    """What the switch did since it was started."""

    weight_new: float
    shadow: bool
    served: dict[str, int]
    """Requests by who answered."""
    fallbacks: dict[str, int]
    """By who should have answered and why not: `old refused`."""
    shadowed: dict[str, int]
    """Requests asked of both, by result."""
    equal_status: float | None = None
    """Share of those both answered."""
    equal_text: float | None = None
    """Share of those both answered alike whose texts are the same."""
    mean_similarity: float | None = None
    lowest_similarity: float | None = None


def compare(first: Seen, second: Seen) -> tuple[Result, float | None]:
    """What came of it, and how alike the translations are where both have one."""
    if first.status != second.status:
        return Result.STATUS, None
    if first.body is None or second.body is None:
        return Result.OPAQUE, None
    texts = _texts(first.body), _texts(second.body)
    if not any(texts):
        return Result.EQUAL, None
    likeness = Indel.normalized_similarity(texts[0][:_MOST_CHARS], texts[1][:_MOST_CHARS])
    return Result.EQUAL if texts[0] == texts[1] else Result.TEXT, likeness


def _texts(body: bytes) -> str:
    """All translations in a body, whatever its shape; empty where it holds none."""
    try:
        return "\n".join(_found(json.loads(body)))
    except (ValueError, RecursionError):
        return ""


def _found(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _found(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name in _TEXTS and isinstance(each, str):
                yield each
            else:
                yield from _found(each)


class Counts:
    """What the switch did, for the metrics and for its report."""

    def __init__(self) -> None:
        self._served = Tally[str]()
        self._fallbacks = Tally[str]()
        self._shadowed = Tally[Result]()
        self._texts, self._sum, self._lowest = 0, 0.0, 1.0

    def served(self, side: Side) -> None:
        self._served[side.value] += 1
        SERVED.labels(side).inc()

    def fell_back(self, side: Side, reason: str) -> None:
        self._fallbacks[f"{side} {reason}"] += 1
        FALLBACKS.labels(side, reason).inc()

    def shadowed(self, side: Side, result: Result, likeness: float | None = None) -> None:
        """`side` answered the caller."""
        self._shadowed[result] += 1
        SHADOWED.labels(side, result).inc()
        if likeness is not None:
            self._texts += 1
            self._sum += likeness
            self._lowest = min(self._lowest, likeness)
            SIMILARITY.observe(likeness)

    def report(self, *, weight_new: float, shadow: bool) -> Report:
        alike = sum(self._shadowed[each] for each in (Result.EQUAL, Result.TEXT, Result.OPAQUE))
        both = alike + self._shadowed[Result.STATUS]
        compared = alike - self._shadowed[Result.OPAQUE]
        return Report(
            weight_new=weight_new,
            shadow=shadow,
            served=dict(self._served),
            fallbacks=dict(self._fallbacks),
            shadowed={result.value: count for result, count in self._shadowed.items()},
            equal_status=alike / both if both else None,
            equal_text=self._shadowed[Result.EQUAL] / compared if compared else None,
            mean_similarity=self._sum / self._texts if self._texts else None,
            lowest_similarity=self._lowest if self._texts else None,
        )
