"""Tells texts for people from names, addresses and codes for programs; a guess, by their form."""

from typing import Final

import regex

from common.files.document import Markup
from common.files.spans import has_letter

_SCHEME: Final = regex.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}:\S++")
_WORD: Final = regex.compile(r"\p{L}[\p{L}\p{M}'\u2019]*+(?:-\p{L}[\p{L}\p{M}'\u2019]*+)*+")
_EDGES: Final = (
    " \t\r\n.,;:!?\u2026\"'()[]\u00bf\u00a1\u00ab\u00bb\u201c\u201d\u2018*%+&/-\u2013\u2014"
)
_CAMEL: Final = regex.compile(r"\p{Ll}\p{Lu}")
_TAG: Final = regex.compile(r"</?[A-Za-z][^<>]*+>")
_NOT_WORDS: Final = regex.compile(
    rf"{_TAG.pattern}|\{{[^{{}}\s]*+\}}|%(?:\(\w++\))?+[-+#0]?+\d*+[dfisx]\b"
)
_HEX: Final = regex.compile(r"(?=.*\d)[0-9A-Fa-f]{6,}")
_LOCALE: Final = regex.compile(r"[a-z]{2,3}-(?:[A-Z]{2}|[A-Z][a-z]{3})(?:-[A-Z]{2})?")


def is_prose(text: str) -> bool:
    """Whether it is to be translated where nobody said what is.

    With white space in it, what has letters is; a single word is, unless it is written as no
    language writes: with digits, underscores, dots or capitals inside, as an address or a path.
    """
    word = _NOT_WORDS.sub(" ", text).strip()
    if not has_letter(word) or _SCHEME.fullmatch(word):
        return False
    if any(map(str.isspace, word)) or not word.isascii():
        return True
    if _LOCALE.fullmatch(word) or _HEX.fullmatch(word):
        return False
    bare = word.strip(_EDGES)
    return _WORD.fullmatch(bare) is not None and _CAMEL.search(bare) is None


def markup_of(text: str) -> Markup:
    """HTML where there is a tag in it, as many formats' texts have."""
    return "html" if _TAG.search(text) else "text"
