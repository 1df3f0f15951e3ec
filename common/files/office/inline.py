"""What stands in a line of an office file: styled runs, groups of them, and what is no text.

Knows of no vocabulary: that is what says which element is what (`Vocabulary`).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Protocol

from lxml import etree

MAX_DEPTH: Final = 12
"""Of groups within each other; what is deeper stays as it is."""

_SOME: Final = 2
"""Spaces in a line that is no item of a list."""
_ENDS: Final = (".", "!", "?", ":", ";", "\N{HORIZONTAL ELLIPSIS}")
LINK: Final = "link "
"""What the style of a run begins with that is a hyperlink by itself."""


class Kind(Enum):
    """What an element is to the line it stands in."""

    RUN = auto()
    """Text of one style."""
    GROUP = auto()
    """A hyperlink or the like: it holds runs and is more than their style."""
    FIXED = auto()
    """A picture, a footnote's mark, a field: it stays with the words around it, as it is."""
    BREAK = auto()
    """A tab or a page break: what is on its two sides are two texts. It stays where it is."""
    LINE = auto()
    """A line break: the same, unless a sentence goes on after it."""


_BREAKS: Final = frozenset({Kind.BREAK, Kind.LINE})


@dataclass(slots=True)
class Run:
    """Text of one style, of one element or of several in a row."""

    text: str
    style: str
    """Equal for runs that look the same."""
    elements: list[etree._Element]


@dataclass(slots=True)
class Fixed:
    """Elements in a row that stay as they are."""

    elements: list[etree._Element]
    is_line_break: bool = False


@dataclass(slots=True)
class Group:
    """An element with runs in it."""

    element: etree._Element
    items: "list[Item]"
    """Of its content, without what is no text at its two ends."""
    ends: list[etree._Element]
    """What is fixed there."""

    @property
    def elements(self) -> list[etree._Element]:
        return [self.element]


Item = Run | Fixed | Group


class Vocabulary(Protocol):
    """What the elements of one kind of XML are."""

    def kind(self, element: etree._Element) -> Kind: ...

    def text(self, run: etree._Element) -> str: ...

    def style(self, run: etree._Element) -> str: ...

    def content(self, group: etree._Element) -> etree._Element:
        """The element that holds a group's runs: itself, or one within it."""
        ...

    def run(self, model: etree._Element, text: str) -> etree._Element:
        """A new run that looks like the model."""
        ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """Items in a row that are one text; there is a letter in them."""

    items: list[Item]


def stretches(holder: etree._Element, vocabulary: Vocabulary, depth: int = 0) -> Iterator[Stretch]:
    """The texts among an element's children, and in groups that are broken into several."""
    line: list[Item] = []
    for child in holder:
        kind = vocabulary.kind(child)
        if kind is Kind.GROUP and depth < MAX_DEPTH and _is_broken(child, vocabulary, depth + 1):
            yield from _stretch(line, vocabulary)
            yield from stretches(vocabulary.content(child), vocabulary, depth + 1)
            line = []
        elif kind is Kind.BREAK:
            yield from _stretch(line, vocabulary)
            line = []
        else:
            _append(line, child, kind, vocabulary, depth)
    yield from _stretch(line, vocabulary)


def letters(items: Sequence[Item]) -> int:
    """How many there are in all of them."""
    return sum(
        sum(map(str.isalpha, item.text)) if isinstance(item, Run) else letters(item.items)
        for item in items
        if not isinstance(item, Fixed)
    )


def _is_broken(group: etree._Element, vocabulary: Vocabulary, depth: int) -> bool:
    """Whether there is a break anywhere in it."""
    for child in vocabulary.content(group):
        kind = vocabulary.kind(child)
        if kind in _BREAKS:
            return True
        if kind is Kind.GROUP and depth < MAX_DEPTH and _is_broken(child, vocabulary, depth + 1):
            return True
    return False


