"""What the predecessor's clients call the languages, and the list they choose from."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from bentos.contract import ModelState
from common.languages import LANGUAGES, Language, find

AUTO: Final = "auto"

_DATA: Final = Path(__file__).parent / "data"
_LISTED: Final[dict[str, Any]] = json.loads((_DATA / "languages.json").read_text("utf-8"))
_FALLBACK: Final = "eng_Latn"
_OTHER: Final = "Other"
_ISO: Final = {"nob_Latn": "no"}
"""Where the predecessor's code is not the one that is usual now."""


def _short_names() -> dict[str, str]:
    rows = (_DATA / "names.tsv").read_text("utf-8").splitlines()[1:]
    return dict(row.split("\t") for row in rows)


_NAMES: Final = _short_names()


def _by_name() -> dict[str, Language]:
    index = {name.lower(): LANGUAGES[code] for code, name in _NAMES.items()}
    for language in LANGUAGES.values():
        index.setdefault(language.name.lower(), language)
    for language in LANGUAGES.values():
        index.setdefault(language.name.partition(" (")[0].lower(), language)
    return index


_BY_NAME: Final = _by_name()


def language_of(written: str) -> Language | None:
    """The language that a FLORES or ISO code in any case, or an English name means."""
    return find(written) or _BY_NAME.get(written.lower())


def spoken(code: str | None) -> str:
    """A detected language; English where none could be told, as it always was."""
    return code if code in LANGUAGES else _FALLBACK


def iso_of(code: str) -> str:
    """The predecessor's short code of a language given in FLORES-200."""
    if code in _ISO or code not in LANGUAGES:
        return _ISO.get(code, code)
    language = LANGUAGES[code]
    short = language.iso639_1
    return short if short and find(short) is language else language.bcp47


def name_of(code: str) -> str:
    """In English, as short as the predecessor had it."""
    return _NAMES.get(code) or (LANGUAGES[code].name if code in LANGUAGES else code)


def codes_of(states: Iterable[ModelState]) -> list[str]:
    """Each language that any of them speaks, once."""
    return list(dict.fromkeys(code for state in states for code in state.languages))


def catalogue(states: Iterable[ModelState]) -> dict[str, Any]:
    """The body of /languages: the predecessor's entries, then what else is spoken now."""
    more = list(_more(codes_of(states)))
    entries = [*_LISTED["languages"], *more]
    families = dict(_LISTED["families"])
    if more:
        families[_OTHER] = [entry["code"] for entry in more]
    tag = f"lang-metadata-v1-{len(entries)}"
    return {
        **_LISTED,
        "languages": entries,
        "families": families,
        "total_count": len(entries),
        "cache_headers": {**_LISTED["cache_headers"], "ETag": tag},
    }


def entry_of(code: str, states: Iterable[ModelState]) -> dict[str, Any] | None:
    """One of the list's entries, by exactly its code."""
    entries: list[dict[str, Any]] = catalogue(states)["languages"]
    return next((entry for entry in entries if entry["code"] == code), None)


def _more(codes: Iterable[str]) -> Iterator[dict[str, Any]]:
    listed = {language_of(entry["code"]) for entry in _LISTED["languages"]}
    for language in (LANGUAGES[code] for code in codes if code in LANGUAGES):
        if language not in listed:
            yield {
                "code": language.code,
                "name": language.name,
                "native_name": language.native_name,
                "family": _OTHER,
                "script": language.script,
                "popular": False,
                "region": _OTHER,
                "rtl": language.rtl,
            }
