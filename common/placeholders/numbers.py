"""Numbers of a text and whether another has them, written its own way; nothing of other spans.

A number is compared by its digits: `1,000.5` may become `1.000,5`, and Arabic digits Latin ones.
One digit is not missed where it is gone: most languages spell small numbers out, and telling that
from a loss would need each one's numerals. Two or more digits are seldom spelled out, and a wrong
year, amount or dose is worse than a second look at a word.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import regex

_NUMBER = regex.compile(
    # Spaces only between groups of three, or two numbers beside each other would be one.
    r"(?<![\d:])\d{1,2}:\d\d(?::\d\d)?(?![\d:])"
    r"|(?<!\d)\d{1,3}(?:[ \u00a0\u202f]\d{3})++(?:[.,]\d++)?(?!\d)"
    r"|\d++(?:[.,'\u2019\u00b7\u066b\u066c]\d++)*+"
)
_DIGITS = regex.compile(r"\d++")
_CLOCK = regex.compile(r"\s?[ap]\.?m\b", flags=regex.IGNORECASE)
_ROMAN = (
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
)
_CLOCK_CHARS = 5
_NOON, _MIDNIGHT = 12, 24
_LEAST_DIGITS = 2
_ONE_DIGIT = 10
# More zeros than these may be a word: 1,000,000 is a million.
_ZEROS_OF_A_WORD = 3
_YEAR_DIGITS = 4
_LONGEST_GROUPED = 40


@dataclass(frozen=True, slots=True)
class Number:
    """A number and where it stands."""

    start: int
    end: int
    digits: str
    """ASCII ones, nothing between them."""
    of_clock: bool = False
    """Whether `am` or `pm` follows it."""
    time: tuple[str, ...] = ()
    """Of a time (`9:30`) its parts."""


def find(text: str) -> list[Number]:
    """The numbers of a text, in their order."""
    if not _DIGITS.search(text):
        return []
    return [_number(match, text) for match in _NUMBER.finditer(text)]


def _number(match: "regex.Match[str]", text: str) -> Number:
    start, end = match.span()
    written = match.group()
    time = tuple(map(digits_of, written.split(":"))) if ":" in written else ()
    of_clock = not time and bool(_CLOCK.match(text, end, end + _CLOCK_CHARS))
    return Number(start, end, digits_of(written), of_clock, time)


def digits_of(text: str) -> str:
    """Its digits as ASCII ones, without what stands between them."""
    if text.isascii():
        return "".join(filter(str.isdigit, text))
    return "".join(str(unicodedata.decimal(c)) for c in text if c.isdecimal())


def lost(source: Sequence[Number], output: str) -> list[Number]:
    """The numbers that `output` does not have, nor anything that may stand for them."""
    wanted = [number for number in source if len(number.digits.lstrip("0")) >= _LEAST_DIGITS]
    if not wanted:
        return []
    found = _Found(output)
    return [
        number
        for number in wanted
        if not found.take(number.digits) and not found.may_stand_for(number)
    ]


def added(source: Iterable[Number], output: str) -> list[str]:
    """The digits of numbers of more than one that only `output` has."""
    known = Counter(number.digits for number in source)
    whole = "".join(known.elements())
    found = (number.digits for number in find(output))
    return [one for one in found if len(one) >= _LEAST_DIGITS and one not in whole]


class _Found:
    """What digits a translation has; each number is there for one of the source."""

    def __init__(self, output: str) -> None:
        self._output = output
        self._numbers = Counter(number.digits for number in find(output))
        self._row = [digits_of(match.group()) for match in _DIGITS.finditer(output)]
        self._parts = Counter(self._row)

    def take(self, digits: str) -> bool:
        if self._numbers[digits]:
            self._numbers[digits] -= 1
            return True
        return False

    def may_stand_for(self, number: Number) -> bool:
        """Another spelling: grouped otherwise, a word for zeros, a decade, a century, a clock."""
        digits = number.digits
        # Taken already, the same number again: a loss of one of two.
        if digits in self._parts and digits in self._numbers:
            return False
        if number.time:
            return self._has_time(*number.time)
        return (
            self._has_grouped(digits)
            or self._has_padded(digits)
            or self._has_without_zeros(digits)
            or (len(digits) == _YEAR_DIGITS and self._has_decade(digits))
            or (len(digits) == _LEAST_DIGITS and self._has_of_two(number))
        )

    def _has_grouped(self, digits: str) -> bool:
        """Whether neighbours make the number together: `2 500`, `2.5`."""
        for start in range(len(self._row) if len(digits) <= _LONGEST_GROUPED else 0):
            rest = digits
            for part in self._row[start:]:
                if not rest.startswith(part):
                    break
                rest = rest.removeprefix(part)
                if not rest:
                    return True
        return False

    def _has_time(self, hour: str, *others: str) -> bool:
        """Whether it has each part, the hour counted from midnight or from noon."""
        value = int(hour)
        hours = {hour, str(value), f"{value:02}", str((value + _NOON) % _MIDNIGHT)}
        is_there = value < _ONE_DIGIT or not hours.isdisjoint(self._parts)
        return is_there and all(one in self._parts or not int(one) for one in others)

    def _has_padded(self, digits: str) -> bool:
        return digits.lstrip("0") in self._parts or f"0{digits}" in self._parts

    def _has_without_zeros(self, digits: str) -> bool:
        bare = digits.rstrip("0")
        if len(digits) - len(bare) < _ZEROS_OF_A_WORD:
            return False
        # With other zeros it is another number, and no word.
        if any(other != bare and other.rstrip("0") == bare for other in self._numbers):
            return False
        return len(bare) < _LEAST_DIGITS or bare in self._parts or self._has_grouped(bare)

    def _has_decade(self, digits: str) -> bool:
        return digits.endswith("0") and digits[2:] in self._parts

    def _has_of_two(self, number: Number) -> bool:
        value = int(number.digits)
        if number.of_clock and str((value + _NOON) % _MIDNIGHT) in self._parts:
            return True
        if _NOON < value < _MIDNIGHT and str(value - _NOON) in self._parts:
            return True
        return bool(regex.search(rf"\b{roman(value)}", self._output))


def roman(value: int) -> str:
    """In Roman numerals; from 1 to 399."""
    written = ""
    for size, numeral in _ROMAN:
        written += numeral * (value // size)
        value %= size
    return written
