"""OpenDocument texts: body, notes, headers and footers."""

from common.files.document import Document, FileOptions, Limits
from common.files.office.opentext import CONTENT, STYLES, read_open


def read(data: bytes, limits: Limits, options: FileOptions) -> Document:
    """A text's paragraphs."""
    name = "OpenDocument text (.odt)"
    return read_open(data, limits, options, "text", name, CONTENT, STYLES)
