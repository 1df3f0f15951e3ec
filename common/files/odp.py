"""OpenDocument presentations: slides and their notes."""

from common.files.document import Document, FileOptions, Limits
from common.files.office.opentext import CONTENT, read_open


def read(data: bytes, limits: Limits, options: FileOptions) -> Document:
    """A presentation's texts; what masters say is seen on no slide, or computed."""
    name = "OpenDocument presentation (.odp)"
    return read_open(data, limits, options, "presentation", name, CONTENT)
