"""A text file of which some places are translated and all others stay; what these are is not here.

What is left as it was is never parsed and written again: it comes back byte for byte.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from common.files.document import FileText, Markup
from common.files.encoding import Decoded

Edit = tuple[int, int, str]
"""From where to where, and what comes there."""


def edited(content: str, edits: Sequence[Edit]) -> str:
    """The content with all of them; they do not touch each other."""
    done, parts = 0, list[str]()
    for start, end, text in sorted(edits):
        parts += (content[done:start], text)
        done = end
    return "".join((*parts, content[done:]))


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
        self,
        decoded: Decoded,
        spans: Sequence[Span],
        *,
        unencodable: str = "strict",
        along: Sequence[Edit] = (),
    ) -> None:
        """`unencodable`: how what its encoding lacks is written; strictly: all of it in UTF-8.

        `along` is done where any text has another translation than itself.
        """
        self._decoded = decoded
        self._spans = spans
        self._unencodable = unencodable
        self._along = along
        self.texts: Sequence[FileText] = tuple(FileText(one.text, one.format) for one in spans)

    def render(self, translations: Sequence[str]) -> bytes:
        return self._decoded.encoding.encode(self._rendered(translations), self._unencodable)

    def _rendered(self, translations: Sequence[str]) -> str:
        content = self._decoded.text
        edits = [
            (span.start, span.end, span.write(translation))
            for span, translation in zip(self._spans, translations, strict=True)
            if translation != span.text  # or it stays, however it was written
        ]
        return edited(content, [*self._along, *edits]) if edits else content


def has_letter(text: str) -> bool:
    """Whether there is anything in it to translate."""
    return any(map(str.isalpha, text))
