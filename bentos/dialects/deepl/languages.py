"""Languages as DeepL writes and lists them; which of them are spoken, models say."""

from collections.abc import Iterable, Iterator
from typing import Final

from pydantic import BaseModel, Field

from bentos.contract import ModelState
from bentos.dialects.languages import Codes
from bentos.errors import InvalidRequestError
from bentos.glossaries.errors import InvalidGlossaryError
from common.glossaries.entries import Pair
from common.languages import LANGUAGES, Language

CODES: Final = Codes()

# DeepL lists these in several variants, of which a model knows one.
_TARGETS: Final = {
    "eng_Latn": (("EN-GB", "English (British)"), ("EN-US", "English (American)")),
    "por_Latn": (("PT-BR", "Portuguese (Brazilian)"), ("PT-PT", "Portuguese (European)")),
    "zho_Hans": (("ZH", "Chinese (simplified)"), ("ZH-HANS", "Chinese (simplified)")),
    "zho_Hant": (("ZH-HANT", "Chinese (traditional)"),),
}
_SOURCES: Final = {"zho_Hans": "Chinese"}
_NAMES: Final = {
    "als_Latn": "Albanian",
    "arb_Arab": "Arabic",
    "azj_Latn": "Azerbaijani",
    "ekk_Latn": "Estonian",
    "khk_Cyrl": "Mongolian",
    "lvs_Latn": "Latvian",
    "nob_Latn": "Norwegian (bokmål)",
    "npi_Deva": "Nepali",
    "pes_Arab": "Persian",
    "uzn_Latn": "Uzbek",
    "zsm_Latn": "Malay",
}
# Languages that address a person in two ways.
_FORMAL: Final = frozenset(
    {"deu_Latn", "fra_Latn", "ita_Latn", "spa_Latn", "nld_Latn", "pol_Latn", "por_Latn"}
    | {"jpn_Jpan", "rus_Cyrl", "ces_Latn", "ell_Grek", "kor_Hang", "ron_Latn", "tur_Latn"}
    | {"ukr_Cyrl", "vie_Latn", "hin_Deva", "ind_Latn", "pes_Arab", "heb_Hebr"}
)


class ListedLanguage(BaseModel):
    """A language that can be translated from or to."""

    language: str
    name: str
    supports_formality: bool | None = Field(default=None, description="Of target languages only.")


def bare(code: str) -> str:
    """The code of a source language: without script or region."""
    language = LANGUAGES.get(code)
    return (language.iso639_1 or language.iso639_3).upper() if language else code.upper()


def read(name: str, code: str) -> str:
    """The FLORES-200 code of what the field `name` says.

    Raises:
        InvalidRequestError: It is no language's.
    """
    language = CODES.find(code.strip())
    if language is None:
        raise unsupported(name)
    return language.code


def unsupported(name: str) -> InvalidRequestError:
    """The error for a value that is not one of those the field may have."""
    return InvalidRequestError(f"Value for '{name}' not supported.")


def pair_of(source: str, target: str) -> Pair:
    """The languages of a glossary.

    Raises:
        InvalidRequestError: One of them is unknown.
        InvalidGlossaryError: Both are one.
    """
    pair = Pair.of(read("source_lang", source), read("target_lang", target))
    if pair is None:
        raise InvalidGlossaryError("Source and target language must differ.")
    return pair


def takes_formality(states: Iterable[ModelState], target: str) -> bool:
    """Whether one of the models that speak a language honours a register in it."""
    return target in _FORMAL and any(
        target in state.languages and state.details.get("formality") is True for state in states
    )


def sources(states: Iterable[ModelState]) -> list[ListedLanguage]:
    """Each language once, whatever scripts it is written in; by their codes."""
    found: dict[str, ListedLanguage] = {}
    for language in _spoken(states):
        name = _SOURCES.get(language.code) or _name_of(language)
        code = bare(language.code)
        found.setdefault(code, ListedLanguage(language=code, name=name))
    return [found[code] for code in sorted(found)]


def targets(states: Iterable[ModelState]) -> list[ListedLanguage]:
    """In all variants that can be asked for; by their codes."""
    known = list(states)
    found = [
        ListedLanguage(
            language=code, name=name, supports_formality=takes_formality(known, language.code)
        )
        for language in _spoken(known)
        for code, name in _TARGETS.get(
            language.code, ((language.bcp47.upper(), _name_of(language)),)
        )
    ]
    return sorted(found, key=lambda one: one.language)


def pairs(models: Iterable[Iterable[str]]) -> list[Pair]:
    """All language pairs that a glossary may be for, of the languages of each model."""
    found = {
        Pair(source, target)
        for spoken in models
        for codes in [{bare(code).lower() for code in spoken if code in LANGUAGES}]
        for source in codes
        for target in codes
        if source != target
    }
    return sorted(found)


def _name_of(language: Language) -> str:
    return _NAMES.get(language.code, language.name)


def _spoken(states: Iterable[ModelState]) -> Iterator[Language]:
    """In the table's order: of a language in several scripts the usual one is the first."""
    spoken = {code for state in states for code in state.languages}
    return (language for code, language in LANGUAGES.items() if code in spoken)
