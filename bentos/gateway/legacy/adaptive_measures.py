"""What can be measured of a translation beside its original, one number each; no score of it all.

Every measure is from 0 to 1, 1 for nothing to find fault with, and None where the texts give
nothing to decide on. None of them knows what the texts mean.
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import regex

from common import scripts
from common.detection import Detector
from common.languages import find
from common.segmentation import split
from models.base.quality import is_loop

_ENTITY: Final = regex.compile(
    # Bounded, since each letter of a long run without an end might begin one of these.
    r"[A-Za-z][A-Za-z+.-]{0,15}://[^\s<>\"']+[\w/]"
    r"|[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{0,252}\w"
    r"|\$?\{[^{}\n]*\}|%\(\w{1,64}\)[sd]|%[sd]\b|</?[A-Za-z][^<>\n]*>|(?<!\w)[@#]\w+"
)
_NUMBER: Final = regex.compile(
    r"\d{1,3}(?:[ \u00a0\u202f.,'\u2019]\d{3})+(?!\d)|\d+(?:[.,\u066b]\d+)?"
)
_WORD: Final = regex.compile(r"[\p{L}\p{M}]+(?:['\u2019-][\p{L}\p{M}]+)*")
_PIECE: Final = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]|[\p{L}\p{M}\p{N}]+|\S")
_MARK: Final = regex.compile(r"\s*(?:[-*+•‣◦▪·\u2013—#>]+|\d+[.)])\s")
_UNKNOWN: Final = regex.compile(r"\ufffd|<unk>|\u2047")
_LAST: Final = {**dict.fromkeys("?\uff1f\u061f\u037e", "?"), **dict.fromkeys("!\uff01", "!")}

_WIDE: Final = 2.5
"""A character of Chinese, Japanese or Korean says about as much as so many letters."""
_ROOM: Final = 8
_FINE_FOLD, _WORST_FOLD = 1.0, 3.0
"""Of the binary logarithm: up to twice as long is usual, eight times never."""
_USUAL_COPIES: Final = 0.4
_FEWEST_WORDS: Final = 3
_MOST_PIECES: Final = 3000
_LETTERS_OF: Final = {
    "Jpan": {"Kana", "Hani"},
    "Hans": {"Hani"},
    "Hant": {"Hani", "Hant"},
    "Hang": {"Hang", "Hani"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A text and its translation."""

    original: str
    translation: str
    source: str | None = None
    """FLORES code; None: not known."""
    target: str | None = None


def in_target_language(pair: Pair, detector: Detector) -> float | None:
    """How far the translation reads as its target language; below 0.5 it reads as another one.

    None: no target, or no words. A short text is decided on less surely, and so nearer to 0.5.
    """
    found = detector.detect(pair.translation) if pair.target else None
    if found is None:
        return None
    sureness = found.confidence / 2
    return 0.5 + sureness if found.language == pair.target else 0.5 - sureness


def length(pair: Pair) -> float:
    """1 up to twice as long or half as long as the original, 0 from eight times on."""
    fold = (_extent(pair.translation) + _ROOM) / (_extent(pair.original) + _ROOM)
    excess = abs(math.log2(fold)) - _FINE_FOLD
    return min(1.0, max(0.0, 1 - excess / (_WORST_FOLD - _FINE_FOLD)))


def _extent(text: str) -> float:
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text.strip()) + (_WIDE - 1) * wide


def structure(pair: Pair) -> float:
    """Whether it has as many lines, and as many of them with a list's or a heading's mark."""
    ours, theirs = _lines(pair.original), _lines(pair.translation)
    marked = [sum(bool(_MARK.match(line)) for line in lines) for lines in (ours, theirs)]
    return (_alike(len(ours), len(theirs)) + _alike(*marked)) / 2


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _alike(one: int, other: int) -> float:
    return (1 + min(one, other)) / (1 + max(one, other))


def entities(pair: Pair) -> float:
    """The share kept of numbers, addresses, tags, mentions and placeholders; 1 without any."""
    ours, theirs = _entities(pair.original), _entities(pair.translation)
    return (ours & theirs).total() / ours.total() if ours else 1.0


def _entities(text: str) -> Counter[str]:
    found = Counter(_ENTITY.findall(text))
    found.update(map(_digits, _NUMBER.findall(_ENTITY.sub(" ", text))))
    return found


def _digits(number: str) -> str:
    """Free of what differs by country: separators, and the script of the figures."""
    return "".join(str(unicodedata.digit(digit)) for digit in number if digit.isdigit())


def boundaries(pair: Pair) -> float:
    """Whether it has as many sentences, and ends as a question or a call where the original does.

    One sentence more or less is usual, and counts little in a long text.
    """
    counts = [
        len(split(text, lambda _: True, language).segments)
        for text, language in ((pair.original, pair.source), (pair.translation, pair.target))
    ]
    alike = _alike(*counts)
    return alike if _ending(pair.original) == _ending(pair.translation) else 0.8 * alike


def _ending(text: str) -> str:
    end = text.rstrip(" \t\r\n\"'\u00bb\u201d\u2019)]")[-1:]
    return _LAST.get(end, "")


def not_copied(pair: Pair) -> float | None:
    """1 while words in common with the original are no more than usual; 0 for a mere copy.

    None: both in one language, or too few words to tell a name from a copy.
    """
    words = _words(pair.translation)
    if len(words) < _FEWEST_WORDS or (pair.source and pair.source == pair.target):
        return None
    known = frozenset(_words(pair.original))
    copied = sum(word in known for word in words) / len(words)
    return min(1.0, (1 - copied) / (1 - _USUAL_COPIES))


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def fluency(pair: Pair) -> float | None:
    """0 where it says one thing over and over and the original does not; less for signs of loss.

    Looks at the end of a long text, since that is where a loop goes on to. None: nothing printed.
    """
    pieces = _PIECE.findall(pair.translation)[-_MOST_PIECES:]
    if not pieces:
        return None
    if is_loop(pieces, _PIECE.findall(pair.original)[-_MOST_PIECES:]):
        return 0.0
    return max(0.0, 1 - 5 * len(_UNKNOWN.findall(pair.translation)) / len(pieces))


def in_target_script(pair: Pair) -> float | None:
    """The share of letters in the script of the target, words of the original left aside.

    None: no target, or no letter beside those.
    """
    language = find(pair.target) if pair.target else None
    if language is None:
        return None
    expected = _LETTERS_OF.get(language.script, {language.script})
    shares = scripts.shares("".join(_own_words(pair)))
    return sum(shares.get(name, 0.0) for name in expected) if shares else None


def _own_words(pair: Pair) -> Iterable[str]:
    known = frozenset(_WORD.findall(pair.original))
    return (word for word in _WORD.findall(pair.translation) if word not in known)
