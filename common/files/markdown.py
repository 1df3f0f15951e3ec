"""Markdown: a file is one text of that format, which the translation itself understands."""

from common.files.document import Document, FileOptions, Limits
from common.files.encoding import decode
from common.files.spans import SpannedDocument, whole


def read(data: bytes, limits: Limits, options: FileOptions) -> Document:
    """Read a Markdown file."""
    del limits, options
    decoded = decode(data)
    return SpannedDocument(decoded, whole(decoded.text, "markdown"))
