"""Markdown: the blocks of a file."""

from common.files.document import Document, FileOptions, Limits
from common.files.encoding import decode
from common.files.marked import spans_of
from common.files.spans import SpannedDocument
from common.markup import markdown_blocks


def read(data: bytes, limits: Limits, options: FileOptions) -> Document:
    """Read a Markdown file."""
    del limits, options
    decoded = decode(data)
    spans = list(spans_of(decoded.text, "markdown", markdown_blocks.parts_of))
    return SpannedDocument(decoded, spans)
