"""Languages as other APIs write them, and which of them the models speak; translates nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bentos.contract import ModelState, Status
from bentos.languages import AUTO
from common.languages import LANGUAGES, Language, find
from models.base.exceptions import UnsupportedLanguageError

_LONGEST: Final = 32
_PLAIN_NAMES: Final[Mapping[str, str]] = {
    "als_Latn": "Albanian",
    "arb_Arab": "Arabic",
    "ayr_Latn": "Aymara",
    "azj_Latn": "Azerbaijani",
    "gaz_Latn": "Oromo",
    "khk_Cyrl": "Mongolian",
    "kmr_Latn": "Kurdish",
    "lvs_Latn": "Latvian",
    "nob_Latn": "Norwegian",
    "pbt_Arab": "Pashto",
    "pes_Arab": "Persian",
    "plt_Latn": "Malagasy",
    "quy_Latn": "Quechua",
    "uzn_Latn": "Uzbek",
    "ydd_Hebr": "Yiddish",
    "zsm_Latn": "Malay",
}
"""Where the language is one of a family whose name, and code, it has in every other API."""


@dataclass(frozen=True, slots=True)
class Codes:
    """How one API writes languages; every code of ours is understood beside its own."""

    written: Mapping[str, str] = field(default_factory=dict)
    """By FLORES-200 code, where it is not the BCP-47 tag."""
    understood: Mapping[str, str] = field(default_factory=dict)
    """FLORES-200 codes by what only this API writes, in lower case."""

    def write(self, code: str) -> str:
        """What the API calls a language; one that is none of ours by ISO 639-3."""
        language = LANGUAGES.get(code)
        bcp47 = code.partition("_")[0] if language is None else language.bcp47
        return self.written.get(code, bcp47)

    def find(self, code: str) -> Language | None:
        """The language that a code of the API means; None: none of ours."""
        own = self.understood.get(code.lower().replace("_", "-"))
        return LANGUAGES[own] if own else find(code)

    def read(self, code: str) -> str:
        """The FLORES-200 code.

        Raises:
            UnsupportedLanguageError: It is no language's.
        """
        language = self.find(code)
        if language is None:
            raise UnsupportedLanguageError(code[:_LONGEST], "is not known")
        return language.code

    def read_source(self, code: str) -> str:
        """The same, or `auto`."""
        return AUTO if code.strip().lower() == AUTO else self.read(code)


def name_of(code: str) -> str:
    """A language's name in English, as lists of languages have it elsewhere."""
    return _PLAIN_NAMES.get(code) or LANGUAGES[code].name


def spoken_by(states: Iterable[ModelState]) -> tuple[tuple[str, ...], ...]:
    """The languages of each model, as far as they are known.

    Where nothing is known, no model having been started yet, it may be any: a client that finds
    none in a list would never ask, and so never have one started.
    """
    listed = list(states)
    known = tuple(tuple(state.languages) for state in listed)
    if any(known) or not any(state.status is Status.COLD for state in listed):
        return known
    return (tuple(LANGUAGES),)


def targets_of(models: Iterable[Sequence[str]]) -> dict[str, set[str]]:
    """By each language that a model speaks, those that it can be translated to, itself included."""
    targets: dict[str, set[str]] = {}
    for languages in models:
        spoken = [code for code in languages if code in LANGUAGES]
        for code in spoken:
            targets.setdefault(code, set()).update(spoken)
    return targets
