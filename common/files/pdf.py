"""PDF as its paragraphs; what comes back is a Word document.

A PDF says where glyphs stand, not what a paragraph is or how its text goes on in another length:
it cannot be written again faithfully. A Word document has places for paragraphs, headings and
pages, and can be corrected.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from common.files.document import (
    Document,
    FileDamagedError,
    FileOptions,
    FileRefusedError,
    FileText,
    FileTooLargeError,
    Limits,
)
from common.files.office.newword import Paragraph, word_document
from common.files.pdftext import ENCRYPTED, OVER_LIMIT
from common.files.spans import has_letter

_EXTRACTOR: Final = Path(__file__).with_name("pdftext.py")
_SECONDS: Final = 60
_MEMORY: Final = 1024 * 1024 * 1024
_BEGINNING: Final = 1024
"""Within so many bytes a PDF says that it is one."""


def read(data: bytes, limits: Limits, options: FileOptions) -> Document:
    """A PDF's paragraphs, as far as it has any text."""
    if b"%PDF-" not in data[:_BEGINNING]:
        raise FileDamagedError("The file is no PDF.")
    paragraphs = [Paragraph(*one) for one in json.loads(_extracted(data, limits))]
    if not any(has_letter(one.text) for one in paragraphs):
        raise FileRefusedError(
            "The PDF holds no text, only pictures of it: recognise the text (OCR) first."
        )
    return _PDFText(paragraphs, options.target_lang)


class _PDFText:
    """The paragraphs with a letter in them, and all others between."""

    def __init__(self, paragraphs: list[Paragraph], language: str | None) -> None:
        self._paragraphs = paragraphs
        self._language = language
        self.texts = tuple(FileText(one.text) for one in paragraphs if has_letter(one.text))

    def render(self, translations: Sequence[str]) -> bytes:
        left = iter(translations)
        translated = [
            Paragraph(next(left) if has_letter(one.text) else one.text, one.level, one.page)
            for one in self._paragraphs
        ]
        return word_document(translated, self._language)


def _extracted(data: bytes, limits: Limits) -> bytes:
    """What a process of its own finds: a parser of a language this large may loop, or blow up."""
    bounds = (_MEMORY, _SECONDS, limits.max_parts, limits.max_chars)
    command = [sys.executable, "-I", str(_EXTRACTOR), *map(str, bounds)]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and program
            command, input=data, capture_output=True, timeout=2 * _SECONDS, env={}, check=False
        )
    except subprocess.TimeoutExpired:
        raise _over_limit() from None
    if done.returncode == ENCRYPTED:
        raise FileRefusedError("The PDF is protected: save it without a password or restrictions.")
    if done.returncode == OVER_LIMIT or done.returncode < 0:
        raise _over_limit()
    if done.returncode:
        raise FileDamagedError("The PDF is damaged: its text cannot be read.")
    return done.stdout


def _over_limit() -> FileTooLargeError:
    return FileTooLargeError("The PDF holds more than can be read within the limits.")
