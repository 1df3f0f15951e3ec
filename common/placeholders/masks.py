"""Hides stretches of a text behind numbers that a model copies, and puts others in their place.

Numbers, because both embedded models copy them and next to nothing else. Of 45 sentences in three
languages so many came back with each mask exactly once (NLLB's demo / Aya's): four digits 81/84 of
90, three 79/79, two 83/72, five 30/45 of 45, names of people 38/39, of cities 31/28, `"1"` 8/5,
`AAA` 6/0, and `⟦1⟧`, `<1>`, `{1}`, `X1X`, `_1_` never.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from common.placeholders.numbers import digits_of

_MASKS = (
    *("8473", "6925", "7364", "2583", "3692", "9148", "5731", "4829", "6157", "7286"),
    *("3964", "8517", "9632", "4358", "7641", "5294", "2867", "6439", "9375", "3148"),
)
# In place of a number one as long: `20th` and `in 2019` stay what they are.
_NUMBERS = {
    2: ("37", "52", "84", "73", "68", "46", "29", "95"),
    3: ("417", "528", "639", "724", "863", "591", "746", "952"),
}
MOST = 8
"""More numbers in one segment do not come back in their places."""

# Beside letters of these scripts a number needs no space to be one.
_WORD = regex.compile(r"(?![\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}])[\p{L}\p{M}\p{N}]")
_DECIMAL = regex.compile(r"(?![0-9])\p{Nd}")
# Four digits as a language may group them, or fewer.
_NUMBER = regex.compile(r"(?<!\d)(?:\d[.,'\u2019\u00a0\u202f ]?\d{3}|\d{2,3})(?!\d)")


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch of a text, and what its translation has there."""

    start: int
    end: int
    filling: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class _Mask:
    filling: str
    before: bool
    """Whether the space before it is none of the text's."""
    after: bool


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with numbers for what was hidden."""

    text: str
    masks: dict[str, _Mask]

    def filled(self, output: str) -> str:
        """The translation with each number replaced, wherever it stands."""
        parts, end = [], 0
        for match in _NUMBER.finditer(_ascii(output)):
            mask = self.masks.get(digits_of(match.group()))
            if mask is None:
                continue
            start, stop = match.span()
            start -= mask.before and output[max(end, start - 1) : start].isspace()
            stop += mask.after and output[stop : stop + 1].isspace()
            parts += [output[end:start], mask.filling]
            end = stop
        return "".join((*parts, output[end:]))


def mask(text: str, holes: Sequence[Hole]) -> Masked | None:
    """The text with its holes hidden; None: there are too many for a model to bring back.

    `holes` are in order and do not overlap; what touches goes behind one number.
    """
    merged = _merged(holes)
    if not 0 < len(merged) <= MOST:
        return None
    digits = digits_of(text)
    masks: dict[str, _Mask] = {}
    parts, end = [], 0
    for hole in merged:
        written = text[hole.start : hole.end]
        size = len(written) if hole.is_number and written.isdecimal() else 0
        pool = (*_NUMBERS.get(size, ()), *_MASKS)
        number = next((one for one in pool if one not in digits and one not in masks), None)
        if number is None:
            return None
        before = not size and hole.start > 0 and bool(_WORD.match(text, hole.start - 1))
        after = not size and bool(_WORD.match(text, hole.end))
        parts += [text[end : hole.start], " " * before, number, " " * after]
        masks[number] = _Mask(hole.filling, before, after)
        end = hole.end
    return Masked("".join((*parts, text[end:])), masks)


def _merged(holes: Sequence[Hole]) -> list[Hole]:
    merged: list[Hole] = []
    for hole in holes:
        if merged and merged[-1].end == hole.start:
            last = merged.pop()
            merged.append(Hole(last.start, hole.end, last.filling + hole.filling))
        else:
            merged.append(hole)
    return merged


def _ascii(text: str) -> str:
    """With ASCII digits, each where it was."""
    return text if text.isascii() else _DECIMAL.sub(lambda one: digits_of(one.group()), text)
