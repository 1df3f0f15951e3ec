"""A stretch of an office file as a text with tags `<g1>…</g1>` and `<x1/>`, and written again.

Nothing is lost whatever a translation has done to the tags: text without its tag gets the style of
what is around it, and what is no text stays in the stretch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape, unescape

import regex
from lxml import etree

from common.files.document import FileRefusedError, FileText
from common.files.office.inline import (
    Fixed,
    Group,
    Item,
    Kind,
    Run,
    Stretch,
    Vocabulary,
    main_style,
)
from common.files.office.trees import legal, parsed

MAX_STYLED: Final = 40
"""Runs of other styles than most; with more of them in one stretch its styles are given up."""
_TAG: Final = regex.compile(r"</?[gx][0-9]+ */?>")
_MAX_DEPTH: Final = 100


@dataclass
class _Tags:
    """What the tags of a text stand for."""

    items: dict[str, Item] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    """By the item's identity."""
    groups: dict[str, int] = field(default_factory=dict)
    """Identity of the list that the item stands in."""

    def add(self, letter: str, item: Item, group: Sequence[Item]) -> str:
        name = f"{letter}{len(self.items) + 1}"
        self.items[name] = item
        self.names[id(item)] = name
        self.groups[name] = id(group)
        return name


class TaggedText:
    """One text of the file, and its place."""

    def __init__(self, stretch: Stretch, vocabulary: Vocabulary) -> None:
        """Reads what stands there; changes nothing."""
        self._stretch = stretch
        self._vocabulary = vocabulary
        self._tags = _Tags()
        self.place = stretch.items[0].elements[0].getparent()
        self.is_replaced = False
        self._styles = _other_styles(stretch.items) <= MAX_STYLED
        written = self._written(stretch.items)
        text = written if self._tags.items else unescape(written)
        self._before, text, self._after = _split(text)
        self.text = FileText(text, "xml" if self._tags.items else "text")

    def replace(self, translation: str) -> None:
        """Put a translation in its place; one equal to the text changes nothing."""
        if translation == self.text.text:
            return
        self.is_replaced = True
        content = f"{self._before}{translation}{self._after}"
        node = _tree(content) if self._tags.items else _plain(content)
        _Writing(self._tags, self._vocabulary).replace(self._stretch.items, node)

    def _written(self, items: Sequence[Item]) -> str:
        main = main_style(items)
        parts: list[str] = []
        for item in items:
            match item:
                case Run(text=text) if not self._styles or main is None or main.style == item.style:
                    parts.append(escape(legal(text)))
                case Run(text=text):
                    name = self._tags.add("g", item, items)
                    parts.append(f"<{name}>{escape(legal(text))}</{name}>")
                case Group(items=inner):
                    name = self._tags.add("g", item, items)
                    parts.append(f"<{name}>{self._written(inner)}</{name}>")
                case Fixed():
                    parts.append(f"<{self._tags.add('x', item, items)}/>")
        return "".join(parts)


def _other_styles(items: Sequence[Item]) -> int:
    main = main_style(items)
    return sum(
        _other_styles(item.items)
        if isinstance(item, Group)
        else isinstance(item, Run) and main is not None and item.style != main.style
        for item in items
    )


def _split(text: str) -> tuple[str, str, str]:
    """White space at the beginning, what is between, and white space at the end."""
    inner = text.strip()
    start = text.index(inner)
    return text[:start], inner, text[start + len(inner) :]


def _tree(content: str) -> etree._Element:
    """A translation as XML; without its tags where it is none."""
    try:
        return parsed(f"<t>{content}</t>".encode(errors="replace"), _MAX_DEPTH)
    except FileRefusedError:
        return _plain(unescape(_TAG.sub("", content)))


def _plain(content: str) -> etree._Element:
    root = etree.Element("t")
    root.text = legal(content)
    return root


@dataclass
class _Writing:
    """The elements of one translation, as they come to be."""

    tags: _Tags
    vocabulary: Vocabulary
    used: set[str] = field(default_factory=set)
    placed: set[etree._Element] = field(default_factory=set)

    def replace(self, items: Sequence[Item], node: etree._Element) -> None:
        """Put what the node says where the items are."""
        main = main_style(items) or next(_runs(items))
        marker = etree.Element("marker")
        items[0].elements[0].addprevious(marker)
        new = [*self._elements(node, main, items), *self._lost(items)]
        for element in new:
            marker.addprevious(element)
        self.placed.update(new)
        for element in (marker, *(old for item in items for old in item.elements)):
            parent = element.getparent()
            if element not in self.placed and parent is not None:
                parent.remove(element)

    def _elements(
        self, node: etree._Element, style: Run, items: Sequence[Item]
    ) -> Iterator[etree._Element]:
        """Of a node's content; `items` are those of the group that it is in."""
        yield from self._run(node.text, style)
        for child in node:
            if isinstance(child.tag, str):
                yield from self._element(child, style, items)
            yield from self._run(child.tail, style)

    def _element(
        self, node: etree._Element, style: Run, items: Sequence[Item]
    ) -> Iterator[etree._Element]:
        match self._item(node, items):
            case Fixed(elements=elements):
                yield from elements
                yield from self._elements(node, style, items)
            case Group() as group:
                self.replace(group.items, node)
                yield group.element
            case Run() as run:
                yield from self._elements(node, run, items)
            case None:
                yield from self._elements(node, style, items)

    def _item(self, node: etree._Element, items: Sequence[Item]) -> Item | None:
        """What a tag stands for: the first of its name, and a group only in the group it is of."""
        name = str(node.tag)
        item = None if name in self.used else self.tags.items.get(name)
        if self._is_group(item) and self.tags.groups[name] != id(items):
            return None
        self.used.add(name)
        return item

    def _is_group(self, item: Item | None) -> bool:
        """With text or without."""
        return isinstance(item, Group) or (
            isinstance(item, Fixed)
            and any(self.vocabulary.kind(one) is Kind.GROUP for one in item.elements)
        )

    def _run(self, text: str | None, style: Run) -> Iterator[etree._Element]:
        if text:
            yield self.vocabulary.run(style.elements[0], legal(text))

    def _lost(self, items: Sequence[Item]) -> Iterator[etree._Element]:
        """What is no text and has no place in the translation."""
        for item in items:
            name = self.tags.names.get(id(item), "")
            if isinstance(item, Fixed) and name not in self.used:
                self.used.add(name)
                yield from item.elements
            elif isinstance(item, Group) and name not in self.used:
                yield from (*item.ends, *self._lost(item.items))


def _runs(items: Sequence[Item]) -> Iterator[Run]:
    for item in items:
        match item:
            case Run():
                yield item
            case Group(items=inner):
                yield from _runs(inner)
            case Fixed():
                pass
