"""CSV and TSV: cells of text are translated; delimiters, quotes and line ends stay as they are."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import regex

from common.files.document import (
    Document,
    FileOptions,
    FileRefusedError,
    Limits,
)
from common.files.encoding import decode
from common.files.prose import is_prose, markup_of
from common.files.spans import Span, SpannedDocument, has_letter

_DELIMITERS: Final = (",", ";", "\t", "|")
_QUOTE: Final = '"'
_SAMPLE_CHARS: Final = 64 * 1024
_SAMPLE_ROWS: Final = 200
_LONGEST_LABEL: Final = 40
_SENTENCE_ENDS: Final = (".", "!", "?", "\u2026")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell and where it stands, its quotes included."""

    start: int
    end: int
    text: str
    quoted: bool


Row = list[Cell]


def read(data: bytes, limits: Limits, options: FileOptions) -> Document:
    """Read a table; the delimiter is found out."""
    decoded = decode(data)
    delimiter = delimiter_of(decoded.text)
    rows = _bounded(rows_of(decoded.text, delimiter), 10 * limits.max_texts)
    has_header = _has_header(rows) if options.header is None else options.header
    header, body = (rows[0], rows[1:]) if rows and has_header else ([], rows)
    wanted = _named(options.columns, header) if options.columns else _prose_columns(body)
    takes = has_letter if options.columns else is_prose
    spans = [
        Span(cell.start, cell.end, cell.text, _writer(cell, delimiter), markup_of(cell.text))
        for row in body
        for column, cell in enumerate(row)
        if column in wanted and takes(cell.text)
    ]
    return SpannedDocument(decoded, spans)


def delimiter_of(content: str) -> str:
    """The one that cuts the first rows into most cells, as many in each; a comma if none does."""
    best, found = (0.0, 0), ","
    for delimiter in _DELIMITERS:
        rows = rows_of(content[:_SAMPLE_CHARS], delimiter)
        widths = [len(row) for row, _ in zip(rows, range(_SAMPLE_ROWS), strict=False)]
        if not widths:
            continue
        width, count = Counter(widths).most_common(1)[0]
        if width > 1 and (count / len(widths), width) > best:
            best, found = (count / len(widths), width), delimiter
    return found


def rows_of(content: str, delimiter: str) -> Iterator[Row]:
    """The rows that are not blank."""
    edge = regex.escape(delimiter)
    shape = regex.compile(rf'("(?:[^"]|"")*+"(?=[{edge}\r\n]|\Z))|([^{edge}\r\n]*+)')
    place, row = 0, list[Cell]()
    while place < len(content):
        found = _cell(shape, content, place)
        row.append(found)
        place = found.end
        if content.startswith(delimiter, place):
            place += 1
            if place == len(content):
                row.append(Cell(place, place, "", quoted=False))
            continue
        if len(row) > 1 or row[0].text:
            yield row
        row = []
        place += 2 if content.startswith("\r\n", place) else 1
    if row:
        yield row


def _cell(shape: "regex.Pattern[str]", content: str, place: int) -> Cell:
    match = shape.match(content, place)
    if match is None or match[1] is None:  # it always matches, be it nothing
        end = place if match is None else match.end()
        return Cell(place, end, content[place:end], quoted=False)
    return Cell(place, match.end(), match[1][1:-1].replace('""', _QUOTE), quoted=True)


def _bounded(rows: Iterator[Row], most: int) -> list[Row]:
    taken: list[Row] = []
    cells = 0
    for row in rows:
        cells += len(row)
        if cells > most:
            message = f"The table has more than {most} cells."
            raise FileRefusedError(message)
        taken.append(row)
    return taken


def _has_header(rows: Sequence[Row]) -> bool:
    """Whether the first row is one of labels above what is something else, in some column."""
    if not rows[1:] or not rows[0][1:]:
        return False
    labels = [cell.text.strip() for cell in rows[0]]
    if len(set(labels)) < len(labels) or not all(map(_is_label, labels)):
        return False
    below = rows[1:_SAMPLE_ROWS]
    return any(
        sum(len(row) > column and not _is_label(row[column].text.strip()) for row in below)
        > len(below) / 2
        for column in range(len(labels))
    )


def _is_label(text: str) -> bool:
    return has_letter(text) and len(text) <= _LONGEST_LABEL and not text.endswith(_SENTENCE_ENDS)


def _named(columns: Sequence[str], header: Row) -> set[int]:
    """By name in the header or by number from 1."""
    names = {cell.text.strip(): place for place, cell in reversed(list(enumerate(header)))}
    found: set[int] = set()
    for column in columns:
        if column in names:
            found.add(names[column])
        elif column.isascii() and column.isdigit() and int(column) > 0:
            found.add(int(column) - 1)
        else:
            message = "The table has no column of a name that was given."
            raise FileRefusedError(message)
    return found


def _prose_columns(rows: Sequence[Row]) -> set[int]:
    """Those most of whose cells with letters are prose."""
    lettered, prose = Counter[int](), Counter[int]()
    for row in rows[:_SAMPLE_ROWS]:
        for column, cell in enumerate(row):
            lettered[column] += has_letter(cell.text)
            prose[column] += is_prose(cell.text)
    return {column for column, count in prose.items() if count and 2 * count >= lettered[column]}


def _writer(cell: Cell, delimiter: str) -> Callable[[str], str]:
    return partial(_written, delimiter=delimiter, quoted=cell.quoted)


def _written(text: str, *, delimiter: str, quoted: bool) -> str:
    if quoted or any(mark in text for mark in (delimiter, _QUOTE, "\n", "\r")):
        return f'"{text.replace(_QUOTE, _QUOTE * 2)}"'
    return text
