"""Cuts a text into chunks of whole sentences and tells its kind; translates nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import regex

from common.segmentation import Segmented, Span, split

MIN_CHARS: Final = 150
MAX_CHARS: Final = 600

_BREAK: Final = r"(?>\r\n|[\n\r\u2028\u2029\x85])"
_LINE_END: Final = regex.compile(_BREAK)
_BLANK_LINE: Final = regex.compile(rf"{_BREAK}(?:[^\S\n\r\u2028\u2029\x85]*{_BREAK})+")
_GRAPHEME: Final = regex.compile(r"\X")
_LONGEST_GRAPHEME: Final = 32
_EXCLAIMED: Final = regex.compile(r"[!\uff01]+|\p{Extended_Pictographic}")
_ASKED: Final = regex.compile(r"[?\uff1f\u061f\u037e]+")
_TECHNICAL: Final = regex.compile(r"[\p{Nd}{}<>=_/\\|`@#$%^~\[\]]")

_EMOTIONAL_FROM, _TECHNICAL_FROM, _ASKING_FROM = 0.5, 0.08, 0.3
_SHORT_SENTENCE, _LONG_SENTENCE = 40, 140


@dataclass(frozen=True, slots=True)
class Chunks:
    """A text and where it is cut."""

    text: str
    spans: tuple[Span, ...]
    """They cover the text without a gap and in order: joined, the chunks are the text."""
    broken: int
    """How many of the cuts are inside a sentence, because it did not fit as a whole."""
    sentences: int

    def parts(self) -> list[str]:
        return [self.text[start:stop] for start, stop in self.spans]

    def coherence(self) -> float:
        """The share of the cuts that are between sentences; 1 where nothing was cut."""
        cuts = len(self.spans) - 1
        return 1.0 if cuts < 1 else 1 - self.broken / cuts


def cut(
    text: str,
    minimum: int = MIN_CHARS,
    maximum: int = MAX_CHARS,
    language: str | None = None,
) -> Chunks:
    """Chunks of at most `maximum` characters that end between sentences where they can.

    From `minimum` on, a chunk ends with its paragraph; a shorter one at the end joins the one
    before if both fit. `language` is a FLORES code and helps with abbreviations.
    """
    segmented = split(text, lambda part: len(part) <= maximum, language)
    ends, broken = _ends(segmented, maximum)
    spans = _joined(list(_spans(text, ends, minimum, maximum)), minimum, maximum)
    inside = sum(stop in broken for _, stop in spans[:-1])
    return Chunks(text, tuple(spans), inside, len(segmented.segments))


def _ends(segmented: Segmented, maximum: int) -> tuple[list[int], set[int]]:
    """Where a chunk may end, and which of these places are inside a sentence."""
    ends: list[int] = []
    broken: set[int] = set()
    begin, position = 0, len(segmented.gaps[0])
    for index, segment in enumerate(segmented.segments):
        gap = segmented.gaps[index + 1]
        last = index == len(segmented.segments) - 1
        start, stop = position, position + len(segment)
        end = stop + (len(gap) if last else _place_in(gap))
        ends += [start, stop, end] if end - begin > maximum else [end]
        if {index, index + 1} <= segmented.forced and not _LINE_END.search(gap):
            broken.add(end)
        begin, position = end, stop + len(gap)
    return [*ends, position], broken


def _place_in(gap: str) -> int:
    """After the last line break, so that a list's marks stay with what they mark; or at the end."""
    breaks = [found.end() for found in _LINE_END.finditer(gap)]
    return breaks[-1] if breaks else len(gap)


def _spans(text: str, ends: list[int], minimum: int, maximum: int) -> Iterator[Span]:
    start = stop = 0
    for end in ends:
        if stop > start and end - start > maximum:
            yield start, stop
            start = stop
        while end - start > maximum:  # no writing: a run of white space, of figures, of signs
            stop = _grapheme_end(text, start, start + maximum)
            yield start, stop
            start = stop
        stop = end
        written = start + len(text[start:stop].rstrip())
        if stop - start >= minimum and _BLANK_LINE.search(text, written, stop):
            yield start, stop
            start = stop
    if stop > start:
        yield start, stop


def _joined(spans: list[Span], minimum: int, maximum: int) -> list[Span]:
    """Without a last chunk that is too short, if the one before has room for it."""
    if len(spans) > 1:
        (first, _), (start, stop) = spans[-2:]
        if stop - start < minimum and stop - first <= maximum:
            return [*spans[:-2], (first, stop)]
    return spans


def _grapheme_end(text: str, start: int, limit: int) -> int:
    stop = start
    for grapheme in _GRAPHEME.finditer(text, start, min(len(text), limit + _LONGEST_GRAPHEME)):
        if grapheme.end() > limit:
            break
        stop = grapheme.end()
    return stop if stop > start else limit


def features(chunks: Chunks) -> dict[str, float]:
    """What can be counted in a text of any language; per sentence, but for the share of signs."""
    text, sentences = chunks.text, max(1, chunks.sentences)
    printed = sum(not character.isspace() for character in text)
    counted = {
        "average_sentence_length": len(text.strip()) / sentences,
        "exclamations_per_sentence": len(_EXCLAIMED.findall(text)) / sentences,
        "questions_per_sentence": len(_ASKED.findall(text)) / sentences,
        "technical_share": len(_TECHNICAL.findall(text)) / max(1, printed),
        "paragraphs": float(paragraphs(text)),
    }
    return {name: round(value, 4) for name, value in counted.items()}


def paragraphs(text: str) -> int:
    """At least one: what blank lines part."""
    return 1 + len(_BLANK_LINE.findall(text.strip()))


def content_type(chunks: Chunks) -> str:
    """One of the five kinds the predecessor knew, by `features` alone: a hint, not an analysis.

    Many exclamations or emoji: `emotional`; many figures and signs: `technical`; questions or
    short sentences: `conversational`; long sentences: `formal`; else `narrative`.
    """
    counted = features(chunks)
    length = counted["average_sentence_length"]
    if counted["exclamations_per_sentence"] >= _EMOTIONAL_FROM:
        return "emotional"
    if counted["technical_share"] >= _TECHNICAL_FROM:
        return "technical"
    if counted["questions_per_sentence"] >= _ASKING_FROM or length < _SHORT_SENTENCE:
        return "conversational"
    return "formal" if length >= _LONG_SENTENCE else "narrative"
