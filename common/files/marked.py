"""HTML and Markdown as the blocks in them, each a text of its own; how these are found is markup's.

A block with tags in it is given as a piece of its format, which the service translates with its
tags in place; unless that piece alone would be read as something else. Then its words are, and
the tags are put where their share of the words has them.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from common.files.document import Markup
from common.files.spans import Span, has_letter
from common.markup.blocks import Block, Part, Value
from common.markup.document import Marked

ReadParts = Callable[[str], Sequence[Part]]


def spans_of(content: str, markup: Markup, parts_of: ReadParts) -> Iterator[Span]:
    """Blocks and attributes that hold something to translate, in order."""
    start = 0
    for part in parts_of(content):
        end = start + len(_source_of(part))
        if isinstance(part, Value):
            if has_letter(part.text):
                yield Span(start, end, part.text, part.encode)
        elif isinstance(part, Block):
            yield _span(part, start, end, markup, parts_of)
        start = end


def _span(block: Block, start: int, end: int, markup: Markup, parts_of: ReadParts) -> Span:
    source = _source_of(block)
    if block.nodes and _stands_alone(source, block, parts_of):
        return Span(start, end, source, format=markup)
    return Span(start, end, block.text, partial(_written, block=block))


def _stands_alone(source: str, block: Block, parts_of: ReadParts) -> bool:
    """Whether it is read as this block without what is around it, too."""
    match [part for part in parts_of(source) if part != ""]:
        case [Block() as only]:
            return only.text == block.text and len(only.nodes) == len(block.nodes)
        case _:
            return False


def _written(translation: str, *, block: Block) -> str:
    return Marked([block]).render({block.text: translation})


def _source_of(part: Part) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Value):
        return part.raw
    return "".join(one if isinstance(one, str) else one.raw for one in part.markup)
