"""The 202 languages of FLORES-200 and what callers may write for each; not what a model speaks.

The table beside this module is in the order in which a bare code is understood: `zh` is its
first `zho` row.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TABLE = Path(__file__).with_suffix(".tsv")
_LONGEST = 64

# FLORES codes are kept as NLLB's tokenizer has them: this one names a script its text is not in.
_WRITTEN_IN = {"sat_Beng": "Olck"}
_RIGHT_TO_LEFT = frozenset({"Arab", "Hebr"})

# Scripts that a region implies, where it is not the language's usual one (CLDR likely subtags).
_REGIONS_WRITING = {
    "hant": ("zh-tw", "zh-hk", "zh-mo"),
    "hans": ("yue-cn",),
    "arab": (
        *("az-ir", "az-iq", "ha-sd", "kk-af", "kk-cn", "kk-ir", "kk-mn", "ku-lb"),
        *("ky-cn", "ms-cc", "pa-pk", "tg-pk", "uz-af"),
    ),
    "cyrl": ("az-ru", "ug-kz", "ug-mn", "uz-cn"),
    "latn": ("ky-tr", "sr-me", "sr-ro", "sr-tr"),
    "deva": ("sd-in",),
    "mong": ("mn-cn",),
}
_SCRIPT_OF_REGION = {tag: script for script, tags in _REGIONS_WRITING.items() for tag in tags}
# Registered variants that are romanisations: the text is not in the language's usual script.
_ROMANISED = re.compile(r"-(alalc97|hepburn|heploc|jyutping|pinyin|tongyong|wadegile)(-|$)")

_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})"
    r"(-(?P<extended>[a-z]{3}))?"
    r"(-(?P<script>[a-z]{4}))?"
    r"(-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)"
    r"(-[a-wyz0-9](-[a-z0-9]{2,8})+)*"
    r"(-x(-[a-z0-9]{1,8})+)?"
)


@dataclass(frozen=True, slots=True)
class Language:
    """A language in a script."""

    code: str
    """FLORES-200, as NLLB's tokenizer has it."""
    iso639_1: str | None
    iso639_3: str
    bcp47: str
    """The shortest tag that means this row."""
    name: str
    """In English, with the script where the table has the language in several."""
    native_name: str
    script: str
    """ISO 15924."""
    rtl: bool
    aliases: tuple[str, ...]
    """Other subtags or tags, lower case: macrolanguages, bibliographic and withdrawn codes."""


def _read() -> Iterator[Language]:
    for row in _TABLE.read_text(encoding="utf-8").splitlines()[1:]:
        code, iso639_1, bcp47, name, native_name, aliases = row.split("\t")
        iso639_3, script = code.split("_")
        script = _WRITTEN_IN.get(code, script)
        yield Language(
            code=code,
            iso639_1=iso639_1 or None,
            iso639_3=iso639_3,
            bcp47=bcp47,
            name=name,
            native_name=native_name,
            script=script,
            rtl=script in _RIGHT_TO_LEFT,
            aliases=tuple(aliases.split()),
        )


def spellings(language: Language) -> Iterator[str]:
    """Every tag that means this row and no other; regions and variants may be added to them."""
    yield language.code.lower().replace("_", "-")
    script = language.code.partition("_")[2].lower()
    for alias in (language.iso639_3, *language.aliases):
        yield alias if "-" in alias else f"{alias}-{script}"


def _index() -> dict[str, Language]:
    index = {tag: language for language in LANGUAGES.values() for tag in spellings(language)}
    for language in LANGUAGES.values():
        for alias in (language.iso639_3, *language.aliases):
            index.setdefault(
                alias, language
            )  # several scripts: the first row is what the bare code means
    return index


LANGUAGES: dict[str, Language] = {language.code: language for language in _read()}
_INDEX = _index()


def find(code: str) -> Language | None:
    """The language a FLORES-200, ISO 639 or BCP-47 code means, in any case, with `_` or `-`.

    None: none of ours, or no code at all. Never raises.

    A script the table does not have the language in is never taken for another: `zh-Latn` is None.
    """
    if len(code) > _LONGEST or not code.isascii():
        return None
    tag = code.lower().replace("_", "-")
    known = _INDEX.get(tag)
    if known is not None:
        return known
    parts = _TAG.fullmatch(tag)
    return None if parts is None else _find_parts(parts)


def _find_parts(parts: re.Match[str]) -> Language | None:
    language, region = parts["language"], parts["region"]
    if parts[
        "extended"
    ]:  # zh-yue, ar-arz: the second subtag names the language, the first its family
        if language not in _INDEX or parts["extended"] not in _INDEX:
            return None
        language = parts["extended"]
    elif f"{language}-{region}" in _INDEX and parts["script"] is None:
        return _INDEX[f"{language}-{region}"]
    known = _INDEX.get(language)
    if known is None or _ROMANISED.search(parts["variants"]):
        return None
    script = parts["script"] or _script_of(known, region)
    return _INDEX.get(f"{language}-{script}") if script else known


def _script_of(language: Language, region: str | None) -> str | None:
    short = language.iso639_1 or language.iso639_3
    return _SCRIPT_OF_REGION.get(f"{short}-{region}")
