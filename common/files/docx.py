"""Word documents: body, notes, headers and footers, with their charts and diagrams."""

from functools import partial
from typing import Final

from common.files.document import Document, FileOptions, Limits
from common.files.office.archive import Archive
from common.files.office.document import OfficeDocument
from common.files.office.drawing import GRAPHICS, DrawingText
from common.files.office.package import Package
from common.files.office.word import WordText

_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_MAIN: Final = f"{_WORD}.document.main+xml"
_OTHERS: Final = ("footnotes", "endnotes", "header", "footer")


def read(data: bytes, limits: Limits, options: FileOptions) -> Document:
    """A document's texts; comments, and what has been deleted but is still recorded, are none."""
    package = Package(Archive(data, limits), limits, _MAIN, "Word document (.docx)")
    words = package.of_type(_MAIN, *(f"{_WORD}.{name}+xml" for name in _OTHERS))
    language = options.target_lang
    parts = dict.fromkeys(words, partial(WordText, language=language)) | dict.fromkeys(
        package.of_type(*GRAPHICS), partial(DrawingText, language=language)
    )
    return OfficeDocument(package.archive, parts, limits)
