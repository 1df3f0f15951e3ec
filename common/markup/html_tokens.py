"""Cuts HTML into tags, text and what is neither, as browsers do; builds no tree of them.

The standard library's parser says where a token begins too, but takes quadratic time over some
broken input in Pythons that are still in use; a parser that builds a tree forgets how its source
was written.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

import regex

# Possessive throughout: what did not match is not tried in another way. An unclosed tag or comment
# goes on to the end of the document, as the standard has it, so that no part is read twice.
_ATTRIBUTES = (
    r"""(?:[^>=]++|=[\t\n\f\r ]*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>"'][^\s>]*+)?+)*+"""
)
_MARKUP = regex.compile(
    r"<(?:"
    r"!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|!\[CDATA\[.*?(?:\]\]>|\Z)"
    r"|\?(?:php\b|=).*?(?:\?>|\Z)"
    r"|[!?][^>]*+(?:>|\Z)"
    r"|/(?![A-Za-z])[^>]*+(?:>|\Z)"
    rf"|(?P<slash>/?)(?P<name>[A-Za-z][^\t\n\f\r />]*+){_ATTRIBUTES}(?P<end>>|\Z)"
    r")",
    regex.DOTALL,
)
_ATTRIBUTE = regex.compile(
    r"""(?P<name>[^\s"'<>/=]++)(?:\s*+=\s*+(?:"(?P<d>[^"]*+)"|'(?P<s>[^']*+)'|(?P<u>[^\s"'=<>`]++)))?+"""
)
_OPAQUE = frozenset({"iframe", "noembed", "noframes", "script", "style", "textarea", "xmp"})
_CLOSED_BY_NAME = {
    name: regex.compile(rf"</{name}(?=[\t\n\f\r />])", regex.IGNORECASE)
    for name in (*_OPAQUE, "title")
}


class TokenKind(Enum):
    """What a part of the source is."""

    TEXT = auto()
    START = auto()
    END = auto()
    OTHER = auto()
    """Comments, declarations, scripts and whatever else no reader sees."""


@dataclass(frozen=True, slots=True)
class Token:
    """A part of the source; all of them, joined, are the source."""

    kind: TokenKind
    raw: str
    name: str = ""
    """Of a tag, in lower case."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute and where in its tag the value stands, quotes apart."""

    name: str
    value: str
    start: int
    end: int
    quote: str


def tokens(source: str) -> Iterator[Token]:
    """The document's tokens, in order; in time linear in its length."""
    position = 0
    unclosed: set[str] = set()
    while (match := _MARKUP.search(source, position)) is not None:
        if match.start() > position:
            yield Token(TokenKind.TEXT, source[position : match.start()])
        tag = _tag(match)
        yield tag
        position = match.end()
        if tag.kind is TokenKind.START and tag.name in _CLOSED_BY_NAME:
            end = _content_end(source, position, tag, unclosed)
            kind = TokenKind.OTHER if tag.name in _OPAQUE else TokenKind.TEXT
            if end > position:
                yield Token(kind, source[position:end])
            position = end
    if position < len(source):
        yield Token(TokenKind.TEXT, source[position:])


def _content_end(source: str, position: int, tag: Token, unclosed: set[str]) -> int:
    """Where an element's content ends that has no tags in it; `unclosed` is remembered between."""
    closing = None
    if tag.name not in unclosed:
        closing = _CLOSED_BY_NAME[tag.name].search(source, position)
    if closing is not None:
        return int(closing.start())
    unclosed.add(tag.name)
    return position if tag.raw.endswith("/>") else len(source)  # as XHTML has it


def _tag(match: "regex.Match[str]") -> Token:
    if not match["name"] or not match["end"]:
        return Token(TokenKind.OTHER, match.group())
    kind = TokenKind.END if match["slash"] else TokenKind.START
    return Token(kind, match.group(), match["name"].lower())


def attributes(tag: Token) -> Iterator[Attribute]:
    """The attributes of a start tag, in order."""
    for match in _ATTRIBUTE.finditer(tag.raw, 1 + len(tag.name)):
        for group, quote in (("d", '"'), ("s", "'"), ("u", "")):
            if match[group] is not None:
                yield Attribute(match["name"].lower(), match[group], *match.span(group), quote)
                break
        else:
            yield Attribute(match["name"].lower(), "", match.end(), match.end(), "")
