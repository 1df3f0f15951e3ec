"""HTML: the blocks of a page, and in which encoding it is."""

import codecs
from collections.abc import Iterator
from typing import Final

import regex

from common.files.document import Document, FileOptions, Limits
from common.files.encoding import decode
from common.files.marked import spans_of
from common.files.spans import Edit, SpannedDocument
from common.markup import html_blocks

_HEAD: Final = 1024
"""Bytes within which a page must say its encoding."""
_CHARSET: Final = regex.compile(
    rb"<meta[^>]{0,512}?charset\s*+=\s*+[\"']?+([\w:.-]{1,40})", regex.I
)
_LANGUAGE: Final = regex.compile(
    r"<html(?=\s)[^<>]*?\slang\s*+=\s*+[\"']?+([A-Za-z][\w-]{0,34})(?=[\"'\s>])", regex.I
)
_NOT_WHAT_IT_SAYS: Final = frozenset({"iso8859-1", "ascii"})


def read(data: bytes, limits: Limits, options: FileOptions) -> Document:
    """Read a page; what its encoding has no place for will be written as references."""
    del limits
    decoded = decode(data, _declared(data))
    spans = list(spans_of(decoded.text, "html", html_blocks.parts_of))
    return SpannedDocument(
        decoded,
        spans,
        unencodable="xmlcharrefreplace",
        along=list(_language(decoded.text, options.target_lang)),
    )


def _language(content: str, target: str | None) -> Iterator[Edit]:
    """What the page says it is written in, where it does."""
    found = _LANGUAGE.search(content, 0, _HEAD)
    if found is not None and target is not None:
        yield (*found.span(1), target)


def _declared(data: bytes) -> str | None:
    found = _CHARSET.search(data, 0, _HEAD)
    if found is None:
        return None
    try:
        name = codecs.lookup(found[1].decode("ascii")).name
    except (LookupError, UnicodeDecodeError):
        return None
    return "cp1252" if name in _NOT_WHAT_IT_SAYS else name  # as every browser has it
