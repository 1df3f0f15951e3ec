"""How characters are written in a format, both ways; knows nothing of tags."""

import html
from collections.abc import Callable

import regex

Encode = Callable[[str], str]

_BLANKS = regex.compile(r"[\t\n\f\r ]+")
_REFERENCE = regex.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
_XML_REFERENCE = regex.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(amp|lt|gt|quot|apos));")
_XML_NAMES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_ALWAYS = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_NEVER_IN_XML = regex.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# Always escaped where they may be markup, and left where they cannot: `2 * 3`, `snake_case`.
_MARKDOWN = regex.compile(
    r"`|(?<!\s)\*|\*(?!\s)|(?<![\w\s])_|(?<=\s)_(?!\s)|_(?![\w\s])|(?<!\s)_(?=\s)|<(?=[A-Za-z/!?])"
)
# Escaped unless the source has them as they are.
_SELDOM = frozenset("\\[]~")
_BACKSLASHED = regex.compile(r"\\([!-/:-@\[-`{-~])|" + _REFERENCE.pattern)
_LINE_START = regex.compile(r"(?:#{1,6}|[-+]|\d{1,9}[.)])(?=[\s\-]|\Z)|>|~~~")


def collapsed(text: str) -> str:
    """Each run of white space as one space, as browsers show it; other spaces stay."""
    return _BLANKS.sub(" ", text)


def decode_html(raw: str) -> str:
    """What a reader sees of it, words in one piece."""
    return (html.unescape(raw) if "&" in raw else raw).replace("\xad", "")


def html_encoder(raw: str) -> Encode:
    """Writes as `raw` does: a character that it has as a reference only is one again."""
    spelled = str.maketrans({**_references(raw), **_ALWAYS})
    return lambda text: text.replace("\0", "").translate(spelled)


def attribute_encoder(raw: str, quote: str) -> Encode:
    """As `html_encoder`, for a value in these quotes; one without gets some."""
    encode = html_encoder(raw)
    if not quote:
        return lambda text: '"' + encode(text).replace('"', "&quot;") + '"'
    reference = "&quot;" if quote == '"' else "&#39;"
    return lambda text: encode(text).replace(quote, reference)


def decode_xml(raw: str) -> str:
    """As a parser reads it, which has refused references other than XML's own."""
    return _XML_REFERENCE.sub(_xml_character, raw) if "&" in raw else raw


def xml_encoder(raw: str) -> Encode:
    """As `html_encoder`, without what XML cannot hold."""
    encode = html_encoder(raw)
    return lambda text: _NEVER_IN_XML.sub("", encode(text))


def decode_markdown(raw: str) -> str:
    """Without backslashes and references, as a reader sees it."""

    def _plain(match: "regex.Match[str]") -> str:
        return str(match[1] or html.unescape(match.group()))

    return _BACKSLASHED.sub(_plain, raw)


def markdown_encoder(raw: str, *, table: bool = False, line_start: bool = True) -> Encode:
    """Puts a backslash before what would be markup, written as in `raw` as far as it can be."""
    plain = set(_BACKSLASHED.sub("", raw))
    escaped = (_SELDOM - plain) | ({"|"} if table else set())
    table_of = str.maketrans({character: f"\\{character}" for character in escaped})
    start = _LINE_START.match(raw)
    own_start = start.group() if start else ""

    def _encode(text: str) -> str:
        written = _MARKDOWN.sub(r"\\\g<0>", text.translate(table_of))
        mark = _LINE_START.match(written) if line_start else None
        if mark is None or written[: mark.end()] == own_start:
            return written
        return f"{written[: mark.end() - 1]}\\{written[mark.end() - 1 :]}"

    return _encode


def _xml_character(match: "regex.Match[str]") -> str:
    if match[3]:
        return _XML_NAMES[match[3]]
    return chr(int(match[1], 16) if match[1] else int(match[2]))


def _references(raw: str) -> dict[str, str]:
    """The characters that are written as references everywhere, and as which."""
    found: dict[str, str] = {}
    for match in _REFERENCE.finditer(raw):
        character = html.unescape(match.group())
        if len(character) == 1 and not character.isascii():
            found.setdefault(character, match.group())
    bare = set(_REFERENCE.sub("", raw)) if found else set()
    return {character: name for character, name in found.items() if character not in bare}
