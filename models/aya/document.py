"""Cuts a text into segments and groups them into passages; asks the model nothing.

The prompts of a passage's segments begin alike, down to the segment itself: what they share is
computed once, and it shows the model what a pronoun or a term refers to.
"""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import regex

from models.aya import prompt
from models.aya.guidance import Companion, Order, Terms, companion, no_room
from models.aya.limits import Limits
from models.aya.prompt import Guidance, Tokenize
from models.base.layout import Layout, lay_out
from models.base.translation_model import TranslationWarning

_CACHED_SEGMENTS, _CACHED_GUIDANCE = 4096, 16
_LINE_BREAK = regex.compile(r"\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
_SPACES = regex.compile(r"[^\S\n]+")

Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Document(Layout):
    """A text's segments, what stands between them, and what goes along with each."""

    order: Order
    tokens: Callable[[str], Tokens]
    """Of a segment."""
    shared: tuple[tuple[Tokens, Tokens], ...]
    """For each passage its document part: what it has in common with others, and the passage."""
    passage_of: tuple[int, ...]
    """For each segment the index of its passage."""


def cut(order: Order, tokenize: Tokenize, limits: Limits) -> Document:
    """The text's segments and passages; seconds for a million characters."""
    # A segment is asked whether it fits, and later for its tokens: cached, it is encoded once.
    tokens = functools.lru_cache(maxsize=_CACHED_SEGMENTS)(lambda part: tuple(tokenize(part)))
    layout = lay_out(
        order.text,
        order.source_lang,
        order.target_lang,
        lambda part: len(tokens(part)) <= limits.segment,
    )
    along = companion(order, tokenize, limits.room // 2)
    sizes = [len(tokens(segment)) for segment in layout.segmented.segments]
    passages = list(group(sizes, min(limits.passage, limits.room // 2)))
    maker = _Maker(layout, along, tokenize)
    shared = tuple(maker.shared(passage) for passage in passages)
    return Document(
        layout.segmented,
        layout.gaps,
        (*order.warnings(limits.output), *along.warnings, *maker.warnings()),
        order=order,
        tokens=tokens,
        shared=shared,
        passage_of=tuple(at for at, passage in enumerate(passages) for _ in passage),
    )


def group(sizes: list[int], most: int) -> Iterator[range]:
    """Neighbours in groups of at most so many tokens, about equally large; one is always taken."""
    total = sum(sizes)
    target = total / max(1, -(-total // max(1, most)))
    start, size = 0, 0
    for place, tokens in enumerate(sizes):
        if place > start and (size + tokens > most or size + tokens / 2 > target):
            yield range(start, place)
            start, size = place, 0
        size += tokens
    if start < len(sizes):
        yield range(start, len(sizes))


class _Maker:
    """Makes the document parts of one text."""

    def __init__(self, layout: Layout, along: Companion, tokenize: Tokenize) -> None:
        self._segmented = layout.segmented
        self._along = along
        self._tokenize = tokenize
        self._left_out = 0
        self._tokens = functools.lru_cache(maxsize=_CACHED_GUIDANCE)(self._tokens_of)

    def shared(self, passage: range) -> tuple[Tokens, Tokens]:
        """A passage's document part in two; one segment alone is shown no passage."""
        text = self._text(passage)
        guidance, left_out = self._along.of(text, self._size_of_terms)
        self._left_out = max(self._left_out, left_out)
        shown = Guidance(passage=text if len(passage) > 1 else "")
        return self._tokens(guidance), self._tokens(shown)

    def warnings(self) -> tuple[TranslationWarning, ...]:
        return (no_room(self._left_out),) if self._left_out else ()

    def _text(self, passage: range) -> str:
        """The passage, with no more white space than tells lines and words apart."""
        segments, gaps = self._segmented.segments, self._segmented.gaps
        parts = [segments[passage.start]]
        for place in passage[1:]:
            parts += [_SPACES.sub(" ", _LINE_BREAK.sub("\n", gaps[place])), segments[place]]
        return "".join(parts)

    def _size_of_terms(self, terms: Terms) -> int:
        return len(self._tokens(Guidance(glossary=terms)))

    def _tokens_of(self, guidance: Guidance) -> Tokens:
        return prompt.tokens(prompt.document(guidance), self._tokenize)
