"""Plain text: paragraphs, taken together to pieces of a size that one request answers in time."""

from collections.abc import Iterator
from typing import Final

import regex

from common.files.document import Document, FileOptions, Limits
from common.files.encoding import decode
from common.files.spans import Span, SpannedDocument, as_it_is, has_letter
from common.segmentation import split

_ENOUGH: Final = 1000
"""Characters after which a piece ends with its paragraph."""
_MUCH: Final = 2000
"""Characters after which it ends with its line."""
_LINE: Final = regex.compile(r"[^\n]*+\n|[^\n]++")


def read(data: bytes, limits: Limits, options: FileOptions) -> Document:
    """Read a text file."""
    del limits, options
    decoded = decode(data)
    return SpannedDocument(decoded, list(_spans(decoded.text)))


def _spans(content: str) -> Iterator[Span]:
    crlf = content.count("\r\n")
    dos = crlf > 0 and crlf == content.count("\n")
    for start, end in pieces(content):
        text = content[start:end]
        if not has_letter(text):
            continue
        if dos:
            yield Span(start, end, text.replace("\r\n", "\n"), _with_dos_ends)
        else:
            yield Span(start, end, text, as_it_is)


def _with_dos_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def pieces(content: str) -> Iterator[tuple[int, int]]:
    """Where each begins and ends; what is between them is white space."""
    start: int | None = None
    end = 0
    for first, last in _lines(content):
        line = content[first:last]
        stripped = line.strip()
        if not stripped:
            if start is not None and end - start >= _ENOUGH:
                yield start, end
                start = None
            continue
        if start is None:
            start = first + len(line) - len(line.lstrip())
        end = first + len(line.rstrip())
        if end - start >= _MUCH:
            yield start, end
            start = None
    if start is not None:
        yield start, end


def _lines(content: str) -> Iterator[tuple[int, int]]:
    for match in _LINE.finditer(content):
        first, last = match.span()
        if last - first <= 2 * _MUCH:
            yield first, last
            continue
        segmented = split(match[0], lambda part: len(part) <= _MUCH)
        for gap, segment in zip(segmented.gaps, segmented.segments, strict=False):
            # A gap belongs to what follows, the last to what is before.
            yield first, (first := first + len(gap) + len(segment))
        yield first, last
