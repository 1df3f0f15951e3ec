"""Cuts a text into segments a model can take whole and puts it together again; translates nothing.

Every line break and tab ends a segment, so that they come back exactly; prose wrapped by hand is
therefore cut at each line (in plain text nothing tells it from a poem or a list). Within a line,
sentencex finds the sentences; we take from it positions only, never text.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import regex
import sentencex

from common.languages import find

_LINE = regex.compile(r"[^\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
# A list's, a heading's or a quotation's mark stays aside: engines tend to lose it.
_MARKS = regex.compile(r"(?:[-*+•‣◦▪·\u2013—#>]+\s+)+")
# What carries no meaning at a segment's edge; joiners are not here: they shape the letters beside.
_BLANK = (
    "".join(
        chr(c) for c in (*range(0x21), 0x7F, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200C), 0x2028)
    )
    + "\u2029\u202f\u205f\u2060\u3000\ufeff"
)

# sentencex 1.0 panics at some initials beside a space of several bytes, and on lone surrogates;
# each is replaced by one character, so that positions stay as they are.
_MARKED = regex.compile(r"[^\w\s,]")
_WIDE_SPACE = regex.compile(r"[^\S ]")
_SURROGATE = regex.compile("[\ud800-\udfff]")

# sentencex takes quadratic time over text that is not ASCII (a million characters: minutes), so
# that it is shown windows, each from the last end found. Where there is none, windows overlap.
_WINDOW, _OVERLAP = 2000, 100

# After these sentencex ends a sentence, and should not.
_ABBREVIATIONS = {
    "fr": regex.compile(r"(?<!\w)(?:MM?|Mmes?|Mlles?|Mgr|Dr|Pr|St|Ste|art|cf|éd|vol)\.\s*\Z"),
    "ru": regex.compile(r"(?i)(?<!\w)(?:т\. ?[екдп]|т|ул|им|см|стр|рис)\.\s*\Z"),
}
_LONGEST_ABBREVIATION = 16

_PLACES = (
    regex.compile(r"[;:](?=\s)|[\uff1b\uff1a؛](?!\p{M})"),
    regex.compile(r"[,)\]](?=\s)|[\uff0c、،](?!\p{M})"),
    regex.compile(r"\s(?=[-\u2013—]\s)|—(?!\p{M})"),
)
_WHITE = regex.compile(r"\s(?![\p{M}\s])")
_GRAPHEME = regex.compile(r"\X")
_LONGEST_GRAPHEME = 32
"""Longer ones are no writing (Unicode's stream-safe format ends at 30 marks) and may be cut."""
_FIRST_GUESS = 256

Fits = Callable[[str], bool]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Segmented:
    """A text as segments, each with a letter in it, and what stands around them.

    `gaps` has one more than `segments`: before the first, between, after the last. `forced` holds
    the indices of segments that are only part of a sentence, because the whole did not fit.
    """

    segments: tuple[str, ...]
    gaps: tuple[str, ...]
    forced: frozenset[int]

    def join(self, translations: Sequence[str]) -> str:
        """The text with each segment replaced by its translation."""
        parts = [self.gaps[0]]
        for translation, gap in zip(translations, self.gaps[1:], strict=True):
            parts += (translation, gap)
        return "".join(parts)


def split(text: str, fits: Fits, language: str | None = None) -> Segmented:
    """Cuts `text` into sentences, and those that do not fit into smaller parts.

    `fits` should hold for the start of whatever it holds for. Every segment fits, except a single
    grapheme that does not. `language` is a FLORES code and helps with abbreviations.
    """
    segments: list[str] = []
    gaps: list[str] = []
    forced: set[int] = set()
    end = 0
    for sentence in _sentences(text, _code(language)):
        parts = [sentence] if fits(text[slice(*sentence)]) else list(_cut(text, *sentence, fits))
        if len(parts) > 1:
            forced.update(range(len(segments), len(segments) + len(parts)))
        for start, stop in parts:
            gaps.append(text[end:start])
            segments.append(text[start:stop])
            end = stop
    return Segmented(tuple(segments), (*gaps, text[end:]), frozenset(forced))


def _code(language: str | None) -> str:
    known = find(language) if language else None
    return (known.iso639_1 or known.iso639_3) if known else "en"


def _sentences(text: str, code: str) -> Iterator[Span]:
    for line in _LINE.finditer(text):
        content = line.group()
        start = line.end() - len(content.lstrip(_BLANK))
        if marks := _MARKS.match(text, start, line.end()):
            start = marks.end()
        for stop in _sentence_ends(text[start : line.end()], code):
            yield from _trimmed(text, start, line.end() - stop)
            start = line.end() - stop


def _sentence_ends(content: str, code: str) -> Iterator[int]:
    """Where sentences end, counted from the end of `content`."""
    if _MARKED.search(content):
        plain = _SURROGATE.sub("\ufffd", _WIDE_SPACE.sub(" ", content))
        start = 0
        while len(plain) - start > _WINDOW:
            ends = list(_ends_within(plain, start, code))[:-1]
            yield from (len(content) - end for end in ends)
            start = ends[-1] if ends else start + _WINDOW - _OVERLAP
        yield from (len(content) - end for end in _ends_within(plain, start, code))
    yield 0


def _ends_within(plain: str, start: int, code: str) -> Iterator[int]:
    abbreviations = _ABBREVIATIONS.get(code)
    for sentence in sentencex.get_sentence_boundaries(code, plain[start : start + _WINDOW]):
        end = start + int(sentence["end_index"])
        before = plain[max(0, end - _LONGEST_ABBREVIATION) : end]
        if abbreviations is None or not abbreviations.search(before):
            yield end


def _trimmed(text: str, start: int, stop: int) -> Iterator[Span]:
    """The span without blanks at its edges; nothing if no letter is in it."""
    part = text[start:stop]
    if any(map(str.isalpha, part)):
        yield stop - len(part.lstrip(_BLANK)), start + len(part.rstrip(_BLANK))


def _cut(text: str, start: int, end: int, fits: Fits) -> Iterator[Span]:
    guess = _FIRST_GUESS
    while start < end:
        limit = _longest(text, start, end, guess, fits)
        stop = end if limit == end else _place(text, start, end, limit)
        # A tokenizer may need more for a shorter part, if the cut changes its last word.
        while not fits(text[start:stop]):
            smaller = _place(text, start, stop, start + (stop - start) // 2)
            if smaller == stop:
                break
            stop = smaller
        yield from _trimmed(text, start, stop)
        guess = max(1, limit - start)
        start = stop


def _longest(text: str, start: int, end: int, guess: int, fits: Fits) -> int:
    """About how far from `start` still fits: exact for few characters, else within a sixteenth.

    Grows from `guess` instead of halving from `end`: a text of a million characters without an end
    of sentence would else be measured whole for each of its parts.
    """
    low, high = start, min(end, start + guess)
    while fits(text[start:high]):
        if high == end:
            return end
        low, high = high, min(end, start + 2 * (high - start))
    while high - low > 1 + (low - start) // 16:
        middle = (low + high) // 2
        if fits(text[start:middle]):
            low = middle
        else:
            high = middle
    return low


def _place(text: str, start: int, end: int, limit: int) -> int:
    """The best place for a cut up to `limit`, such that the parts come out about equally long."""
    size = max(1, limit - start)
    parts = -(-(end - start) // size)
    target = start + -(-(end - start) // parts)
    for pattern, first in *((p, start + size // 2) for p in _PLACES), (_WHITE, start + 1):
        ends: list[int] = [match.end() for match in pattern.finditer(text, first, limit)]
        if ends:
            return min(ends, key=lambda end: abs(end - target))
    return _grapheme_end(text, start, end, target)


def _grapheme_end(text: str, start: int, end: int, target: int) -> int:
    """The last end of a grapheme up to `target`, or that of the first one."""
    stop = start
    for grapheme in _GRAPHEME.finditer(text, start, min(end, target + _LONGEST_GRAPHEME)):
        if stop > start and grapheme.end() > target:
            break
        stop = grapheme.end()
    return min(stop, max(target, start + _LONGEST_GRAPHEME))
