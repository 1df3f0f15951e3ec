"""PowerPoint presentations: slides and their notes, with charts and diagrams."""

from functools import partial
from typing import Final

from common.files.document import Document, FileOptions, Limits
from common.files.office.archive import Archive
from common.files.office.document import OfficeDocument
from common.files.office.drawing import GRAPHICS, DrawingText
from common.files.office.package import Package

_SLIDES: Final = "application/vnd.openxmlformats-officedocument.presentationml"


def read(data: bytes, limits: Limits, options: FileOptions) -> Document:
    """A presentation's texts; what layouts and masters say is seen only while one edits."""
    main = f"{_SLIDES}.presentation.main+xml"
    package = Package(Archive(data, limits), limits, main, "PowerPoint presentation (.pptx)")
    names = package.of_type(f"{_SLIDES}.slide+xml", f"{_SLIDES}.notesSlide+xml", *GRAPHICS)
    parts = dict.fromkeys(names, partial(DrawingText, language=options.target_lang))
    return OfficeDocument(package.archive, parts, limits)
