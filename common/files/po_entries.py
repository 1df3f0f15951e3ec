"""Reads a PO file's entries and where they stand; changes and translates nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import regex

from common.files.document import FileDamagedError

_LINE: Final = regex.compile(r"[^\n]*+\n|[^\n]++")
_FIELD: Final = regex.compile(r'\s*+(msgctxt|msgid_plural|msgid|msgstr(?:\[(\d)\])?)\s*+(".*")\s*+')
_MORE: Final = regex.compile(r'\s*+(".*")\s*+')
_ESCAPE: Final = regex.compile(r"\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)")
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_WRITTEN: Final = str.maketrans(
    {
        **{chr(code): f"\\{code:03o}" for code in (*range(32), 127)},
        **{plain: f"\\{code}" for code, plain in _ESCAPES.items()},
        "\\": "\\\\",
        '"': '\\"',
    }
)


@dataclass(slots=True)
class Field:
    """A keyword's string and the whole lines that it takes."""

    start: int
    end: int
    raw: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(map(_unescaped, self.raw))


@dataclass(slots=True)
class Entry:
    """One message, with its comments."""

    start: int
    """Where its first line begins."""
    flags: tuple[int, int] | None = None
    """Where the line of its flags stands."""
    flag_names: list[str] = field(default_factory=list)
    previous: list[tuple[int, int]] = field(default_factory=list)
    """Lines that say what the message was when it was translated."""
    fields: dict[str, Field] = field(default_factory=dict)
    """By keyword; a plain `msgstr` is `msgstr[0]`."""
    is_plain: bool = True

    @property
    def message_start(self) -> int:
        """Where its comments end."""
        return min(one.start for one in self.fields.values())

    @property
    def id(self) -> str:
        return self.fields["msgid"].text

    @property
    def strings(self) -> list[Field]:
        return [one for key, one in sorted(self.fields.items()) if key.startswith("msgstr")]


def entries(content: str) -> Iterator[Entry]:
    """In order; obsolete ones are comments.

    Raises:
        FileDamagedError: It is no PO file.
    """
    entry: Entry | None = None
    current: Field | None = None
    for line in _LINE.finditer(content):
        text, start, end = line[0], line.start(), line.end()
        found = _FIELD.fullmatch(text)
        more = None if found else _MORE.fullmatch(text)
        if more is not None and current is not None:
            current.raw.append(more[1][1:-1])
            current.end = end
            continue
        is_comment = text.lstrip().startswith("#")
        if found is None and not is_comment and text.strip():
            message = "The file is not in gettext's PO format."
            raise FileDamagedError(message)
        if entry is not None and entry.strings and (found is None or _begins(found[1])):
            yield _whole(entry)
            entry = None
        current = None
        if entry is None:
            entry = Entry(start)
        if is_comment:
            _comment(entry, text, (start, end))
        elif found is not None:
            current = _add(entry, found, start, end)
        elif not entry.fields:  # a blank line apart from any message
            entry = None
    if entry is not None and entry.fields:
        yield _whole(entry)


def _begins(keyword: str) -> bool:
    return keyword in {"msgctxt", "msgid"}


def _comment(entry: Entry, text: str, place: tuple[int, int]) -> None:
    if text.startswith("#,"):
        entry.flags = place
        entry.flag_names = [name.strip() for name in text[2:].split(",") if name.strip()]
    elif text.startswith("#|"):
        entry.previous.append(place)


def _add(entry: Entry, found: "regex.Match[str]", start: int, end: int) -> Field:
    keyword, form, raw = found[1], found[2], found[3]
    if keyword.startswith("msgstr"):
        entry.is_plain = form is None
        keyword = f"msgstr[{form or 0}]"
    if keyword in entry.fields:
        message = "The PO file has a message that says something twice."
        raise FileDamagedError(message)
    entry.fields[keyword] = Field(start, end, [raw[1:-1]])
    return entry.fields[keyword]


def _whole(entry: Entry) -> Entry:
    if "msgid" not in entry.fields or not entry.strings:
        message = "The PO file has a message without msgid or msgstr."
        raise FileDamagedError(message)
    return entry


def _unescaped(raw: str) -> str:
    return _ESCAPE.sub(_character, raw)


def _character(escape: "regex.Match[str]") -> str:
    code: str = escape[1]
    if code[0] == "x" and len(code) > 1:
        return chr(int(code[1:], 16))
    if code[0] in "01234567":
        return chr(int(code, 8))
    return _ESCAPES.get(code, code)


def quoted(text: str, end: str = "\n") -> str:
    """As a PO file writes it: a line for each line, the first blank where there are several."""
    lines = [_escaped(line[0]) for line in _LINE.finditer(text)] or [""]
    if len(lines) > 1:
        lines.insert(0, "")
    return end.join(f'"{line}"' for line in lines)


def _escaped(text: str) -> str:
    return text.translate(_WRITTEN)
