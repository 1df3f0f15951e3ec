"""Java's properties: values for people are translated; keys, comments and line ends stay.

In a value with arguments as `{0}` an apostrophe is written twice, as `MessageFormat` has it.
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

import regex

from common.files.document import Document, FileOptions, Limits
from common.files.encoding import decode
from common.files.prose import is_prose, markup_of
from common.files.spans import Span, SpannedDocument

# A logical line: its key, what parts it from the value, and the value with all its continuations.
_LINE: Final = regex.compile(
    r"[ \t\f]*+(?:[#!][^\r\n]*+"
    r"|(?:[^\\\s=:]|\\(?:\r\n|[^\0]))++(?:[ \t\f]*+[=:])?+[ \t\f]*+"
    r"(?P<value>(?:[^\\\r\n]|\\(?:\r\n|[^\0]))*+)\\?+)?+(?:\r\n|\r|\n|\Z)|[^\r\n]*+(?:\r\n|\r|\n)"
)
_CONTINUED: Final = regex.compile(r"\\(?:\r\n|\r|\n)[ \t\f]*+")
_ESCAPE: Final = regex.compile(r"\\(?:u([0-9a-fA-F]{4})|([^\0]))")
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "f": "\f"}
_WRITTEN: Final = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f"})
_ARGUMENT: Final = regex.compile(r"\{\d")


def read(data: bytes, limits: Limits, options: FileOptions) -> Document:
    """Read a file of properties, in UTF-8 or with escapes for all that is not ASCII."""
    del limits, options
    decoded = decode(data)
    only_ascii = decoded.text.isascii() and "\\u" in decoded.text
    return SpannedDocument(decoded, list(_spans(decoded.text, only_ascii=only_ascii)))


def _spans(content: str, *, only_ascii: bool) -> Iterator[Span]:
    place = 0
    while place < len(content):
        line = _LINE.match(content, place)
        if line is None or line.end() == place:
            return
        place = line.end()
        raw = line["value"]
        if not raw:
            continue
        text = _read(raw)
        has_arguments = _ARGUMENT.search(text) is not None
        text = text.replace("''", "'") if has_arguments else text
        if is_prose(text) and not any("\ud800" <= one <= "\udfff" for one in text):
            write = partial(_written, only_ascii=only_ascii, doubled=has_arguments)
            yield Span(*line.span("value"), text, write, markup_of(text))


def _read(raw: str) -> str:
    text = _ESCAPE.sub(_character, _CONTINUED.sub("", raw))
    try:  # two escapes may be one character
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        return text


def _character(escape: "regex.Match[str]") -> str:
    if escape[1]:
        return chr(int(escape[1], 16))
    return _ESCAPES.get(escape[2], escape[2])


def _written(text: str, *, only_ascii: bool, doubled: bool) -> str:
    if doubled:
        text = text.replace("'", "''")
    text = text.translate(_WRITTEN)
    if text.startswith(" "):
        text = f"\\{text}"
    if not only_ascii:
        return text
    return "".join(one if one.isascii() else _escaped(one) for one in text)


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))
