"""A document's parts: texts to translate, each with the tags in it, and all that stays as it is."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import count

import regex

from common.markup.spelling import Encode, collapsed

BLANKS = "\t\n\f\r "
"""What browsers show as one space, however much there is of it."""
# Deeper pairs are put back as single tags in their order: nobody nests so deep, and no recursion
# may depend on what a caller sends.
_MAX_DEPTH = 40

LINE_BREAK = "\n"
"""The name of a point that is a blank to who reads, and may end a sentence."""

STATEMENT = "%"
"""The name of a point between texts that need not follow each other."""

PLACEHOLDER = regex.compile(r"\{\d+\}")


class Kind(Enum):
    """What a part of a block is."""

    TEXT = auto()
    OPEN = auto()
    CLOSE = auto()
    POINT = auto()
    """A tag without content, or anything else that is not read."""
    KEPT = auto()
    """Content that is read, and must not be translated."""


@dataclass(frozen=True, slots=True)
class Value:
    """A text of its own within a tag: an attribute's."""

    raw: str
    text: str
    encode: Encode


Markup = tuple[str | Value, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A part of a block as it stands in the source."""

    kind: Kind
    markup: Markup
    text: str = ""
    """Of a text, what a reader sees."""
    name: str = ""
    """Of a tag, what its partner is called too."""
    moved: Markup = ()
    """What is written in a translation, where that is not the markup itself."""

    @property
    def is_content(self) -> bool:
        return self.kind is Kind.KEPT or bool(self.text.strip(BLANKS))


@dataclass(slots=True)
class Node:
    """Tags and where in the block's text they stand.

    A span has a start and an end; a point has none between them. `placeholder` is what stands in
    the text for content that must not be translated.
    """

    start: int
    end: int
    opening: Markup
    closing: Markup = ()
    children: list["Node"] = field(default_factory=list)
    placeholder: str = ""
    is_break: bool = False
    """Whether it is itself the space that stands after it in the text."""
    is_spaced: bool = False
    """Whether there is a space after it, that the text has before it."""

    @property
    def is_span(self) -> bool:
        return self.start < self.end and not self.placeholder

    def flat(self) -> Markup:
        """All of its markup, its children's included."""
        inner = [part for child in self.children for part in child.flat()]
        return (*self.opening, *inner, *self.closing)


@dataclass(frozen=True, slots=True)
class Block:
    """A text to translate as a whole, and the tags in it."""

    markup: Markup
    """As the source has it."""
    text: str
    nodes: tuple[Node, ...]
    encode: Encode


Part = str | Value | Block


def pairs_of(items: Sequence[Item]) -> dict[int, int]:
    """The index of each tag's partner, both ways; tags without one, or crossing, are not in it."""
    partners: dict[int, int] = {}
    waiting: list[int] = []
    names: Counter[str] = Counter()
    for index, item in enumerate(items):
        if item.kind is Kind.OPEN:
            waiting.append(index)
            names[item.name] += 1
        elif item.kind is Kind.CLOSE and names[item.name]:
            while True:
                candidate = waiting.pop()
                names[items[candidate].name] -= 1
                if items[candidate].name == item.name:
                    break
            partners |= {candidate: index, index: candidate}
    return partners


def edges_of(items: Sequence[Item], partners: dict[int, int]) -> tuple[int, int]:
    """Where the block begins and ends without the tags and blanks that only stand around it."""
    content = [index for index, item in enumerate(items) if item.is_content]
    if not content:
        return len(items), len(items)
    first, last = content[0], content[-1]
    start, stop = 0, len(items)
    while start < first and not first <= partners.get(start, -1) <= last:
        start += 1
    while stop - 1 > last and not start <= partners.get(stop - 1, -1) <= last:
        stop -= 1
    return start, stop


def node_tree(items: Sequence[Item], *, preserve: bool = False) -> tuple[str, tuple[Node, ...]]:
    """The text of a block for a model, and its tags as a tree of nodes."""
    return _Tree(items, preserve=preserve).built()


class _Tree:
    def __init__(self, items: Sequence[Item], *, preserve: bool) -> None:
        self._items = items
        self._preserve = preserve
        self._partners = pairs_of(items)
        self._texts: list[str] = []
        self._length = 0
        self._root = Node(0, 0, ())
        self._open = [self._root]
        self._paired: set[int] = set()
        self._placeholders = _placeholders("".join(item.text for item in items))

    def built(self) -> tuple[str, tuple[Node, ...]]:
        for index, item in enumerate(self._items):
            match item.kind:
                case Kind.TEXT:
                    self._write(item.text)
                case Kind.KEPT:
                    self._keep(item)
                case Kind.OPEN if index in self._partners and len(self._open) <= _MAX_DEPTH:
                    self._paired |= {index, self._partners[index]}
                    self._open.append(Node(self._length, -1, item.moved or item.markup))
                case Kind.CLOSE if index in self._paired:
                    self._close(item)
                case _:
                    self._point(item)
        return "".join(self._texts), tuple(self._root.children)

    def _write(self, text: str) -> None:
        piece = text if self._preserve else collapsed(text)
        if piece.startswith(" ") and self._texts and self._texts[-1].endswith(" "):
            piece = piece if self._preserve else piece[1:]
            self._space_last_point()
        if piece:
            self._texts.append(piece)
            self._length += len(piece)

    def _keep(self, item: Item) -> None:
        placeholder = next(self._placeholders)
        start = self._length
        self._write(placeholder)
        self._add(Node(start, self._length, item.markup, placeholder=placeholder))

    def _point(self, item: Item) -> None:
        is_break = item.name == LINE_BREAK
        markup = item.moved or item.markup
        self._add(Node(self._length, self._length, markup, is_break=is_break))
        self._write(" " if is_break else "")

    def _space_last_point(self) -> None:
        last = self._open[-1].children[-1:]
        if last and last[0].start == last[0].end == self._length and not last[0].is_break:
            last[0].is_spaced = not self._preserve

    def _close(self, item: Item) -> None:
        node = self._open.pop()
        node.end, node.closing = self._length, item.moved or item.markup
        if node.start == node.end:
            node = Node(node.start, node.end, node.flat())
        self._add(node)

    def _add(self, node: Node) -> None:
        self._open[-1].children.append(node)


def _placeholders(text: str) -> Iterator[str]:
    """What stands for content that must not be translated, unlike anything in the text."""
    present = set(PLACEHOLDER.findall(text))
    for number in count():
        if (name := f"{{{number}}}") not in present:
            yield name
