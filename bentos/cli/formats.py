"""How the command line writes and reads quantities; knows nothing of models."""

import re
from datetime import datetime
from typing import Any, Final

import click
from typing_extensions import override

UNKNOWN: Final = "-"

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_BINARY = {"k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt])(i?)b?", re.IGNORECASE)

_NEXT_UNIT: Final = 999.5
_ROUNDED_UP: Final = (9.995, 99.95)
"""From here on a number has one digit less behind the point."""


class Size(click.ParamType[int]):
    """Bytes, written with a unit: a bare number would be bytes to one and GB to another."""

    name = "size"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = _SIZE.fullmatch(str(value).strip())
        units = _BINARY if found and found[3] else _UNITS
        size = int(float(found[1]) * units[found[2].lower()]) if found else 0
        if size <= 0:
            self.fail(f"{value!r} is not a size like 8GB, 512MB or 7.5GiB.", param, ctx)
        return size


SIZE: Final = Size()


def size(number: int | None) -> str:
    """As 4.92 GB or 618 MB."""
    if number is None:
        return UNKNOWN
    return _scaled(number, (" B", " kB", " MB", " GB", " TB"), fine=3)


def count(number: int) -> str:
    """As 8.03B, of parameters or tokens."""
    return _scaled(number, ("", "k", "M", "B", "T"), fine=1)


def _scaled(number: int, units: tuple[str, ...], fine: int) -> str:
    """Three digits, but no fractions of units before the one at `fine`."""
    value, unit = float(number), 0
    while value >= _NEXT_UNIT and unit < len(units) - 1:
        value, unit = value / 1000, unit + 1
    digits = sum(value < limit for limit in _ROUNDED_UP) if unit >= fine else 0
    return f"{value:.{digits}f}{units[unit]}"


def duration(milliseconds: float | None) -> str:
    """As 85 ms or 1.24 s."""
    if milliseconds is None:
        return UNKNOWN
    for below, form in ((9.95, ".1f"), (999.5, ".0f")):
        if milliseconds < below:
            return f"{milliseconds:{form}} ms"
    seconds = milliseconds / 1000
    return f"{seconds:.2f} s" if seconds < _ROUNDED_UP[0] else f"{seconds:.0f} s"


def share(rate: float | None) -> str:
    """In percent; 100 % only where nothing failed."""
    if rate is None:
        return UNKNOWN
    percent = 100 * rate
    return f"{percent:.0f} %" if percent == round(percent) else f"{min(percent, 99.9):.1f} %"


def moment(when: datetime | None) -> str:
    """To the minute, in this machine's time zone."""
    return UNKNOWN if when is None else when.astimezone().strftime("%Y-%m-%d %H:%M")


def printable(text: str) -> str:
    """Without what would move a terminal's cursor: some texts are of a server we do not know."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
