"""What the elements of OpenDocument are to a line; its text stands between them.

So that a line is elements only, each piece of text gets one of our own for as long as the tree
lives.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import regex
from lxml import etree

from common.files.office.direction import is_right_to_left
from common.files.office.inline import Kind, stretches
from common.files.office.tagged import TaggedText

TEXT: Final = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_OFFICE: Final = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_STYLES: Final = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_FORMAT: Final = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_COUNTRY: Final = regex.compile(r"[A-Z]{2}")
_PIECE: Final = "{urn:translation}text"
_SPAN: Final = f"{TEXT}span"
_SPACES: Final = f"{TEXT}s"
_WITHIN: Final = (_SPACES, f"{TEXT}soft-page-break")
"""What is part of the text around it: spaces, and where a page happened to end."""
_RUBY: Final = f"{TEXT}ruby"
_COUNT: Final = f"{TEXT}c"
_STYLE: Final = f"{TEXT}style-name"
_GROUPS: Final = frozenset({_SPAN, f"{TEXT}a", f"{TEXT}meta"})
_LINE: Final = f"{TEXT}line-break"
_BREAKS: Final = frozenset({f"{TEXT}tab", _LINE})
_NOT_SEEN: Final = (f"{_OFFICE}annotation", f"{TEXT}tracked-changes")
_MAX_SPACES: Final = 1000
_PARAGRAPHS: Final = (f"{TEXT}p", f"{TEXT}h")
_SMALL: Final = regex.compile(r"[0-9]{1,5}")
_WHITE: Final = regex.compile(r"[ \t\r\n]++")
_SPACES_SEEN: Final = regex.compile(r" {2,}+|\A ")


class OpenDocumentText:
    """A part in OpenDocument and its texts."""

    def __init__(self, root: etree._Element, language: str | None) -> None:
        """`language`: what the document is said to be in, if anything in it is translated."""
        self._root = root
        self._language = language
        vocabulary = _OpenDocument()
        unseen = {inner for hidden in root.iter(*_NOT_SEEN) for inner in hidden.iter(*_PARAGRAPHS)}
        paragraphs = [one for one in root.iter(*_PARAGRAPHS) if one not in unseen]
        self._sources: dict[etree._Element, list[str | etree._Element]] = {}
        for paragraph in paragraphs:
            self._wrap(paragraph)
        self.texts: Sequence[TaggedText] = [
            TaggedText(stretch, vocabulary)
            for paragraph in paragraphs
            for stretch in stretches(paragraph, vocabulary)
        ]

    def close(self) -> None:
        """Make text of all pieces: what it was, of those that are as they were."""
        for piece in [*self._root.iter(_PIECE)]:
            _unwrap(piece, self._sources.get(piece))
        if self._language is not None:
            _speak(self._root, self._language)

    def _wrap(self, holder: etree._Element) -> None:
        """Make elements of all text in a paragraph, and of what stands for spaces."""
        sources: list[str | etree._Element] = [holder.text or ""]
        holder.text = None
        for child in [*holder]:
            tail, child.tail = child.tail, None
            if child.tag in _WITHIN:
                sources.append(child)
                holder.remove(child)
            else:
                child.addprevious(self._piece(sources))
                sources = []
                if child.tag in _GROUPS:
                    self._wrap(child)
            sources.append(tail or "")
        holder.append(self._piece(sources))
        for piece in [one for one in holder.iterchildren(_PIECE) if not one.text]:
            holder.remove(piece)
        if holder.tag in _PARAGRAPHS and len(holder) and holder[0].tag == _PIECE:
            holder[0].text = _without_unseen(holder[0].text or "", self._sources[holder[0]])

    def _piece(self, sources: list[str | etree._Element]) -> etree._Element:
        piece = etree.Element(_PIECE)
        piece.text = "".join(map(_plain, sources))
        self._sources[piece] = sources
        return piece


class OpenDocumentStyles:
    """A part that says what a document is in, and whose texts are left alone."""

    texts: Sequence[TaggedText] = ()

    def __init__(self, root: etree._Element, language: str | None) -> None:
        """`language`: what the document is said to be in."""
        self._root = root
        self._language = language

    def close(self) -> None:
        """Say it."""
        if self._language is not None:
            _speak(self._root, self._language)


class _OpenDocument:
    """The vocabulary; a span with nothing but text in it is a run of its style."""

    def kind(self, element: etree._Element) -> Kind:
        tag = element.tag
        if tag in {_PIECE, _RUBY} or (tag == _SPAN and len(element) and _is_all_text(element)):
            return Kind.RUN
        if tag in _BREAKS:
            return Kind.LINE if tag == _LINE else Kind.BREAK
        return Kind.GROUP if tag in _GROUPS else Kind.FIXED

    def text(self, run: etree._Element) -> str:
        if run.tag == _RUBY:  # how its base is read says nothing in another language
            return "".join("".join(base.itertext()) for base in run.iterfind(f"{TEXT}ruby-base"))
        text = "".join(piece.text or "" for piece in run.iter(_PIECE))
        return text.replace("\N{SOFT HYPHEN}", "")

    def style(self, run: etree._Element) -> str:
        return f"span {run.get(_STYLE, '')}" if run.tag == _SPAN else ""

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


def _speak(root: etree._Element, language: str) -> None:
    """Have the default style say its language, and pages the way that it runs."""
    name, _, rest = language.partition("-")
    country = rest if _COUNTRY.fullmatch(rest) else "none"
    for style in root.iter(f"{_STYLES}default-style"):
        for properties in style.iterfind(f"{_STYLES}text-properties"):
            for prefix, script in ((_FORMAT, ""), (_STYLES, "-asian"), (_STYLES, "-complex")):
                properties.set(f"{prefix}language{script}", name)
                properties.set(f"{prefix}country{script}", country)
    to_left = is_right_to_left(language)
    for page in root.iter(f"{_STYLES}page-layout-properties"):
        if to_left is not None:
            page.set(f"{_STYLES}writing-mode", "rl-tb" if to_left else "lr-tb")


def _is_all_text(span: etree._Element) -> bool:
    return all(child.tag == _PIECE for child in span)


def _plain(source: str | etree._Element) -> str:
    """With white space as a reader sees it."""
    if isinstance(source, str):
        return _WHITE.sub(" ", source)
    return " " * _count(source) if source.tag == _SPACES else ""


def _without_unseen(text: str, sources: list[str | etree._Element]) -> str:
    """What a paragraph begins with, without white space that is there for the file's looks."""
    first = sources[0]
    return text.removeprefix(" ") if isinstance(first, str) and first[:1].isspace() else text


def _count(spaces: etree._Element) -> int:
    said = spaces.get(_COUNT, "1")
    return min(int(said), _MAX_SPACES) if _SMALL.fullmatch(said) else 1


def _unwrap(piece: etree._Element, sources: list[str | etree._Element] | None) -> None:
    holder = piece.getparent()
    if holder is None:
        return
    is_first = piece.getprevious() is None and not holder.text and holder.tag in _PARAGRAPHS
    for part in sources or _with_spaces(piece.text or "", is_first=is_first):
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
