"""A program of its own that reads a PDF from its input and writes its paragraphs, as JSON.

It imports nothing of ours, bounds its own memory and time, and says by its exit status what went
wrong.
"""

import json
import resource
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import zip_longest
from typing import Any, Final

ENCRYPTED: Final = 3
OVER_LIMIT: Final = 4
_SAME_LINE: Final = 0.4
"""Of the size: so far a superscript may be up or down."""
_NEXT_LINE: Final = 1.75
"""Times the size: what is further down is another paragraph."""
_SAME_SIZE: Final = 0.08
_SHORT, _VERY_SHORT = 0.75, 0.6
"""Shares of the longest line around: such a line with a full stop ends a paragraph; such a one
that another begins after with a capital does, too."""
_NARROW: Final = 30
"""Columns: lines of a block that has none of more are no prose, but of a table or an address."""
_HEADING, _SUBHEADING = 1.5, 1.15
"""Times the size that most of the text has."""
_MAX_HEADING: Final = 200
_BULLETS: Final = "\N{BULLET}\N{WHITE BULLET}\N{BLACK SMALL SQUARE}\N{EN DASH}*-"
_ENDS: Final = (".", "!", "?", ":", ";", "\u3002", "\uff01", "\uff1f", "\u2026", '"', ")", "\u201d")
_WIDE: Final = 0x2E80
"""From here on scripts are written without spaces between words."""


@dataclass(slots=True)
class Line:
    """A line as it stands on the page."""

    text: str
    y: float
    size: float


class Page:
    """Collects what a page shows, in the order in which it is drawn."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def draw(
        self,
        text: str,
        around: Sequence[float],
        matrix: Sequence[float],
        _font: object,
        size: float,
    ) -> None:
        """Called by pypdf for each piece of text."""
        y = matrix[4] * around[1] + matrix[5] * around[3] + around[5]
        height = abs(size * (matrix[3] or matrix[1]) * (around[3] or around[1])) or 1.0
        first, *others = text.split("\n")
        self._add(first, y, height, is_new=False)
        for piece in others:
            self._add(piece, y, height, is_new=True)

    def _add(self, piece: str, y: float, size: float, *, is_new: bool) -> None:
        if not piece.strip():  # its place is none: pypdf itself puts such between lines
            if self.lines and (piece or is_new):
                self.lines[-1].text += " "
            return
        last = self.lines[-1] if self.lines else None
        if last is None or is_new or abs(last.y - y) > _SAME_LINE * max(size, last.size):
            self.lines.append(Line(piece, y, size))
        else:
            last.text += piece


def paragraphs(lines: Sequence[Line], body: float) -> Iterator[tuple[str, int]]:
    """The lines joined, each with its level as a heading; 0 for none."""
    for block in blocks(lines):
        longest = max(width(line.text) for line in block)
        text = ""
        for line, following in zip_longest(block, block[1:]):
            text = joined(text, " ".join(line.text.split()))
            if following is None or is_over(line.text, following.text, longest):
                yield text, level(text, line.size / body)
                text = ""


def blocks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines of one size, each right under the other."""
    block: list[Line] = []
    for line in lines:
        if block and not is_next(block[-1], line):
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def is_next(line: Line, following: Line) -> bool:
    """Whether the two may be of one paragraph, by where they stand and how they begin."""
    down = line.y - following.y
    is_near = 0 < down <= _NEXT_LINE * max(line.size, following.size)
    is_alike = abs(line.size - following.size) <= _SAME_SIZE * line.size
    return is_near and is_alike and not is_item(following.text)


def is_over(text: str, following: str, longest: int) -> bool:
    """Whether a line of a block is the last of its paragraph."""
    text, following = text.strip(), following.strip()
    share = width(text) / longest
    if longest < _NARROW or (share < _SHORT and text.endswith(_ENDS)):
        return True
    return share < _VERY_SHORT and not following[:1].islower()


def width(text: str) -> int:
    """In columns, about."""
    return len(text) + sum(ord(char) >= _WIDE for char in text)


def is_item(text: str) -> bool:
    """Whether a line begins as an item of a list does."""
    start, _, rest = text.strip().partition(" ")
    if not rest:
        return False
    number = start.rstrip(".)")
    return start in _BULLETS or (number != start and len(number) <= 3 and number.isalnum())  # noqa: PLR2004


def joined(text: str, line: str) -> str:
    """Two lines of a paragraph as one; a word that was broken is whole again."""
    if not text or not line:
        return text or line
    if text.endswith(("-", "\N{SOFT HYPHEN}")) and text[-2:-1].isalpha() and line[0].islower():
        return text[:-1] + line
    is_wide = ord(text[-1]) >= _WIDE and ord(line[0]) >= _WIDE
    return text + line if is_wide else f"{text} {line}"


def level(text: str, share: float) -> int:
    """Of a heading, by its size as a share of the body's."""
    if share < _SUBHEADING or len(text) > _MAX_HEADING:
        return 0
    return 1 if share >= _HEADING else 2


def body_size(pages: Sequence[Page]) -> float:
    """The size that most of the text has."""
    counts = Counter[float]()
    for page in pages:
        for line in page.lines:
            counts[round(line.size, 1)] += len(line.text)
    return max(counts, key=counts.__getitem__, default=1.0) or 1.0


def read_pages(data: bytes, max_pages: int, max_chars: int) -> list[Page]:
    """All that the PDF's pages show; exits where it is protected, or over a limit."""
    from pypdf import PdfReader  # noqa: PLC0415 - who calls this program needs its numbers only
    from pypdf.errors import LimitReachedError  # noqa: PLC0415 - the same

    reader = PdfReader(BytesIO(data))
    if reader.is_encrypted:
        sys.exit(ENCRYPTED)
    if len(reader.pages) > max_pages:
        sys.exit(OVER_LIMIT)
    pages: list[Page] = []
    for source in reader.pages:
        page = Page()
        try:
            source.extract_text(visitor_text=page.draw)
        except LimitReachedError:
            sys.exit(OVER_LIMIT)
        pages.append(page)
        max_chars -= sum(len(line.text) for line in page.lines)
        if max_chars < 0:
            sys.exit(OVER_LIMIT)
    return pages


def bound(memory: int, seconds: int) -> None:
    """Keep this process from taking more; it writes no file."""
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for kind, limit in limits.items():
        _, highest = resource.getrlimit(kind)  # one that is lower already cannot be raised
        allowed = limit if highest == resource.RLIM_INFINITY else min(limit, highest)
        resource.setrlimit(kind, (allowed, allowed))


def main(arguments: Sequence[str]) -> None:
    """Read, and write a list of paragraphs: text, level, number of the page."""
    memory, seconds, max_pages, max_chars = map(int, arguments)
    bound(memory, seconds)
    try:
        pages = read_pages(sys.stdin.buffer.read(), max_pages, max_chars)
        body = body_size(pages)
        found: list[Any] = [
            (text, heading, number)
            for number, page in enumerate(pages)
            for text, heading in paragraphs(page.lines, body)
        ]
    except MemoryError:
        sys.exit(OVER_LIMIT)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
