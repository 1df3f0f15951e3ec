"""From a model's score to how likely its translation is good; knows no engine and no text."""

import itertools
import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, field_validator

BROKEN = 0.01
"""The most that a translation may get that is empty, cut off, untranslated or a loop."""

_DIGITS = 4

Knot = tuple[FiniteFloat, Annotated[float, Field(ge=0, le=1)]]


class Calibration(BaseModel):
    """A table fitted to weights: how often a translation with such a score was good.

    A score is the mean log-probability of the tokens written, the end mark among them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    good: str
    """What a good translation was, in words."""
    knots: tuple[Knot, ...] = Field(min_length=2)
    """Scores and shares of good translations, both rising; in between lie straight lines."""

    @field_validator("knots")
    @classmethod
    def _rise(cls, knots: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
        pairs = itertools.pairwise(knots)
        if not all(low[0] < high[0] and low[1] <= high[1] for low, high in pairs):
            message = "must rise"
            raise ValueError(message)
        return knots

    def share(self, score: float) -> float:
        """The share at a score; beyond the table's ends that of the end."""
        place = bisect_right(self.knots, score, key=lambda knot: knot[0])
        if place in {0, len(self.knots)}:
            return self.knots[max(0, place - 1)][1]
        (left, low), (right, high) = self.knots[place - 1 : place + 1]
        return low + (high - low) * (score - left) / (right - left)


def confidence(
    score: float | None, calibration: Calibration | None, *, is_broken: bool = False
) -> float | None:
    """From 0 to 1; without a table the likelihood of a token. None: the model has no score."""
    if score is None:
        return None
    if not math.isfinite(score):
        return 0.0
    share = calibration.share(score) if calibration else math.exp(min(score, 0.0))
    return round(min(share, BROKEN) if is_broken else share, _DIGITS)


def text_confidence(segments: Iterable[tuple[float | None, int]]) -> float | None:
    """Of a text, from its segments' confidences and lengths: their mean by length.

    What has no confidence does not count; None: nothing has.
    """
    # Of five sentences in a row with NLLB's demo, this has a bad text (chrF under 50) below a good
    # one in 84 of 100 pairs; the least of the five does in 78, and their product lies between.
    known = [(value, max(1, length)) for value, length in segments if value is not None]
    if not known:
        return None
    whole = sum(length for _, length in known)
    return round(sum(value * length for value, length in known) / whole, _DIGITS)
