"""OpenDocument texts: body, notes, headers and footers."""

from typing import Final

from common.files.document import Document, FileOptions, Limits
from common.files.office.archive import Archive
from common.files.office.document import OfficeDocument
from common.files.office.opendocument import OpenDocumentText
from common.files.office.openpackage import check

_MEDIA_TYPE: Final = "application/vnd.oasis.opendocument.text"


def read(data: bytes, limits: Limits, options: FileOptions) -> Document:  # noqa: ARG001 - of all
    """A text's paragraphs; comments, and what has been deleted but is still recorded, are none."""
    archive = Archive(data, limits)
    check(archive, limits, _MEDIA_TYPE, "OpenDocument text (.odt)")
    names = (name for name in ("content.xml", "styles.xml") if name in archive)
    return OfficeDocument(archive, dict.fromkeys(names, OpenDocumentText), limits)
