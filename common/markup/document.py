"""A marked-up document: what of it to translate, and the document with the translations in it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, assert_never

from common.markup import html_blocks, markdown_blocks, xml_blocks
from common.markup.alignment import Alignment, Pairs, align, open_ends
from common.markup.blocks import PLACEHOLDER, Block, Node, Part, Value
from common.markup.placing import Placed, place
from common.markup.spelling import Encode
from common.markup.xml_blocks import XmlOptions
from common.segmentation import split

Format = Literal["html", "xml", "markdown"]

# A longer span's translation is seldom found again word by word.
_LONGEST_SPAN = 200


@dataclass(frozen=True, slots=True)
class Rendered:
    """A document with translations in it."""

    text: str
    lost: int
    """Parts that must not be translated and were not found again; they are where their share of
    the words has them."""


def parse(source: str, markup: Format, xml: XmlOptions | None = None) -> "Marked":
    """Reads a document; without texts in it, it is all markup.

    Raises:
        MalformedError: It is not well-formed XML.
    """
    match markup:
        case "html":
            return Marked(html_blocks.parts_of(source))
        case "xml":
            return Marked(xml_blocks.parts_of(source, xml or XmlOptions()))
        case "markdown":
            return Marked(markdown_blocks.parts_of(source))
    assert_never(markup)


class Marked:
    """A document in parts; never changes."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts

    @cached_property
    def blocks(self) -> tuple[str, ...]:
        """The texts to translate, each once, in their order: blocks and attributes."""
        return tuple(dict.fromkeys(one.text for one in _with_values(self._parts)))

    def spans(self, language: str | None = None) -> tuple[str, ...]:
        """Parts of blocks whose translations tell where tags belong; each once, none a block.

        `language` is the source's FLORES code and helps to find sentences.
        """
        found = (
            text
            for part in self._parts
            if isinstance(part, Block)
            for text in _spans_of(part, language)
        )
        known = set(self.blocks)
        return tuple(text for text in dict.fromkeys(found) if text not in known)

    def texts(self, language: str | None = None) -> list[str]:
        """All that there is to translate, blocks first."""
        return [*self.blocks, *self.spans(language)]

    def visible(self) -> str:
        """What a reader sees of it, a line a block."""
        return "\n".join(self.blocks)

    def render(self, translations: Mapping[str, str | Pairs]) -> str:
        """The document; what has no translation stays as it is."""
        return self.rendered(translations).text

    def rendered(self, translations: Mapping[str, str | Pairs]) -> Rendered:
        """As `render`, with what is to be said about it.

        Where a translation is in pairs, sentence by sentence, tags are put more surely.
        """
        writer = _Writer(translations)
        text = "".join(writer.written(self._parts))
        return Rendered(text, writer.lost)


def _with_values(parts: Sequence[Part]) -> Iterator[Block | Value]:
    for part in parts:
        if isinstance(part, Block):
            yield part
            yield from (one for one in part.markup if isinstance(one, Value))
        elif isinstance(part, Value):
            yield part


def _spans_of(block: Block, language: str | None) -> Iterator[str]:
    """The parts of spans that are less than a sentence; together no longer than the block."""
    nodes = [node for node in _every(block.nodes) if node.is_span]
    if not nodes:
        return
    cut = split(block.text, lambda _: True, language)
    pieces = [piece for pair in zip(cut.gaps, (*cut.segments, ""), strict=True) for piece in pair]
    alignment = align([(piece, piece) for piece in pieces])
    left = len(block.text)
    for node in nodes:
        for (start, end), _ in open_ends(*alignment.trimmed(node.start, node.end), alignment):
            text = block.text[start:end]
            left -= len(text)
            if left >= 0 and len(text) <= _LONGEST_SPAN and any(map(str.isalpha, text)):
                yield text


def _every(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _every(node.children)


def _without(text: str, placeholders: Collection[str]) -> str:
    """A translation has a placeholder twice where the model says it again."""
    if not placeholders or "{" not in text:
        return text
    return PLACEHOLDER.sub(lambda one: "" if one.group() in placeholders else one.group(), text)


class _Writer:
    def __init__(self, translations: Mapping[str, str | Pairs]) -> None:
        self._translations = translations
        self._phrases = {
            text: found if isinstance(found, str) else "".join(target for _, target in found)
            for text, found in translations.items()
        }
        self.lost = 0

    def written(self, parts: Sequence[Part]) -> Iterator[str]:
        for part in parts:
            match part:
                case str():
                    yield part
                case Value():
                    yield self._value(part)
                case Block():
                    yield from self._block(part)

    def _value(self, value: Value) -> str:
        translated = self._phrases.get(value.text, value.text)
        return value.raw if translated == value.text else value.encode(translated)

    def _block(self, block: Block) -> Iterator[str]:
        translated = self._phrases.get(block.text, block.text)
        if translated == block.text:
            yield from self.written(block.markup)
        elif not block.nodes:
            yield block.encode(translated)
        else:
            alignment = self._alignment(block.text)
            placed = place(block.nodes, alignment, self._phrases)
            own = {node.placeholder for node in _every(block.nodes)} - {""}
            target = alignment.target

            def _encode(text: str) -> str:
                return block.encode(_without(text, own))

            yield from self._nodes(placed, target, (0, len(target)), _encode)

    def _alignment(self, text: str) -> Alignment:
        found = self._translations[text]
        if isinstance(found, str):
            return align([(text, found)])
        alignment = align(found)
        return alignment if alignment.source == text else align([(text, alignment.target)])

    def _nodes(
        self, placed: Sequence[Placed], target: str, span: tuple[int, int], encode: Encode
    ) -> Iterator[str]:
        """A stretch of the translation with the nodes in it, whatever places they were given."""
        at, stop = span
        for one in placed:
            start = min(stop, max(at, one.start))
            end = min(stop, max(start, one.end))
            yield encode(target[at:start])
            yield from self._node(one, target, (start, end), encode)
            is_space_next = target.startswith(" ", end, stop)
            at = end + (one.node.is_break and is_space_next)
        yield encode(target[at:stop])

    def _node(
        self, one: Placed, target: str, span: tuple[int, int], encode: Encode
    ) -> Iterator[str]:
        start, end = span
        if one.is_lost and target[max(0, start - 1) : start].isalnum():
            yield " "
        yield from self.written(one.node.opening)
        if one.node.placeholder:
            self.lost += one.is_lost
        else:
            yield from self._nodes(one.children, target, span, encode)
        yield from self.written(one.node.closing)
        is_word_next = target[end : end + 1].isalnum()
        if is_word_next and (one.is_lost or one.node.is_spaced):
            yield " "
