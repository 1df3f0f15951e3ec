"""Tells apart what is written in one block and is no sentence: lines, and links in a row."""

from collections.abc import Iterator, Sequence

import regex

from common.markup.blocks import LINE_BREAK, STATEMENT, Item, Kind, pairs_of

_SENTENCE_END = regex.compile(
    r"[.!?:;\u2026\u3002\uff01\uff1f\uff1a\u061f\u0964][\"'\u2019\u201d)\]\u00bb]{0,3}+\Z"
)
_NEW_LINE = regex.compile(r"\s*+(?:\p{Lu}|\p{N}|[^\w\s])")

_LINK = "a"
_BREAKS = frozenset({LINE_BREAK, STATEMENT})


def groups_of(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """The items in groups, each to be translated by itself; together they are all items."""
    for line in _lines_apart(items):
        yield from _links_apart(line)


def _links_apart(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Each link by itself where there is no word beside links, as in a menu."""
    links = [one for one in _outermost(items) if items[one[0]].name == _LINK]
    inside = {index for first, last in links for index in range(first, last + 1)}
    beside = (item for index, item in enumerate(items) if index not in inside)
    if len(links) <= 1 or any(item.kind is Kind.KEPT or _is_read(item) for item in beside):
        yield items
        return
    start = 0
    for first, last in links:
        yield items[start:first]
        yield items[first : last + 1]
        start = last + 1
    yield items[start:]


def _outermost(items: Sequence[Item]) -> Iterator[tuple[int, int]]:
    partners, index = pairs_of(items), 0
    while index < len(items):
        last = partners.get(index, index)
        if last > index:
            yield index, last
        index = max(index, last) + 1


def _is_read(item: Item) -> bool:
    return any(map(str.isalpha, item.text))


def _lines_apart(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """The items in groups, cut where a line break ends a line and does not only wrap it."""
    start = 0
    for place in _line_ends(items):
        yield items[start:place]
        yield items[place : place + 1]
        start = place + 1
    yield items[start:]


def _line_ends(items: Sequence[Item]) -> Iterator[int]:
    """Line breaks after the end of a sentence, before what looks like the start of one, or two."""
    marks = [i for i, item in enumerate(items) if item.is_content or item.name in _BREAKS]
    for place, index in enumerate(marks):
        before = items[marks[place - 1]] if place else None
        after = items[marks[place + 1]] if place + 1 < len(marks) else None
        name = items[index].name
        if name == STATEMENT or (name == LINE_BREAK and _is_end(before, after)):
            yield index


def _is_end(before: Item | None, after: Item | None) -> bool:
    if before is None or after is None or before.name in _BREAKS or after.name in _BREAKS:
        return True
    return bool(_SENTENCE_END.search(before.text[-4:]) or _NEW_LINE.match(after.text))
