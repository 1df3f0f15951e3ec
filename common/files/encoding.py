"""In which encoding a text file is written, and how it is written again; not what it says."""

import codecs
import re
from dataclasses import dataclass
from typing import Final

from common.files.document import FileDamagedError, FileRefusedError

# UTF-32's mark begins with UTF-16's.
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UTF8: Final = "utf-8"
# What says in ASCII that it is one of the first is not; the others are no encodings of documents,
# and of some the time that they take grows with the square of the length.
_NEVER: Final = ("utf-16", "utf-32", "utf-7", "punycode", "idna", "unicode", "raw-unicode")
_NEVER_GUESSED: Final = [
    "utf_16",
    "utf_16_be",
    "utf_16_le",
    "utf_32",
    "utf_32_be",
    "utf_32_le",
    "utf_7",
]
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f\x7f]")
_UNKNOWN: Final = "The file's encoding cannot be told; save it as UTF-8."


@dataclass(frozen=True, slots=True)
class Encoding:
    """Of one file."""

    name: str = _UTF8
    mark: bytes = b""
    """The byte order mark that it begins with."""

    def encode(self, text: str, errors: str = "strict") -> bytes:
        """In UTF-8 where this one has no place for some character, unless `errors` finds one."""
        try:
            return self.encode_strictly(text, errors)
        except UnicodeEncodeError:
            return text.encode(_UTF8)

    def encode_strictly(self, text: str, errors: str = "strict") -> bytes:
        """In this encoding, or `UnicodeEncodeError`."""
        return self.mark + text.encode(self.name, errors)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text, which `encoding` gives back byte for byte."""

    text: str
    encoding: Encoding


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """By its byte order mark, as `declared`, as UTF-8, or by what its bytes look like.

    Raises:
        FileRefusedError: It is no text, or in an encoding that cannot be told.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _strictly(data, Encoding(name, mark))
    if b"\0" in data:
        message = "The file is not text, or in UTF-16 without a byte order mark."
        raise FileRefusedError(message)
    if declared is not None and _is_of_no_document(declared):
        declared = None
    for tried in filter(None, (declared, _UTF8)):
        if (found := _tried(data, tried)) is not None:
            return found
    return _guessed(data)


def _strictly(data: bytes, encoding: Encoding) -> Decoded:
    try:
        text = data[len(encoding.mark) :].decode(encoding.name)
    except UnicodeDecodeError:
        message = f"The file begins as {encoding.name.upper()} and is not that throughout."
        raise FileDamagedError(message) from None
    return Decoded(text, encoding)


def _is_of_no_document(name: str) -> bool:
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return True
    return found.replace("_", "-").startswith(_NEVER)


def _tried(data: bytes, name: str) -> Decoded | None:
    """None where that is not its encoding, or one that would not give the same bytes again."""
    try:
        text = data.decode(name)
        same = text.encode(name) == data
    except (UnicodeError, LookupError):
        return None
    return Decoded(text, Encoding(name)) if same else None


def _guessed(data: bytes) -> Decoded:
    from charset_normalizer import from_bytes  # noqa: PLC0415 - 45 ms, and most files are UTF-8

    best = from_bytes(data, cp_exclusion=_NEVER_GUESSED).best()
    found = None if best is None else _tried(data, best.encoding)
    if found is None or _CONTROL.search(found.text):
        raise FileRefusedError(_UNKNOWN)
    return found
