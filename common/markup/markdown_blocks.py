"""Reads Markdown into its parts: headings, paragraphs, cells; all else stays as it is."""

from bisect import bisect_right
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import regex

from common.markup import html_blocks
from common.markup.blocks import LINE_BREAK, Item, Kind, Part
from common.markup.building import Builder
from common.markup.html_names import VOID
from common.markup.html_tokens import TokenKind, tokens
from common.markup.markdown_inline import Mark, MarkKind, marks_of, parser
from common.markup.spelling import decode_markdown, markdown_encoder
from common.markup.templates import items_of

if TYPE_CHECKING:
    from markdown_it.token import Token

_LINE: Final = regex.compile(r"[^\r\n]*+(?:\r\n|\r|\n|\Z)")
# A task's box, what kind of a note a quotation is, a container's fence, attributes.
_HEAD: Final = regex.compile(r"\[[ xX]\]\s|\[![A-Z]++\]|:{3,}+[^\n]*+\n?+|\{:[^{}\n]*+\}\n")
# A container's other fence, the attributes of a heading or a paragraph.
_TAIL: Final = regex.compile(r"(?:\A|\n):{3,}+[^\n]*+\Z|\s*+\{[:#.][^{}\n]*+\}\Z")
# A bracket makes markdown-it look as far as the next one that fits: quadratic for many in a row.
_MOST_BRACKETS: Final = 200
_LONGEST: Final = 100_000
_FARTHEST: Final = 50

_INDENT: Final = " \t"

Place = tuple[int, int]
"""An offset in a block's content, and where in the source that is."""

_KINDS: Final = {
    MarkKind.OPEN: Kind.OPEN,
    MarkKind.CLOSE: Kind.CLOSE,
    MarkKind.KEPT: Kind.KEPT,
    MarkKind.POINT: Kind.POINT,
}


def parts_of(source: str) -> list[Part]:
    """The document in parts; joined, they are the source."""
    return _Reader(source).read()


class _Reader:
    def __init__(self, source: str) -> None:
        self._source = source
        self._lines = [match.span() for match in _LINE.finditer(source)]
        self._builder = Builder(markdown_encoder)
        self._env: dict[str, Any] = {}
        self._end = 0
        """Of what was read already."""

    def read(self) -> list[Part]:
        before = ""
        for token in parser().parse(self._source, self._env):
            if token.type == "inline" and token.map:
                self._block(token, before)
            elif token.type == "html_block" and token.map and not token.level:
                self._html(*token.map)
            before = token.type
        self._builder.outside(self._source[self._end :])
        return self._builder.parts

    def _html(self, first: int, last: int) -> None:
        start, end = self._lines[first][0], self._lines[last - 1][1]
        self._builder.outside(self._source[self._end : start])
        self._builder.parts += html_blocks.parts_of(self._source[start:end])
        self._end = end

    def _block(self, token: "Token", before: str) -> None:
        is_cell, is_paragraph = before in {"td_open", "th_open"}, before == "paragraph_open"
        content, places = self._cell(token) if is_cell else self._paragraph(token)
        if not content.strip() or len(content) > _LONGEST or content.count("[") > _MOST_BRACKETS:
            return
        self._builder.outside(self._source[self._end : places[0][1]])
        self._builder.encoder = partial(markdown_encoder, table=is_cell, line_start=is_paragraph)
        self._items(content, places, _marks(content, self._env, is_paragraph=is_paragraph))
        self._builder.end_block()

    def _cell(self, token: "Token") -> tuple[str, list[Place]]:
        """A cell's text as its row has it, where pipes have backslashes."""
        start, end = self._lines[(token.map or [0])[0]]
        for content in (token.content, token.content.replace("|", "\\|")):
            at = self._source.find(content, max(start, self._end), end)
            if at >= 0:
                return content, [(0, at)]
        return "", []

    def _paragraph(self, token: "Token") -> tuple[str, list[Place]]:
        """Where each of its lines stands, behind what makes it part of a list or a quotation."""
        places: list[Place] = []
        offset, line = 0, (token.map or [0])[0]
        for number, content in enumerate(token.content.split("\n"), line):
            inner = content.strip(_INDENT)
            start, end = self._lines[number] if number < len(self._lines) else (0, 0)
            at = self._source.rfind(inner, max(start, self._end), end)
            lead = len(content) - len(content.lstrip(_INDENT))
            if at < 0 or (lead and not places):
                return "", []
            places.append((offset + lead, at))
            offset += len(content) + 1
        return token.content, places

    def _items(self, content: str, places: list[Place], marks: list[Mark]) -> None:
        starts = [offset for offset, _ in places]

        def _raw(start: int, end: int) -> str:
            found = (places[max(0, bisect_right(starts, at) - 1)] for at in (start, end))
            first, last = (
                place + at - offset for (offset, place), at in zip(found, (start, end), strict=True)
            )
            return self._source[first:last]

        end = 0
        for mark in marks:
            self._text(_raw(end, mark.start))
            self._builder.add(_item(mark, _raw(mark.start, mark.end)))
            end = mark.end
        self._text(_raw(end, len(content)))
        self._end = places[-1][1] + len(content) - places[-1][0]

    def _text(self, raw: str) -> None:
        for item in items_of(raw, decode_markdown) if raw else ():
            self._builder.add(item)


def _item(mark: Mark, raw: str) -> Item:
    if mark.kind is MarkKind.WRAP:
        return Item(Kind.TEXT, (raw,), " ")
    if mark.kind is MarkKind.BREAK:
        return Item(Kind.POINT, (raw,), name=LINE_BREAK)
    if mark.kind is MarkKind.TAG:
        return _tag(raw)
    moved = (mark.moved,) if mark.moved else ()
    return Item(_KINDS[mark.kind], (raw,), name=mark.name, moved=moved)


def _tag(raw: str) -> Item:
    token = next(tokens(raw))
    if token.kind is TokenKind.END:
        return Item(Kind.CLOSE, (raw,), name=token.name)
    if token.kind is not TokenKind.START or token.name in VOID:
        return Item(Kind.POINT, (raw,), name=LINE_BREAK if token.name == "br" else "")
    return Item(Kind.OPEN, html_blocks.markup_of(token), name=token.name)


def _marks(content: str, env: dict[str, Any], *, is_paragraph: bool) -> list[Mark]:
    """The marks of a block; what is kept of HTML is one, with all that is in it."""
    marks = marks_of(content, env)
    signs = [_TAIL.search(content)]
    if is_paragraph:
        signs.append(_HEAD.match(content))
    for start, end in (sign.span() for sign in signs if sign is not None):
        beside = [mark for mark in marks if mark.end <= start or mark.start >= end]
        marks = sorted([Mark(MarkKind.POINT, start, end), *beside], key=lambda mark: mark.start)
    found: list[Mark] = []
    index = 0
    while index < len(marks):
        last = _last_of(content, marks, index)
        mark = marks[index]
        if last > index:
            mark = Mark(MarkKind.KEPT, mark.start, marks[last].end)
        found.append(mark)
        index = last + 1
    return found


def _last_of(content: str, marks: list[Mark], index: int) -> int:
    """The index of the end tag of an element that stays as it is; else the one given."""
    mark = marks[index]
    if mark.kind is not MarkKind.TAG:
        return index
    token = next(tokens(content[mark.start : mark.end]))
    if token.kind is not TokenKind.START or not html_blocks.is_untouched(token):
        return index
    closing = f"</{token.name}"
    for place in range(index + 1, min(len(marks), index + _FARTHEST)):
        start = marks[place].start
        if content[start : start + len(closing)].lower() == closing:
            return place
    return index
