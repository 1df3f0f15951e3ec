"""Reads HTML, whole pages as well as fragments, into its parts; how tags are cut is elsewhere."""

from collections import Counter
from typing import Final

from common.markup.blocks import LINE_BREAK, Item, Kind, Markup, Part, Value
from common.markup.building import Builder
from common.markup.html_names import (
    BLOCKS,
    ENDS_WITH_NEXT,
    HOLDING,
    UNREAD,
    UNTOUCHED,
    VOID,
    is_for_people,
)
from common.markup.html_tokens import Token, TokenKind, attributes, tokens
from common.markup.spelling import attribute_encoder, decode_html, html_encoder
from common.markup.templates import items_of

_RAISED: Final = "sup"
# Looking for the end of one takes time with the length of what is around it.
_MOST_EXCEPTIONS: Final = 50


def parts_of(source: str) -> list[Part]:
    """The document in parts; joined, they are the source."""
    return _Reader(source).read()


class _Reader:
    """Goes through the tokens once; what is open is remembered by name only."""

    def __init__(self, source: str) -> None:
        self._tokens = list(tokens(source))
        self._builder = Builder(html_encoder)
        self._open: list[str] = []
        self._names: Counter[str] = Counter()
        self._exceptions = 0

    def read(self) -> list[Part]:
        index = 0
        while index < len(self._tokens):
            index = self._take(index)
        self._builder.end_block()
        return self._builder.parts

    def _take(self, index: int) -> int:
        """Reads what begins at a token; the index of what follows it."""
        token = self._tokens[index]
        if token.kind is TokenKind.START:
            if is_untouched(token):
                return self._leave(index)
            self._start(token)
        elif token.kind is TokenKind.END:
            self._end(token)
        elif token.kind is TokenKind.TEXT:
            for item in items_of(token.raw, decode_html):
                self._builder.add(item)
        else:
            self._builder.add(Item(Kind.POINT, (token.raw,)))
        return index + 1

    def _start(self, token: Token) -> None:
        markup = markup_of(token)
        if token.name not in VOID:
            self._open.append(token.name)
            self._names[token.name] += 1
        if token.name in BLOCKS:
            self._builder.outside(markup)
        elif token.name in VOID:
            name = LINE_BREAK if token.name == "br" else ""
            self._builder.add(Item(Kind.POINT, markup, name=name))
        else:
            self._builder.add(Item(Kind.OPEN, markup, name=token.name))

    def _end(self, token: Token) -> None:
        if self._names[token.name]:
            while (closed := self._open.pop()) != token.name:
                self._names[closed] -= 1
            self._names[token.name] -= 1
        if token.name in BLOCKS:
            self._builder.outside(token.raw)
            return
        self._builder.add(Item(Kind.CLOSE, (token.raw,), name=token.name))
        if token.name == _RAISED:
            _join_mark(self._builder.open_items())

    def _leave(self, index: int) -> int:
        """Passes over an element that stays as it is; the index of what follows it."""
        stop = self._end_of(index)
        inner = self._tokens[index:stop]
        raw = "".join(token.raw for token in inner)
        if any(token.kind is TokenKind.START and token.name in BLOCKS for token in inner):
            self._leave_block(index, stop)
        elif inner[0].name not in UNREAD and any(map(_is_read, inner)):
            self._builder.add(Item(Kind.KEPT, (raw,)))
        else:
            self._builder.add(Item(Kind.POINT, (raw,)))
        return stop

    def _leave_block(self, index: int, stop: int) -> None:
        """Passes over one, but for those elements in it that are to be translated."""
        start = index
        while index < stop:
            if self._exceptions >= _MOST_EXCEPTIONS or not _is_exception(self._tokens[index]):
                index += 1
                continue
            self._exceptions += 1
            self._builder.outside("".join(one.raw for one in self._tokens[start:index]))
            start = min(stop, self._end_of(index))
            while index < start:
                index = self._take(index)
            self._builder.end_block()
        self._builder.outside("".join(one.raw for one in self._tokens[start:stop]))

    def _end_of(self, index: int) -> int:
        """Where an element ends: with its end tag, or what ends it where there is none."""
        name = self._tokens[index].name
        if name in VOID or self._tokens[index].raw.endswith("/>"):
            return index + 1
        inside: Counter[str] = Counter()
        for place in range(index + 1, len(self._tokens)):
            token = self._tokens[place]
            if token.kind is TokenKind.START and token.name not in VOID:
                is_next = token.name == name and name in ENDS_WITH_NEXT
                if is_next and not any(inside[holding] for holding in HOLDING):
                    return place
                inside[token.name] += 1
            elif token.kind is TokenKind.END:
                if inside[token.name]:
                    inside[token.name] -= 1
                elif token.name == name:
                    return place + 1
                elif self._names[token.name]:
                    return place
        return len(self._tokens)


def markup_of(token: Token) -> Markup:
    """A start tag, with those of its attributes apart that people read."""
    found = list(attributes(token))
    said = {one.name: one.value.strip().lower() for one in found}
    markup: list[str | Value] = []
    end = 0
    for one in found:
        if not is_for_people(token.name, one.name, said) or not any(map(str.isalpha, one.value)):
            continue
        encode = attribute_encoder(one.value, one.quote)
        markup += [token.raw[end : one.start], Value(one.value, decode_html(one.value), encode)]
        end = one.end
    return (*markup, token.raw[end:])


def is_untouched(token: Token) -> bool:
    """Whether an element stays as it is, with all that is in it."""
    if token.name in UNTOUCHED or token.name in UNREAD:
        return True
    said = {one.name: one.value.lower() for one in attributes(token)}
    return said.get("translate") == "no" or "notranslate" in said.get("class", "").split()


def _is_exception(token: Token) -> bool:
    return token.kind is TokenKind.START and any(
        one.name == "translate" and one.value.lower() == "yes" for one in attributes(token)
    )


def _is_read(token: Token) -> bool:
    return token.kind is TokenKind.TEXT and not token.raw.isspace()


def _join_mark(items: list[Item]) -> None:
    """Makes a raised figure, as a note's, a part of the word before: no model reads it well."""
    for index in range(len(items) - 2, max(-1, len(items) - 10), -1):
        item = items[index]
        if any(map(str.isalpha, item.text)) or item.kind is Kind.KEPT:
            return
        if item.kind is Kind.OPEN and item.name == _RAISED:
            markup = tuple(part for one in items[index:] for part in one.markup)
            items[index:] = [Item(Kind.POINT, markup)]
            return