def _stretch(line: list[Item], vocabulary: Vocabulary) -> Iterator[Stretch]:
    """The texts of items that no break is between, apart from line breaks."""
    whole: list[Item] = []
    last = ""
    for mark, part in _lines(line):
        text = _text(part)
        if mark is not None and _goes_on(last, text):
            whole.append(mark)
        else:
            yield from _whole(whole, vocabulary)
            whole = []
        whole += part
        last = text
    yield from _whole(whole, vocabulary)


def _lines(items: list[Item]) -> Iterator[tuple[Fixed | None, list[Item]]]:
    """What is between line breaks, each with the break before it."""
    mark: Fixed | None = None
    part: list[Item] = []
    for item in items:
        if isinstance(item, Fixed) and item.is_line_break:
            yield mark, part
            mark, part = item, []
        else:
            part.append(item)
    yield mark, part


def _goes_on(line: str, following: str) -> bool:
    """Whether a sentence does: where the next line begins small, and this one is of some words."""
    line, following = line.strip(), following.lstrip()
    return following[:1].islower() and not line.endswith(_ENDS) and line.count(" ") >= _SOME


def _text(items: Sequence[Item]) -> str:
    return "".join(
        item.text if isinstance(item, Run) else _text(item.items)
        for item in items
        if not isinstance(item, Fixed)
    )


def _whole(line: list[Item], vocabulary: Vocabulary) -> Iterator[Stretch]:
    items = _trimmed(line)
    if len(items) == 1 and isinstance(items[0], Group):
        yield from _whole(items[0].items, vocabulary)
    elif letters(items):
        yield Stretch(items)


def _trimmed(items: list[Item]) -> list[Item]:
    """Without what is no text at the two ends: it stays where it is."""
    texts = [at for at, item in enumerate(items) if not _is_blank(item)]
    return items[texts[0] : texts[-1] + 1] if texts else []


def _is_blank(item: Item) -> bool:
    match item:
        case Run(text=text):
            return not text.strip()
        case Group(items=items):
            return not items
        case _:
            return True


def _append(
    line: list[Item], child: etree._Element, kind: Kind, vocabulary: Vocabulary, depth: int
) -> None:
    if kind is Kind.RUN:
        _append_run(line, child, vocabulary)
        return
    found = _items(child, vocabulary, depth + 1) if kind is Kind.GROUP else []
    if inner := _trimmed(found):
        line.append(Group(child, inner, _fixed_apart_from(inner, found)))
    elif kind is Kind.LINE:
        line.append(Fixed([child], is_line_break=True))
    elif line and isinstance(line[-1], Fixed) and not line[-1].is_line_break:
        line[-1].elements.append(child)
    else:
        line.append(Fixed([child]))


def _fixed_apart_from(inner: list[Item], found: list[Item]) -> list[etree._Element]:
    kept = {id(item) for item in inner}
    outer = (item for item in found if id(item) not in kept and not isinstance(item, Run))
    return [element for item in outer for element in item.elements]


def _append_run(line: list[Item], run: etree._Element, vocabulary: Vocabulary) -> None:
    text, style = vocabulary.text(run), vocabulary.style(run)
    last = line[-1] if line else None
    if isinstance(last, Run) and (last.style == style or text == " "):
        last.text += text
        last.elements.append(run)
    else:
        line.append(Run(text, style, [run]))


def _items(group: etree._Element, vocabulary: Vocabulary, depth: int) -> list[Item]:
    items: list[Item] = []
    if depth < MAX_DEPTH:
        for child in vocabulary.content(group):
            _append(items, child, vocabulary.kind(child), vocabulary, depth)
    return items


def main_style(items: Sequence[Item]) -> Run | None:
    """The run whose style has most of the letters of those that stand in no group.

    A link is it only where there is nothing else: what has lost its tag must not become one.
    """
    runs = [item for item in items if isinstance(item, Run)]
    runs = [run for run in runs if not run.style.startswith(LINK)] or runs
    counts = Counter[str]()
    for run in runs:
        counts[run.style] += letters([run])
    return max(runs, key=lambda run: counts[run.style], default=None)
