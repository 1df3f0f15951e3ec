"""JSON: its string values are translated; keys, numbers, order and white space stay as they are.

Also JSON by lines. Keys that begin with `@` say something about others (ARB, JSON-LD): what is
below them stays.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import regex

from common.files.document import (
    Document,
    FileDamagedError,
    FileOptions,
    FileRefusedError,
    FileTooLargeError,
    Limits,
)
from common.files.encoding import decode
from common.files.prose import is_prose, markup_of
from common.files.spans import Span, SpannedDocument, has_letter

# A string that does not end is one to the end: it is not looked for again from its next quote.
_TOKEN: Final = regex.compile(r'"(?:[^"\\]|\\.)*+"?+|[{}\[\],:]|[^\s{}\[\],:"]++', regex.DOTALL)
_TOKENS_A_TEXT: Final = 40
"""Of a file with as many texts as it may have."""
_META: Final = "@"
_ANY, _DEEP = "*", "**"

Path = tuple[str, ...]
Wanted = Callable[[Path, str], bool]


def read(data: bytes, limits: Limits, options: FileOptions) -> Document:
    """Read a file of one JSON value, or of one a line."""
    decoded = decode(data)
    content = decoded.text
    _check_bounds(content, limits)
    _check(content)
    write = _escaped if content.isascii() and "\\u" in content else _plain
    wanted = _by_paths(options.paths) if options.paths else _by_form
    spans = [
        Span(start, end, text, write, markup_of(text))
        for start, end, path, text in _strings(content)
        if not _has_surrogate(text) and wanted(path, text)
    ]
    return SpannedDocument(decoded, spans)


def _check_bounds(content: str, limits: Limits) -> None:
    depth, most = 0, _TOKENS_A_TEXT * limits.max_texts
    for count, match in enumerate(_TOKEN.finditer(content)):
        depth += (match[0] in "{[") - (match[0] in "}]")
        if depth > limits.max_depth:
            message = f"The file's values are nested deeper than {limits.max_depth}."
            raise FileRefusedError(message)
        if count > most:
            message = "The file holds too many values."
            raise FileTooLargeError(message)


def _check(content: str) -> None:
    """One value, or one a line."""
    if not content.strip() or _is_value(content):
        return
    if not all(_is_value(line) for line in content.split("\n") if line.strip()):
        message = "The file is not valid JSON."
        raise FileDamagedError(message)


def _is_value(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@dataclass(slots=True)
class _Container:
    """An object or an array that has not ended."""

    is_object: bool
    key: str = ""
    index: int = 0
    is_key_next: bool = field(default=True)

    @property
    def step(self) -> str:
        return self.key if self.is_object else str(self.index)


def _strings(content: str) -> Iterator[tuple[int, int, Path, str]]:
    """Where each string value stands, how one gets there, and what it says; of valid JSON."""
    stack: list[_Container] = []
    for match in _TOKEN.finditer(content):
        sign = match[0]
        inner = stack[-1] if stack else None
        if sign in "{[":
            stack.append(_Container(sign == "{"))
        elif sign in "}]":
            stack.pop()
        elif sign == "," and inner is not None:
            inner.index, inner.is_key_next = inner.index + 1, True
        elif sign.startswith('"'):
            text: str = json.loads(sign)
            if inner is not None and inner.is_object and inner.is_key_next:
                inner.key, inner.is_key_next = text, False
            else:
                yield match.start(), match.end(), tuple(one.step for one in stack), text


def _by_form(path: Path, text: str) -> bool:
    return not any(step.startswith(_META) for step in path) and is_prose(text)


def _by_paths(paths: Sequence[str]) -> Wanted:
    patterns = [tuple(path.split(".")) for path in paths]
    return lambda path, text: has_letter(text) and any(_fits(one, path) for one in patterns)


def _fits(pattern: Path, path: Path) -> bool:
    """Whether a path is of a pattern: `*` is any step, `**` any number of them."""
    places = {0}
    for step in path:
        places = _closed(pattern, places)
        places = {
            place if pattern[place] == _DEEP else place + 1
            for place in places
            if place < len(pattern) and pattern[place] in (step, _ANY, _DEEP)
        }
    return len(pattern) in _closed(pattern, places)


def _closed(pattern: Path, places: set[int]) -> set[int]:
    """With those that are reached because `**` may be nothing."""
    reached = set(places)
    for place in range(len(pattern)):
        if place in reached and pattern[place] == _DEEP:
            reached.add(place + 1)
    return reached


def _plain(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _escaped(text: str) -> str:
    return json.dumps(text)


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
