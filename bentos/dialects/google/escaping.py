"""Escapes what stands between the tags of HTML as Google's answers have it; translates nothing."""

import re
from typing import Final

from common.markup.html_tokens import TokenKind, tokens

_BARE: Final = re.compile(r"&(?!#?[0-9A-Za-z]{1,32};)")
_ESCAPED: Final = str.maketrans({"<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})


def escaped(html: str) -> str:
    """The same document: quotes, too, are entities, as are signs that are no markup."""
    return "".join(
        _BARE.sub("&amp;", token.raw).translate(_ESCAPED)
        if token.kind is TokenKind.TEXT
        else token.raw
        for token in tokens(html)
    )
