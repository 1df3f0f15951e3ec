"""OpenDocument files as documents, whatever program they are of."""

from functools import partial
from typing import Final

from common.files.document import Document, FileOptions, Limits
from common.files.office.archive import Archive
from common.files.office.document import OfficeDocument, Open
from common.files.office.opendocument import OpenDocumentStyles, OpenDocumentText
from common.files.office.openpackage import check

CONTENT: Final = "content.xml"
STYLES: Final = "styles.xml"
_MEDIA_TYPE: Final = "application/vnd.oasis.opendocument."


def read_open(
    data: bytes, limits: Limits, options: FileOptions, kind: str, name: str, *parts: str
) -> Document:
    """The texts of some parts; comments, and what has been deleted but is still there, are none.

    Args:
        data: The file.
        limits: Of the file.
        options: Of the file.
        kind: How its media type ends.
        name: How such files are called.
        parts: Those whose texts are translated.

    Raises:
        FileRefusedError: It is another kind of file, or holds what could do harm.
    """
    archive = Archive(data, limits)
    check(archive, limits, f"{_MEDIA_TYPE}{kind}", name)
    opened = partial(OpenDocumentText, language=options.target_lang)
    styles = partial(OpenDocumentStyles, language=options.target_lang)
    also: dict[str, Open] = {STYLES: styles} if STYLES in archive else {}
    texts: dict[str, Open] = {part: opened for part in parts if part in archive}
    return OfficeDocument(archive, texts, limits, also=also)
