"""What every kind of file is to translation: texts out, translations in; of no kind in particular.

A format is a module with `read(data, limits, options) -> Document`, named in `registry.FORMATS`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Markup = Literal["text", "html", "xml", "markdown"]


class FileRefusedError(ValueError):
    """A file that is not taken: of an unknown kind, too large, or with what could do harm.

    The reason is in English, for the caller, and quotes nothing of the file.
    """


class FileTooLargeError(FileRefusedError):
    """A file over one of the limits, packed or unpacked."""


class FileDamagedError(FileRefusedError):
    """A file that is not what its name says, or that ends too soon."""


@dataclass(frozen=True, slots=True)
class FileText:
    """One text of a file, to be translated by itself."""

    text: str
    format: Markup = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a file may cost before it is refused."""

    max_bytes: int = 10 * 1024 * 1024
    """Of the file as it is sent."""
    max_unpacked_bytes: int = 100 * 1024 * 1024
    """Of all that an archive holds together, counted while it is read."""
    max_parts: int = 10_000
    """Entries of an archive, pages, or sheets."""
    max_depth: int = 200
    """Of elements, or of values, within each other."""
    max_texts: int = 50_000
    max_chars: int = 1_000_000
    """Of all texts together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOptions:
    """What a caller may say about how a file is read; a format ignores what is not its own."""

    paths: tuple[str, ...] = ()
    """Of values in JSON, as `items.*.title`; none: every string."""
    columns: tuple[str, ...] = ()
    """Of CSV, by the name in the header or by number from 1; none: every one that holds prose."""
    header: bool | None = None
    """Whether the first row of CSV names the columns and stays; None: guessed."""
    again: bool = False
    """Whether entries of PO and XLIFF that have a translation are translated anew."""
    fuzzy: bool = False
    """Whether entries of PO that are translated are marked as in need of a look."""
    target_lang: str | None = None
    """Where a format says the language of its texts: what it is to say, a BCP-47 code."""


class Document(Protocol):
    """A file that was read. Belongs to one caller; its methods may take their time: use a thread.

    Rendered with its own texts it is the file, byte for byte where the format allows it.
    """

    @property
    def texts(self) -> Sequence[FileText]:
        """In document order; what holds no letter need not be among them."""
        ...

    def render(self, translations: Sequence[str]) -> bytes:
        """The file with a translation in each text's place, as many as there are texts."""
        ...


Read = Callable[[bytes, Limits, FileOptions], Document]
"""Raises `FileRefusedError` or one of its kinds, and nothing else, whatever the bytes are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFormat:
    """A kind of file that can be read."""

    name: str
    """Short and unique: the first suffix without its dot."""
    title: str
    """For people."""
    suffixes: tuple[str, ...]
    """In lower case, each with its dot."""
    media_types: tuple[str, ...]
    """The first is what the result is sent as."""
    module: str
    """Of `common.files`, without that; imported when such a file first comes."""
    becomes: str | None = None
    """Name of the format that its translation has, where that is another."""
