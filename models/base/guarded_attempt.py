"""A segment's translation, measured by what of the source it keeps; translates nothing."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from common.glossaries import terms
from common.glossaries.terms import Found
from common.placeholders import comparison, numbers
from common.placeholders.comparison import Difference, Protected
from models.base.glossary_use import GlossaryUse
from models.base.translation_model import (
    SegmentTranslation,
    Translation,
    TranslationWarning,
    WarningCode,
)

# What a model says of how it translated; everything else is about what was asked of it.
_SEVERE = frozenset({WarningCode.EMPTY_OUTPUT, WarningCode.REPETITION, WarningCode.TRUNCATED})
_MILD = frozenset(
    {
        WarningCode.UNTRANSLATED,
        WarningCode.WRONG_LANGUAGE,
        WarningCode.EXTRA_TEXT,
        WarningCode.UNKNOWN_CHARACTERS,
    }
)
# A mask that came back mangled leaves a number of about its length.
_DIGITS_OF_A_MASK = 3
# Less than this share of the first translation has lost more than it has kept.
_SHORT = 0.5

Rank = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a segment's translation must have."""

    protected: Protected
    terms: tuple[Found, ...]
    target_lang: str

    def __bool__(self) -> bool:
        return bool(self.protected or self.terms)

    def lacks(self, text: str) -> Difference:
        """What of the protected `text` has not as it should."""
        return comparison.difference(self.protected, text)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One translation of a segment."""

    text: str
    difference: Difference
    missed: tuple[str, ...]
    """Source terms, each once."""
    warnings: tuple[TranslationWarning, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    confidence: float | None = None

    @property
    def is_complete(self) -> bool:
        return not self.difference and not self.missed


def attempt(wanted: Wanted, text: str, made: Sequence[Translation] = ()) -> Attempt:
    """A translation that was put together of what the model made."""
    segments = [segment for one in made for segment in one.segments]
    sure = [segment.confidence for segment in segments if segment.confidence is not None]
    return Attempt(
        text,
        wanted.lacks(text),
        missed(wanted, text),
        tuple(_of_its_making(warning for one in made for warning in one.warnings)),
        sum(one.tokens_in for one in made),
        sum(one.tokens_out for one in made),
        min(sure, default=None),
    )


def first_attempt(wanted: Wanted, segment: SegmentTranslation) -> Attempt:
    """The translation that the model gave unasked."""
    return replace(
        attempt(wanted, segment.text),
        warnings=tuple(_of_its_making(segment.warnings)),
        confidence=segment.confidence,
    )


def _of_its_making(warnings: Iterable[TranslationWarning]) -> Iterator[TranslationWarning]:
    seen: set[WarningCode] = set()
    for warning in warnings:
        if warning.code in _SEVERE | _MILD and warning.code not in seen:
            seen.add(warning.code)
            yield warning


def missed(wanted: Wanted, text: str) -> tuple[str, ...]:
    """The terms whose translations `text` has in no form."""
    gone = (
        found.term
        for found in wanted.terms
        if not terms.stands_in(found.translation, text, wanted.target_lang)
    )
    return tuple(dict.fromkeys(gone))


def rank(wanted: Wanted, made: Attempt, first: Attempt) -> Rank:
    """The less, the better; of equals the one that was made first."""
    codes = Counter(warning.code for warning in made.warnings)
    known = Counter(warning.code for warning in first.warnings)
    worse = codes - known
    found = made.difference
    strange = [
        digits
        for digits in numbers.added(numbers.find(wanted.protected.text), made.text)
        if len(digits) >= _DIGITS_OF_A_MASK
    ]
    is_short = len(made.text) < _SHORT * len(first.text)
    return (
        sum(worse[code] for code in _SEVERE),
        len(found.lost) + len(found.added) + len(strange),
        len(made.missed),
        len(found.numbers),
        sum(worse[code] for code in _MILD) + is_short,
    )


def used(wanted: Wanted, made: Attempt) -> GlossaryUse:
    """What became of the terms."""
    occurring = dict.fromkeys(found.term for found in wanted.terms)
    applied = tuple(term for term in occurring if term not in made.missed)
    return GlossaryUse(applied, made.missed)


def settled(
    wanted: Wanted, segment: SegmentTranslation, best: Attempt, made: Sequence[Attempt]
) -> SegmentTranslation:
    """The segment as it is answered; `made` are all attempts but the first."""
    index = segment.index
    others = tuple(one for one in segment.warnings if one.code not in _SEVERE | _MILD)
    of_best = (one.model_copy(update={"segment": index}) for one in best.warnings)
    own = segment.warnings if best.text == segment.text else (*others, *of_best)
    return replace(
        segment,
        text=best.text,
        warnings=(*own, *((_lost(best.difference, index),) if best.difference else ())),
        tokens_in=segment.tokens_in + sum(one.tokens_in for one in made),
        tokens_out=segment.tokens_out + sum(one.tokens_out for one in made),
        confidence=segment.confidence if best.confidence is None else best.confidence,
        alternatives=tuple(
            one for one in segment.alternatives if not wanted.lacks(one) and one != best.text
        ),
        glossary=used(wanted, best),
    )


def _lost(found: Difference, index: int) -> TranslationWarning:
    kinds = Counter(str(span.kind) for span in (*found.lost, *found.added))
    if found.numbers:
        kinds["number"] = len(found.numbers)
    counted = ", ".join(f"{kind} ({count})" for kind, count in kinds.items())
    return TranslationWarning(
        code=WarningCode.PLACEHOLDER_LOST,
        message=f"The translation lacks what it must keep, or has it too often: {counted}.",
        segment=index,
    )
