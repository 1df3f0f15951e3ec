"""Writes a number that is grouped in one language as another groups it; converts nothing else.

Only groups of thousands: whether `3.12` is a fraction or a version, nobody can tell.
"""

import regex

from common.languages import LANGUAGES

_NO_BREAK = "\u202f"
# What stands between thousands, and before a fraction (Unicode CLDR).
_ENGLISH, _GERMAN, _FRENCH = (",", "."), (".", ","), (_NO_BREAK, ",")
_WRITTEN = {
    **dict.fromkeys(("en", "zh", "ja", "ko", "th", "he"), _ENGLISH),
    **dict.fromkeys(("de", "es", "it", "nl", "pt", "da", "id", "tr", "el", "ro", "vi"), _GERMAN),
    **dict.fromkeys(("fr", "ru", "uk", "pl", "cs", "sv", "fi", "nb", "bg", "hu", "sk"), _FRENCH),
}
_GROUPED = {
    marks: regex.compile(rf"[0-9]{{1,3}}(?:{group}[0-9]{{3}})++(?:{fraction}[0-9]++)?")
    for marks, group, fraction in (
        (_ENGLISH, ",", r"\."),
        (_GERMAN, r"\.", ","),
        (_FRENCH, "[ \u00a0\u202f]", ","),
    )
}


def regrouped(number: str, source_lang: str, target_lang: str) -> str:
    """The number for a text of another language; as it is where that is not certain."""
    written, wanted = _marks(source_lang), _marks(target_lang)
    if not written or not wanted or not _GROUPED[written].fullmatch(number):
        return number
    whole, _, fraction = number.partition(written[1])
    groups = wanted[0].join(regex.findall("[0-9]+", whole))
    return f"{groups}{wanted[1]}{fraction}" if fraction else groups


def _marks(language: str) -> tuple[str, str] | None:
    known = LANGUAGES.get(language)
    return _WRITTEN.get(known.iso639_1 or "") if known else None
