"""Which part of a text became which of its translation, sentence by sentence; guesses no words."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import regex

# Where no spaces stand between words, each letter is one.
_SPACELESS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}"
_WORD = regex.compile(rf"[{_SPACELESS}]\p{{M}}*+|(?:[^\W{_SPACELESS}]\p{{M}}*+)++")

Pairs = Sequence[tuple[str, str]]
"""Sentences and what stands between them, each with its translation; joined, the whole text."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Words:
    """Where the words of a text stand."""

    spans: tuple[Span, ...]
    starts: tuple[int, ...]

    def between(self, start: int, end: int) -> tuple[int, int]:
        """The indices of the words that begin from `start` up to before `end`."""
        return bisect_left(self.starts, start), bisect_left(self.starts, end)


def words_of(text: str) -> Words:
    """The words of a text in any script."""
    spans = tuple(match.span() for match in _WORD.finditer(text))
    return Words(spans, tuple(start for start, _ in spans))


@dataclass(frozen=True, slots=True)
class Segment:
    """A sentence of the source, and its translation."""

    source: Span
    target: Span


@dataclass(frozen=True, slots=True)
class Alignment:
    """The sentences of a text, in order, without those that are blank."""

    source: str
    target: str
    segments: tuple[Segment, ...]
    starts: tuple[int, ...]

    def trimmed(self, start: int, end: int) -> Span:
        """A span of the source without the blanks at its edges."""
        text = self.source[start:end]
        start += len(text) - len(text.lstrip())
        return start, start + len(text.strip())

    def touched(self, start: int, end: int) -> Sequence[Segment]:
        """The sentences that share something with a span of the source."""
        first = max(0, bisect_right(self.starts, start) - 1)
        found = self.segments[first : bisect_left(self.starts, end)]
        return found[1:] if found and found[0].source[1] <= start else found


def align(pairs: Pairs) -> Alignment:
    """The alignment that the pairs of a text amount to."""
    segments = list[Segment]()
    at_source = at_target = 0
    for source, target in pairs:
        if source.strip() and target.strip():
            segments.append(Segment(_core(source, at_source), _core(target, at_target)))
        at_source += len(source)
        at_target += len(target)
    whole = ("".join(texts) for texts in zip(*pairs, strict=True))
    source, target = whole if pairs else ("", "")
    return Alignment(source, target, tuple(segments), tuple(one.source[0] for one in segments))


def _core(text: str, at: int) -> Span:
    return at + len(text) - len(text.lstrip()), at + len(text.rstrip())


def open_ends(start: int, end: int, alignment: Alignment) -> list[tuple[Span, Segment]]:
    """The parts of a span that are less than a sentence, each with its sentence.

    None: the span is whole sentences. Two: it begins within one and ends within another.
    """
    touched = alignment.touched(start, end)
    ends = [touched[0], touched[-1]] if len(touched) > 1 else touched
    parts = [((max(start, one.source[0]), min(end, one.source[1])), one) for one in ends]
    return [(part, one) for part, one in parts if part != one.source]
