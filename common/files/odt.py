"""OpenDocument texts: body, notes, headers and footers."""

from functools import partial
from typing import Final

from common.files.document import Document, FileOptions, Limits
from common.files.office.archive import Archive
from common.files.office.document import OfficeDocument
from common.files.office.opendocument import OpenDocumentText
from common.files.office.openpackage import check

_CONTENT, _STYLES = "content.xml", "styles.xml"
_MEDIA_TYPE: Final = "application/vnd.oasis.opendocument.text"


def read(data: bytes, limits: Limits, options: FileOptions) -> Document:
    """A text's paragraphs; comments, and what has been deleted but is still recorded, are none."""
    archive = Archive(data, limits)
    check(archive, limits, _MEDIA_TYPE, "OpenDocument text (.odt)")
    opened = partial(OpenDocumentText, language=options.target_lang)
    parts = {name: opened for name in (_CONTENT, _STYLES) if name in archive}
    also = {name: opened for name in parts if name == _STYLES}
    return OfficeDocument(archive, parts, limits, also=also)
