"""Cuts a text into lines or shares at its words; of subtitles it knows nothing."""

import unicodedata
from collections.abc import Sequence
from math import ceil
from typing import Final

import regex

# Tags are not cut; between letters of scripts without spaces a line may end.
_PLACES: Final = regex.compile(
    r"<[^<>]*+>|\s++|(?<=[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\u3000-\u303f\uff00-\uff60])"
    r"(?=[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}])"
)
_STOPS: Final = frozenset(",.;:!?\u2026\u3001\u3002\uff0c\uff01\uff1f\u060c\u061b\u061f\u2014")
_WORTH: Final = 8
"""Characters that it may be off its place to end behind a comma."""


def width_of(text: str) -> int:
    """In columns: a letter of Chinese, Japanese or Korean takes two, a tag none."""
    bare = regex.sub(r"<[^<>]*+>", "", text)
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in bare)


def wrapped(text: str, lines: int, width: int) -> list[str]:
    """In lines of about one length, none wider than `width` unless a word is; `lines` as a rule."""
    taken = width_of(text)
    wanted = max(ceil(taken / width), lines if taken > width else 1)
    return shares(text, [1] * wanted)


def shares(text: str, weights: Sequence[int]) -> list[str]:
    """As many pieces as there are weights, and about as long; the last may be empty."""
    places = [match.span() for match in _PLACES.finditer(text) if not match[0].startswith("<")]
    pieces: list[str] = []
    done, behind = 0, sum(weights)
    for weight in weights[:-1]:
        places = [place for place in places if place[0] > done]
        if not places:
            break
        ideal = done + (len(text) - done) * weight / behind
        cut = min(places, key=lambda place: _distance(text, place, ideal))
        pieces.append(text[done : cut[0]].strip())
        done, behind = cut[1], behind - weight
    pieces.append(text[done:].strip())
    return pieces + [""] * (len(weights) - len(pieces))


def _distance(text: str, place: tuple[int, int], ideal: float) -> float:
    return abs(place[0] - ideal) - (_WORTH if text[place[0] - 1] in _STOPS else 0)
