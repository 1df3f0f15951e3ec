"""The score of a translation out of what was measured; measures nothing itself.

A score says how little there is to find fault with from outside: the language it came out in, its
length, its lines and sentences, what had to be kept, copies and loops, and what the model itself
warned of. It is no judgement of the meaning: a fluent mistranslation of the right length in the
right language has a high one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from bentos.gateway.legacy import adaptive_measures as measures
from bentos.gateway.legacy.adaptive_measures import Pair
from common.detection import Detector
from models.base.translation_model import TranslationWarning, WarningCode

THRESHOLD: Final = 0.75
"""Below it, optimisation is said to be needed."""
NEUTRAL: Final = 0.7
"""What a dimension counts that cannot be decided on."""

WEIGHTS: Final = {
    "confidence": 0.18,
    "length_ratio": 0.12,
    "structure": 0.12,
    "entities": 0.12,
    "boundaries": 0.10,
    "semantic": 0.15,
    "fluency": 0.11,
    "consistency": 0.10,
}
_DECISIVE: Final = ("confidence", "length_ratio", "semantic", "fluency")
"""One of these near 0 is enough to spoil a translation, however good the rest."""
_TOLERATED: Final = 0.5
_GRADES: Final = (("A", 0.9), ("B", 0.8), ("C", 0.7), ("D", 0.6))
_POOR: Final = 0.6

_AT_MOST: Final = {
    WarningCode.EMPTY_OUTPUT: ("length_ratio", 0.0),
    WarningCode.TRUNCATED: ("length_ratio", 0.3),
    WarningCode.EXTRA_TEXT: ("length_ratio", 0.6),
    WarningCode.WRONG_LANGUAGE: ("confidence", 0.1),
    WarningCode.LOW_CONFIDENCE: ("confidence", 0.5),
    WarningCode.UNTRANSLATED: ("semantic", 0.2),
    WarningCode.REPETITION: ("fluency", 0.2),
    WarningCode.UNKNOWN_CHARACTERS: ("fluency", 0.6),
}
"""A warning of the model's holds down the dimension it speaks of."""

_ADVICE: Final = {
    "confidence": "The translation does not read as the target language.",
    "length_ratio": "The translation is much longer or shorter than the original.",
    "structure": "Lines or list items differ in number from the original's.",
    "entities": "Numbers, addresses or placeholders of the original are missing.",
    "boundaries": "The number of sentences differs from the original's.",
    "semantic": "Much of the original stands untranslated in the translation.",
    "fluency": "The translation repeats itself or has lost characters.",
    "consistency": "Words are in another script than the target language's.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What a translation scores, and why."""

    score: float
    grade: str
    """A from .9, B from .8, C from .7, D from .6, else F."""
    dimensions: Mapping[str, float]
    interval: tuple[float, float]
    """The score if all that could not be decided on were at its worst, and at its best."""
    suggestions: tuple[str, ...]


class Assessor:
    """Assesses translations; safe to share by threads. Loads a detector when it is built."""

    def __init__(self, detector: Detector | None = None) -> None:
        self._detector = detector or Detector()

    def assess(self, pair: Pair, warnings: Collection[TranslationWarning] = ()) -> Assessment:
        """Each part of the score is one function of `adaptive_measures`, named here beside it."""
        if not pair.original.strip() or not pair.translation.strip():
            return _nothing()
        measured = {
            "confidence": measures.in_target_language(pair, self._detector),
            "length_ratio": measures.length(pair),
            "structure": measures.structure(pair),
            "entities": measures.entities(pair),
            "boundaries": measures.boundaries(pair),
            "semantic": measures.not_copied(pair),
            "fluency": measures.fluency(pair),
            "consistency": measures.in_target_script(pair),
        }
        return _assessment(_held_down(measured, {warning.code for warning in warnings}))


def grade_of(score: float) -> str:
    """The letter of a score; there is no E."""
    return next((grade for grade, least in _GRADES if score >= least), "F")


def _nothing() -> Assessment:
    return Assessment(
        score=0.0,
        grade="F",
        dimensions=dict.fromkeys(WEIGHTS, 0.0),
        interval=(0.0, 0.0),
        suggestions=("There is no text, or no translation.",),
    )


def _held_down(
    measured: Mapping[str, float | None], codes: Collection[WarningCode]
) -> dict[str, float | None]:
    held = dict(measured)
    for code, (name, most) in _AT_MOST.items():
        if code in codes:
            value = held[name]
            held[name] = most if value is None else min(value, most)
    return held


def _assessment(measured: Mapping[str, float | None]) -> Assessment:
    score, low, high = (_overall(_filled(measured, value)) for value in (NEUTRAL, 0.0, 1.0))
    dimensions = {name: round(value, 4) for name, value in _filled(measured, NEUTRAL).items()}
    return Assessment(
        score=score,
        grade=grade_of(score),
        dimensions=dimensions,
        interval=(low, high),
        suggestions=tuple(_ADVICE[name] for name, value in dimensions.items() if value < _POOR),
    )


def _filled(measured: Mapping[str, float | None], undecided: float) -> dict[str, float]:
    return {name: undecided if value is None else value for name, value in measured.items()}


def _overall(dimensions: Mapping[str, float]) -> float:
    """The weighted mean, up to halved where a decisive dimension is worse than tolerated."""
    mean = sum(weight * dimensions[name] for name, weight in WEIGHTS.items())
    worst = min(dimensions[name] for name in _DECISIVE)
    return round(mean * min(1.0, 1 - _TOLERATED + worst), 4)
