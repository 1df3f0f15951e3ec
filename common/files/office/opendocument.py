"""What the elements of OpenDocument are to a line; its text stands between them.

So that a line is elements only, each piece of text gets one of our own for as long as the tree
lives.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import regex
from lxml import etree

from common.files.office.inline import Kind, stretches
from common.files.office.tagged import TaggedText

TEXT: Final = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_OFFICE: Final = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_PIECE: Final = "{urn:translation}text"
_SPAN: Final = f"{TEXT}span"
_SPACES: Final = f"{TEXT}s"
_COUNT: Final = f"{TEXT}c"
_STYLE: Final = f"{TEXT}style-name"
_GROUPS: Final = frozenset({_SPAN, f"{TEXT}a", f"{TEXT}meta"})
_BREAKS: Final = frozenset({f"{TEXT}tab", f"{TEXT}line-break"})
_NOT_SEEN: Final = (f"{_OFFICE}annotation", f"{TEXT}tracked-changes")
_MAX_SPACES: Final = 1000
_PARAGRAPHS: Final = (f"{TEXT}p", f"{TEXT}h")
_SMALL: Final = regex.compile(r"[0-9]{1,5}")
_WHITE: Final = regex.compile(r"[ \t\r\n]++")
_SPACES_SEEN: Final = regex.compile(r" {2,}+|\A ")


class OpenDocumentText:
    """A part in OpenDocument and its texts."""

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        vocabulary = _OpenDocument()
        unseen = {inner for hidden in root.iter(*_NOT_SEEN) for inner in hidden.iter(*_PARAGRAPHS)}
        paragraphs = [one for one in root.iter(*_PARAGRAPHS) if one not in unseen]
        for paragraph in paragraphs:
            _wrap(paragraph)
        self.texts: Sequence[TaggedText] = [
            TaggedText(stretch, vocabulary)
            for paragraph in paragraphs
            for stretch in stretches(paragraph, vocabulary)
        ]

    def close(self) -> None:
        """Make text of all pieces."""
        for piece in [*self._root.iter(_PIECE)]:
            _unwrap(piece)


class _OpenDocument:
    """The vocabulary; a span with nothing but text in it is a run of its style."""

    def kind(self, element: etree._Element) -> Kind:
        tag = element.tag
        if tag == _PIECE or (tag == _SPAN and len(element) and _is_all_text(element)):
            return Kind.RUN
        if tag in _BREAKS:
            return Kind.BREAK
        return Kind.GROUP if tag in _GROUPS else Kind.FIXED

    def text(self, run: etree._Element) -> str:
        return "".join(piece.text or "" for piece in run.iter(_PIECE))

    def style(self, run: etree._Element) -> str:
        return run.get(_STYLE, "") if run.tag == _SPAN else ""

    def content(self, group: etree._Element) -> etree._Element:
        return group

    def run(self, model: etree._Element, text: str) -> etree._Element:
        piece = etree.Element(_PIECE)
        piece.text = " ".join(text.splitlines())
        if model.tag != _SPAN:
            return piece
        span = etree.Element(model.tag, dict(model.attrib), nsmap=model.nsmap)
        span.append(piece)
        return span


def _is_all_text(span: etree._Element) -> bool:
    return all(child.tag == _PIECE for child in span)


def _wrap(holder: etree._Element) -> None:
    """Make elements of all text in a paragraph, and of what stands for spaces."""
    start = _plain(holder.text)
    pieces = [start.lstrip(" ") if holder.tag in _PARAGRAPHS else start]
    holder.text = None
    for child in [*holder]:
        tail, child.tail = child.tail, None
        if child.tag == _SPACES:
            pieces.append(" " * _count(child))
            holder.remove(child)
        else:
            _put(child, "".join(pieces))
            pieces = []
            if child.tag in _GROUPS:
                _wrap(child)
        pieces.append(_plain(tail))
    if text := "".join(pieces):
        etree.SubElement(holder, _PIECE).text = text


def _put(before: etree._Element, text: str) -> None:
    if text:
        piece = etree.Element(_PIECE)
        piece.text = text
        before.addprevious(piece)


def _plain(text: str | None) -> str:
    """With white space as a reader sees it."""
    return _WHITE.sub(" ", text or "")


def _count(spaces: etree._Element) -> int:
    said = spaces.get(_COUNT, "1")
    return min(int(said), _MAX_SPACES) if _SMALL.fullmatch(said) else 1


def _unwrap(piece: etree._Element) -> None:
    holder = piece.getparent()
    if holder is None:
        return
    is_first = piece.getprevious() is None and not holder.text and holder.tag in _PARAGRAPHS
    for part in _with_spaces(piece.text or "", is_first=is_first):
        if isinstance(part, str):
            _say(holder, piece, part)
        else:
            piece.addprevious(part)
    holder.remove(piece)


def _say(holder: etree._Element, before: etree._Element, text: str) -> None:
    previous = before.getprevious()
    if previous is None:
        holder.text = (holder.text or "") + text
    else:
        previous.tail = (previous.tail or "") + text


def _with_spaces(text: str, *, is_first: bool) -> Iterator[str | etree._Element]:
    """With an element for each space that would not be seen as one."""
    start = 0
    for found in _SPACES_SEEN.finditer(text):
        kept = 0 if is_first and found.start() == 0 else 1
        more = found.end() - found.start() - kept
        if more:
            yield text[start : found.start() + kept]
            spaces = etree.Element(_SPACES)
            spaces.set(_COUNT, str(more))
            yield spaces
            start = found.end()
    yield text[start:]
