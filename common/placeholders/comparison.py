"""What of a text its translation has lost or has too often; repairs nothing."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from common.placeholders import numbers, spans
from common.placeholders.numbers import Number
from common.placeholders.spans import Kind, Span

# A translation gains none of these by itself; the others may look as if (`Note :so`).
_NEVER_GAINED = frozenset({Kind.ICU, Kind.VARIABLE, Kind.PRINTF, Kind.TAG, Kind.URL, Kind.EMAIL})
# Looking each span up takes time with the text's length; more of them are only counted.
_MOST_LOOKED_UP = 100


@dataclass(frozen=True, slots=True)
class Protected:
    """What a text's translation must have as well."""

    text: str
    spans: tuple[Span, ...]
    numbers: tuple[Number, ...]
    """Those that stand in none of the spans."""

    def __bool__(self) -> bool:
        return bool(self.spans or self.numbers)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a translation does not have as its source does."""

    lost: tuple[Span, ...] = ()
    """Of the source."""
    added: tuple[Span, ...] = ()
    """Of the translation."""
    numbers: tuple[Number, ...] = ()
    """Lost ones, of the source."""

    def __bool__(self) -> bool:
        return bool(self.lost or self.added or self.numbers)


def protected(text: str) -> Protected:
    """All that is to be kept of a text."""
    found = spans.find(text)
    figures = numbers.find(_without(text, found))
    return Protected(text, tuple(found), tuple(figures))


def difference(source: Protected, output: str) -> Difference:
    """What `output` lost and what it has too often; falsy: it has all."""
    gone = tuple(numbers.lost(source.numbers, output)) if source.numbers else ()
    if not source.spans:
        return Difference(numbers=gone)
    wanted = Counter(span.key for span in source.spans)
    found = spans.find(output)
    have = Counter(span.key for span in found)
    short = wanted - have
    if len(short) <= _MOST_LOOKED_UP:  # what stands beside letters may not look like a span
        short = Counter({key: wanted[key] - max(have[key], output.count(key)) for key in short})
        short = +short
    extra = have - wanted
    gained = (span for span in found if _is_never_gained(span) or span.key in wanted)
    return Difference(_of(source.spans, short), _of(gained, extra), gone)


def _is_never_gained(span: Span) -> bool:
    return span.kind in _NEVER_GAINED and not span.text.startswith(":")


def _of(found: Iterable[Span], counted: Counter[str]) -> tuple[Span, ...]:
    """As many of the spans as are counted of each."""
    left, chosen = Counter(counted), []
    for span in found:
        if left[span.key] > 0:
            left[span.key] -= 1
            chosen.append(span)
    return tuple(chosen)


def _without(text: str, found: list[Span]) -> str:
    """The text with the spans blanked out, so that places stay as they are."""
    parts, end = [], 0
    for span in found:
        parts += [text[end : span.start], "\n" * (span.end - span.start)]
        end = span.end
    return "".join((*parts, text[end:]))
