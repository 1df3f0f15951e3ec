"""EPUB books: their pages and their table of contents, each as a file of its own would be."""

import posixpath
from collections.abc import Iterator, Sequence
from html import unescape
from itertools import islice
from typing import Final
from urllib.parse import unquote
from xml.sax.saxutils import escape

import regex
from lxml import etree

from common.files import page
from common.files.document import (
    Document,
    FileDamagedError,
    FileOptions,
    FileRefusedError,
    FileText,
    FileTooLargeError,
    Limits,
)
from common.files.encoding import decode
from common.files.office.archive import Archive
from common.files.office.trees import local_name, parsed, refuse_dtd, serialized
from common.files.spans import Span, SpannedDocument, has_letter

_MEDIA_TYPE: Final = b"application/epub+zip"
_CONTAINER: Final = "META-INF/container.xml"
_ENCRYPTION: Final = "META-INF/encryption.xml"
_PAGE: Final = "application/xhtml+xml"
_CONTENTS: Final = "application/x-dtbncx+xml"
_LABEL: Final = regex.compile(r"<((?:\w+:)?text)(?:\s[^<>]*+)?>([^<]++)</\1\s*+>")


def read(data: bytes, limits: Limits, options: FileOptions) -> Document:
    """A book's pages in the order of its manifest."""
    archive = Archive(data, limits)
    if "mimetype" not in archive or archive.read("mimetype", 100).strip() != _MEDIA_TYPE:
        raise FileDamagedError("The file is no EPUB book (.epub).")
    for name in (_CONTAINER, _ENCRYPTION):
        if name in archive:
            refuse_dtd(archive.read(name))
    package, root = _package(archive, limits)
    parts = [*_parts(archive, package, root)]
    _refuse_encrypted(archive, {name for name, _ in parts}, limits)
    return _Book(archive, package, parts, limits, options)


class _Book:
    """The archive and a document of each of its parts that hold text."""

    def __init__(
        self,
        archive: Archive,
        package: str,
        parts: Sequence[tuple[str, str]],
        limits: Limits,
        options: FileOptions,
    ) -> None:
        self._archive = archive
        self._package = package
        self._limits = limits
        self._language = options.target_lang
        self._documents: dict[str, Document] = {}
        texts: list[FileText] = []
        for name, kind in parts:
            content = archive.read(name)
            opened = page.read(content, limits, options) if kind == _PAGE else _contents(content)
            self._documents[name] = opened
            texts += opened.texts
            if len(texts) > limits.max_texts:
                raise FileTooLargeError(f"The file holds more than {limits.max_texts} texts.")
        self.texts: Sequence[FileText] = tuple(texts)

    def render(self, translations: Sequence[str]) -> bytes:
        if len(translations) != len(self.texts):
            raise ValueError("There must be as many translations as texts.")
        if [*translations] == [text.text for text in self.texts]:
            return self._archive.data
        left = iter(translations)
        changed = {
            name: document.render([*islice(left, len(document.texts))])
            for name, document in self._documents.items()
        }
        if self._language is not None:
            changed[self._package] = self._in_another_language(self._language)
        return self._archive.written(changed)

    def _in_another_language(self, language: str) -> bytes:
        root = parsed(self._archive.read(self._package), self._limits.max_depth)
        said = (one for one in root.iter() if local_name(one) == "language")
        for one in islice(said, 1):
            one.text = language
        return serialized(root)


def _package(archive: Archive, limits: Limits) -> tuple[str, etree._Element]:
    """Name and content of the part that lists all others."""
    container = parsed(archive.read(_CONTAINER), limits.max_depth)
    names = (one.get("full-path", "") for one in container.iter() if local_name(one) == "rootfile")
    name = next(names, "")
    return name, parsed(archive.read(name), limits.max_depth)


def _parts(archive: Archive, package: str, root: etree._Element) -> Iterator[tuple[str, str]]:
    """Names and types of the parts that hold text, each once."""
    folder, seen = posixpath.dirname(package), set[str]()
    for item in root.iter():
        kind = item.get("media-type", "") if local_name(item) == "item" else ""
        name = posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
        if kind in {_PAGE, _CONTENTS} and name in archive and name not in seen:
            seen.add(name)
            yield name, kind


def _refuse_encrypted(archive: Archive, parts: set[str], limits: Limits) -> None:
    """Fonts may be; pages that are cannot be read."""
    if _ENCRYPTION in archive:
        for one in parsed(archive.read(_ENCRYPTION), limits.max_depth).iter():
            if local_name(one) == "CipherReference" and unquote(one.get("URI", "")) in parts:
                raise FileRefusedError("The book is protected (DRM).")


def _contents(content: bytes) -> Document:
    """A table of contents in the form of EPUB 2, which no page is."""
    decoded = decode(content)
    spans = [
        Span(*found.span(2), unescape(found[2]).strip(), escape)
        for found in _LABEL.finditer(decoded.text)
        if has_letter(found[2])
    ]
    return SpannedDocument(decoded, spans)
