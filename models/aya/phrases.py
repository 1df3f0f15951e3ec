"""What a chat model says around a translation, in its languages; not how that is taken off.

The words are in the table beside this module, as regular expressions.
"""

from pathlib import Path

import regex

_TABLE = Path(__file__).with_suffix(".tsv")


def _words(kind: str) -> str:
    rows = [row.split("\t") for row in _TABLE.read_text(encoding="utf-8").splitlines()[1:]]
    return "|".join(phrases for of, _, phrases in rows if of == kind)


_TRANSLATION, _OPENING, _NOTE = map(_words, ("translation", "opening", "note"))
_COLON = r"[:\uff1a]"
_NOT_COLON = r"[^\n:\uff1a]"
_OPEN, _CLOSE = r"[(\uff08\[\u3010]", r"[)\uff09\]\u3011]"
# Where words are set apart by spaces one begins only here.
_BEGIN = r"(?<![\p{Latin}\p{Cyrillic}\p{Greek}\p{Arabic}\p{Hebrew}\p{Devanagari}])"
_STARS = r"[*_]*"

TRANSLATION = regex.compile(rf"(?i)(?:{_TRANSLATION})")
"""A word for a translation."""

LEAD_IN = regex.compile(
    rf"(?i)\A{_NOT_COLON}{{0,80}}?{_BEGIN}(?:{_TRANSLATION}){_NOT_COLON}{{0,60}}{_COLON}{_STARS}\s*"
    rf"|\A(?:{_OPENING})(?!\p{{L}})[^\n]{{0,100}}[:\uff1a!]{_STARS}[^\S\n]*\n\s*"
)
"""What comes before a translation: it names it and ends with a colon, or has a line of its own."""

_NOTE_WORD = rf"{_STARS}{_OPEN}?{_STARS}{_BEGIN}(?:{_NOTE}){_STARS}\s?{_COLON}"
NOTE_HEAD = regex.compile(rf"(?i){_NOTE_WORD}")
"""How a note about a translation begins."""

NOTE_IN_BRACKETS = regex.compile(
    rf"(?i)\s*{_OPEN}{_STARS}(?:{_NOTE}){_STARS}\s?{_COLON}[^\n]*{_CLOSE}[.\u3002]?\Z"
)
"""A note behind a translation, on its line."""

ANY_COLON = regex.compile(_COLON)
ENDS_WITH_BRACKET = regex.compile(rf"{_CLOSE}[.\u3002\s]*\Z")

QUOTES = {
    '"': '"',
    "'": "'",
    "`": "`",
    "\u201c": "\u201d",
    "\u201e": "\u201c\u201d",
    "\u2018": "\u2019",
    "\u201a": "\u2018\u2019",
    "\u00ab": "\u00bb",
    "\u00bb": "\u00ab",
    "\u2039": "\u203a",
    "\u300c": "\u300d",
    "\u300e": "\u300f",
}
"""Opening quotation marks, each with what may close it."""

ALL_QUOTES = frozenset("".join((*QUOTES, *QUOTES.values())))
