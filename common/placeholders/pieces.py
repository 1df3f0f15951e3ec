"""Cuts a text at what is to be kept, so that what stands between is translated by itself."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from common.placeholders.spans import Span

# What ends a sentence tells the model what it is, and stays with its piece.
_END = ".?!\u2026\u3002\uff1f\uff01"
_OPENS = "([{<$%@#\u201c\u2018\u00ab"
_OPENING = "\u00bf\u00a1"


@dataclass(frozen=True, slots=True)
class Pieces:
    """`texts` to translate and, one more, what stands around them and stays."""

    texts: tuple[str, ...]
    kept: tuple[str, ...]

    def join(
        self, translations: Sequence[str], *, space: str = "", lower_case: bool = False
    ) -> str:
        """The whole.

        `space` goes where the source's script had none between words, and `lower_case` lets a
        piece begin as its source did: models begin whatever they write with a capital.
        """
        parts = [self.kept[0]]
        for text, translation, kept in zip(self.texts, translations, self.kept[1:], strict=True):
            parts += (_as_part(text, translation, lower_case=lower_case), kept)
        return "".join(_spaced(parts, space)) if space else "".join(parts)


def cut(text: str, spans: Sequence[Span]) -> Pieces:
    """The pieces between the spans; those without a letter stay as they are."""
    texts: list[str] = []
    kept = [""]
    end = 0
    for start, stop in (*((span.start, span.end) for span in spans), (len(text), len(text))):
        before, core, after = _edges(text[end:start])
        if any(map(str.isalpha, core)):
            kept[-1] += before
            texts.append(core)
            kept.append(after)
        else:
            kept[-1] += text[end:start]
        kept[-1] += text[start:stop]
        end = stop
    return Pieces(tuple(texts), tuple(kept))


def _edges(text: str) -> tuple[str, str, str]:
    start, end = 0, len(text)
    while start < end and not (text[start].isalnum() or text[start] in _OPENING):
        start += 1
    while end > start and not (text[end - 1].isalnum() or _stays(text[end - 1])):
        end -= 1
    return text[:start], text[start:end], text[end:]


def _stays(character: str) -> bool:
    return character in _END or unicodedata.category(character).startswith("M")


def _as_part(text: str, translation: str, *, lower_case: bool) -> str:
    """A piece's translation, begun and ended like a part of a sentence where it is one."""
    part = translation.strip()
    if text[-1] not in _END:
        part = part.rstrip(_END).rstrip()
    first, _, _ = part.partition(" ")
    if lower_case and text[:1].islower() and first[1:].islower():
        part = part[0].lower() + part[1:]
    return part


def _spaced(parts: Sequence[str], space: str) -> Iterator[str]:
    """The parts with a space wherever two would stand letter by letter."""
    before = ""
    for part in filter(None, parts):
        if before and _is_gap(before, part[0]):
            yield space
        yield part
        before = part[-1]


def _is_gap(before: str, after: str) -> bool:
    if before.isspace() or after.isspace():
        return False
    return after.isalnum() or (before.isalnum() and after in _OPENS)
