"""Gathers what a format's reader finds into parts; knows no format."""

from collections.abc import Callable, Sequence

from common.markup.blocks import (
    BLANKS,
    Block,
    Item,
    Kind,
    Markup,
    Part,
    edges_of,
    node_tree,
    pairs_of,
)
from common.markup.grouping import groups_of
from common.markup.spelling import Encode


class Builder:
    """Collects the items of a block until it ends, and the parts of a document.

    `encoder` gives, for the text of a block as its source has it, what writes its translation; it
    may be replaced between blocks.
    """

    def __init__(self, encoder: Callable[[str], Encode]) -> None:
        self.encoder = encoder
        self._items: list[Item] = []
        self.parts: list[Part] = []

    def add(self, item: Item) -> None:
        self._items.append(item)

    def open_items(self) -> list[Item]:
        """Those of the block that has not ended; may be changed."""
        return self._items

    def outside(self, *markup: str | Markup, preserve: bool = False) -> None:
        """Ends the block; what is given stands between it and the next."""
        self.end_block(preserve=preserve)
        for part in markup:
            self.parts += [part] if isinstance(part, str) else part

    def end_block(self, *, preserve: bool = False) -> None:
        items, self._items = self._items, []
        for group in [items] if preserve else groups_of(items):
            self._add_block(group, preserve=preserve)

    def _add_block(self, items: Sequence[Item], *, preserve: bool) -> None:
        items = [part for item in items for part in (_apart(item) if not preserve else (item,))]
        start, stop = edges_of(items, pairs_of(items))
        inner = items[start:stop]
        self._add_as_it_is(items[:start])
        if any(character.isalpha() for item in inner for character in item.text):
            text, nodes = node_tree(inner, preserve=preserve)
            raw = "".join(_written(item) for item in inner if item.kind is Kind.TEXT)
            markup = tuple(part for item in inner for part in item.markup)
            self.parts.append(Block(markup, text, nodes, self.encoder(raw)))
        else:
            self._add_as_it_is(inner)
        self._add_as_it_is(items[stop:])

    def _add_as_it_is(self, items: Sequence[Item]) -> None:
        for item in items:
            self.parts += item.markup


def _written(item: Item) -> str:
    return "".join(part for part in item.markup if isinstance(part, str))


def _apart(item: Item) -> Sequence[Item]:
    """A text and the blanks at its edges, each by itself."""
    raw = _written(item)
    core = raw.strip(BLANKS)
    if not item.text.strip(BLANKS) or core == raw:
        return (item,)
    start = len(raw) - len(raw.lstrip(BLANKS))
    before, after = raw[:start], raw[start + len(core) :]
    inner = Item(Kind.TEXT, (core,), item.text.strip(BLANKS))
    edges = (Item(Kind.TEXT, (blank,), blank) for blank in (before, after))
    first, last = edges
    return [one for one in (first, inner, last) if one.text]
