"""A text file of which some places are translated and all others stay; what these are is not here.

What is left as it was is never parsed and written again: it comes back byte for byte.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from common.files.document import FileText, Markup
from common.files.encoding import Decoded


def as_it_is(text: str) -> str:
    """Of formats without escapes."""
    return text


@dataclass(frozen=True, slots=True)
class Span:
    """A place in the file that holds a text."""

    start: int
    end: int
    text: str
    """As a reader sees it, without the format's escapes."""
    write: Callable[[str], str] = as_it_is
    """A translation as it must stand in the file."""
    format: Markup = "text"


class SpannedDocument:
    """A decoded file and its places, in order and apart from each other."""

    def __init__(
        self, decoded: Decoded, spans: Sequence[Span], *, unencodable: str = "strict"
    ) -> None:
        """`unencodable`: how what its encoding lacks is written; strictly: all of it in UTF-8."""
        self._decoded = decoded
        self._spans = spans
        self._unencodable = unencodable
        self.texts: Sequence[FileText] = tuple(FileText(one.text, one.format) for one in spans)

    def render(self, translations: Sequence[str]) -> bytes:
        return self._decoded.encoding.encode(self._rendered(translations), self._unencodable)

    def _rendered(self, translations: Sequence[str]) -> str:
        content, done = self._decoded.text, 0
        parts: list[str] = []
        for span, translation in zip(self._spans, translations, strict=True):
            if translation == span.text:
                continue  # however it was written
            parts += (content[done : span.start], span.write(translation))
            done = span.end
        parts.append(content[done:])
        return "".join(parts)


def has_letter(text: str) -> bool:
    """Whether there is anything in it to translate."""
    return any(map(str.isalpha, text))
