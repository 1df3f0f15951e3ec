"""Tells a template's statements, as Jinja and Liquid have them, from the text around them."""

from collections.abc import Callable, Iterator

import regex

from common.markup.blocks import STATEMENT, Item, Kind

# What is put in place of `{{ name }}` is read, and so a part of the sentence; these are not, and
# what is between them may be left out or come again.
_STATEMENT = regex.compile(r"(\{%[^{}\n]*+\}|\{#[^{}\n]*+\})")
_SHORTEST = len("{%}")


def items_of(raw: str, decode: Callable[[str], str]) -> Iterator[Item]:
    """A text's items: mostly one, the text itself."""
    for place, part in enumerate(_STATEMENT.split(raw)):
        if place % 2 and part[1] == part[-2] and len(part) > _SHORTEST:
            yield Item(Kind.POINT, (part,), name=STATEMENT if part[1] == "%" else "")
        elif part:
            yield Item(Kind.TEXT, (part,), decode(part))
