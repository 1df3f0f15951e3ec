"""Which kinds of files there are and how one is recognised; reads none itself."""

from importlib import import_module
from pathlib import PurePosixPath
from typing import Final, cast

from common.files.document import (
    Document,
    FileFormat,
    FileOptions,
    FileRefusedError,
    FileTooLargeError,
    Limits,
    Read,
)

FORMATS: Final[tuple[FileFormat, ...]] = (
    FileFormat(
        name="txt",
        title="Plain text",
        suffixes=(".txt", ".text"),
        media_types=("text/plain",),
        module="plain",
    ),
    FileFormat(
        name="md",
        title="Markdown",
        suffixes=(".md", ".markdown"),
        media_types=("text/markdown", "text/x-markdown"),
        module="markdown",
    ),
    FileFormat(
        name="html",
        title="HTML",
        suffixes=(".html", ".htm", ".xhtml"),
        media_types=("text/html", "application/xhtml+xml"),
        module="page",
    ),
    FileFormat(
        name="srt",
        title="SubRip subtitles",
        suffixes=(".srt",),
        media_types=("application/x-subrip", "text/srt"),
        module="subtitles",
    ),
    FileFormat(
        name="vtt",
        title="WebVTT subtitles",
        suffixes=(".vtt",),
        media_types=("text/vtt",),
        module="subtitles",
    ),
    FileFormat(
        name="po",
        title="gettext catalogue",
        suffixes=(".po", ".pot"),
        media_types=("text/x-gettext-translation", "application/x-gettext"),
        module="po",
    ),
    FileFormat(
        name="xliff",
        title="XLIFF",
        suffixes=(".xliff", ".xlf"),
        media_types=("application/xliff+xml", "application/x-xliff+xml"),
        module="xliff",
    ),
    FileFormat(
        name="properties",
        title="Java properties",
        suffixes=(".properties",),
        media_types=("text/x-java-properties",),
        module="properties",
    ),
    FileFormat(
        name="json",
        title="JSON",
        suffixes=(".json", ".jsonl", ".ndjson", ".arb"),
        media_types=("application/json", "application/x-ndjson", "application/jsonl"),
        module="json_values",
    ),
    FileFormat(
        name="csv",
        title="Comma-separated values",
        suffixes=(".csv",),
        media_types=("text/csv",),
        module="tables",
    ),
    FileFormat(
        name="tsv",
        title="Tab-separated values",
        suffixes=(".tsv", ".tab"),
        media_types=("text/tab-separated-values",),
        module="tables",
    ),
    FileFormat(
        name="docx",
        title="Word document",
        suffixes=(".docx",),
        media_types=("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
        module="docx",
    ),
    FileFormat(
        name="pptx",
        title="PowerPoint presentation",
        suffixes=(".pptx",),
        media_types=("application/vnd.openxmlformats-officedocument.presentationml.presentation",),
        module="pptx",
    ),
    FileFormat(
        name="xlsx",
        title="Excel workbook",
        suffixes=(".xlsx",),
        media_types=("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
        module="xlsx",
    ),
    FileFormat(
        name="odt",
        title="OpenDocument text",
        suffixes=(".odt",),
        media_types=("application/vnd.oasis.opendocument.text",),
        module="odt",
    ),
    FileFormat(
        name="odp",
        title="OpenDocument presentation",
        suffixes=(".odp",),
        media_types=("application/vnd.oasis.opendocument.presentation",),
        module="odp",
    ),
    FileFormat(
        name="epub",
        title="EPUB book",
        suffixes=(".epub",),
        media_types=("application/epub+zip",),
        module="epub",
    ),
    FileFormat(
        name="pdf",
        title="PDF, whose translation is a Word document",
        suffixes=(".pdf",),
        media_types=("application/pdf",),
        module="pdf",
        becomes="docx",
    ),
)

_BY_NAME: Final = {one.name: one for one in FORMATS}
_BY_SUFFIX: Final = {suffix: one for one in FORMATS for suffix in one.suffixes}
_BY_MEDIA_TYPE: Final = {media: one for one in reversed(FORMATS) for media in one.media_types}
_NO_OPTIONS: Final = FileOptions()


def formats() -> tuple[FileFormat, ...]:
    """All that can be read."""
    return FORMATS


def format_of(name: str, media_type: str | None = None) -> FileFormat:
    """By the file's suffix; by its media type where the name has none that is known.

    Raises:
        FileRefusedError: Neither is known.
    """
    found = _BY_SUFFIX.get(PurePosixPath(name.lower()).suffix)
    if found is None and media_type is not None:
        found = _BY_MEDIA_TYPE.get(media_type.partition(";")[0].strip().lower())
    if found is None:
        known = ", ".join(sorted(_BY_SUFFIX))
        message = f"Files of this kind are not translated; known are {known}."
        raise FileRefusedError(message)
    return found


def result_format_of(source: FileFormat) -> FileFormat:
    """The kind of file that a translation of such a file is."""
    return source if source.becomes is None else _BY_NAME[source.becomes]


def read(
    data: bytes, source: FileFormat, limits: Limits, options: FileOptions = _NO_OPTIONS
) -> Document:
    """Read a file; takes its time, so call it on a thread.

    Raises:
        FileRefusedError: It cannot be read, or is over a limit.
    """
    if len(data) > limits.max_bytes:
        message = f"The file is larger than {limits.max_bytes} bytes."
        raise FileTooLargeError(message)
    module = import_module(f"common.files.{source.module}")
    document = cast("Read", module.read)(data, limits, options)
    check(document, limits)
    return document


def check(document: Document, limits: Limits) -> None:
    """Refuse what is more than one file may have translated.

    Raises:
        FileTooLargeError: It has too many texts, or too much in them.
    """
    if len(document.texts) > limits.max_texts:
        message = f"The file holds more than {limits.max_texts} texts."
        raise FileTooLargeError(message)
    if sum(len(text.text) for text in document.texts) > limits.max_chars:
        message = f"The file's texts have more than {limits.max_chars} characters."
        raise FileTooLargeError(message)
