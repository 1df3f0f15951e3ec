"""Endings that words take without changing otherwise, by language; no grammar, and no dictionary.

Only what is safe: a rule that could make one word of two is not here, and where a language's words
change within (`Bahnhof`, `Bahnhöfe`) only a look at a finished translation allows for it.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TABLE = Path(__file__).with_name("endings.tsv")
_LEAST_LETTERS = 3
# Korean words are short, and their endings are particles.
_LEAST = {"ko": 2}
# What makes another noun of a noun (`Bank`, `Banker`) may be an adjective's.
_OF_ADJECTIVES = ("er", "em", "es", "en", "e")
_GERMAN_FEMININE = ("ung", "heit", "keit", "schaft", "ion", "tät")


@dataclass(frozen=True, slots=True)
class _Ending:
    ending: str
    base: str
    """What the base form has in its place."""
    plural: bool
    after: tuple[str, ...]
    """What the base form ends in; any, where empty."""


@dataclass(frozen=True, slots=True)
class Base:
    """What a word may be a form of, folded."""

    word: str
    plural: bool = False
    inflected: bool = True


def _read() -> dict[str, tuple[_Ending, ...]]:
    table: dict[str, list[_Ending]] = defaultdict(list)
    for row in _TABLE.read_text(encoding="utf-8").splitlines()[1:]:
        language, ending, base, plural, after = row.split("\t")
        rule = _Ending(ending, base, plural == "plural", tuple(after.split()) or ("",))
        table[language].append(rule)
    return {language: tuple(rules) for language, rules in table.items()}


_ENDINGS = _read()
_ADJECTIVES = tuple(_Ending(ending, "", plural=False, after=("",)) for ending in _OF_ADJECTIVES)


def is_known(language: str) -> bool:
    """Whether there are rules for the language, an ISO 639-1 code."""
    return language in _ENDINGS


def bases(word: str, language: str) -> Iterator[Base]:
    """What a word may be a form of, itself first; `word` as it stands in a text."""
    folded = word.casefold()
    yield Base(folded, inflected=False)
    endings = _ENDINGS.get(language, ())
    if language == "de" and word[:1].islower():
        endings = (*endings, *_ADJECTIVES)
    least = _LEAST.get(language, _LEAST_LETTERS)
    for rule in endings:
        stem = folded.removesuffix(rule.ending) + rule.base
        if folded.endswith(rule.ending) and len(stem) >= least and stem.endswith(rule.after):
            yield Base(stem, rule.plural)


def stem(word: str, language: str) -> str:
    """A term's word as it is looked for: a German adjective (`neuronales Netz`) without ending."""
    if language == "de" and word.islower():
        for ending in _OF_ADJECTIVES:
            if word.endswith(ending) and len(word) - len(ending) >= _LEAST_LETTERS:
                return word.removesuffix(ending)
    return word.casefold()


def plural(term: str, language: str) -> str | None:
    """The plural of a term where a rule is safe, else None."""
    if " " in term and language != "en":
        return None
    match language:
        case "en":
            return _english(term)
        case "fr":
            return _french(term)
        case "es":
            return _spanish(term)
        case "de":
            return _german(term)
        case _:
            return None


def _english(term: str) -> str | None:
    if not term[-1:].isalpha() or term[-1:].isupper():
        return None
    if term.endswith(("s", "x", "z", "ch", "sh")):
        return term if term.endswith("s") and not term.endswith("ss") else f"{term}es"
    if term.endswith("y") and term[-2:-1] not in "aeiou":
        return f"{term[:-1]}ies"
    return None if term.endswith(("f", "fe", "man", "o")) else f"{term}s"


def _french(term: str) -> str | None:
    if term.endswith(("s", "x", "z")):
        return term
    if term.endswith(("eau", "eu")):
        return f"{term}x"
    return None if term.endswith(("al", "ail", "ou", "au")) else f"{term}s"


def _spanish(term: str) -> str | None:
    if term.endswith(tuple("aeo")):
        return f"{term}s"
    if term.endswith("z"):
        return f"{term[:-1]}ces"
    return f"{term}es" if term.endswith(tuple("lrd")) else None


def _german(term: str) -> str | None:
    if term.endswith(_GERMAN_FEMININE):
        return f"{term}en"
    # `Rechner`, `Titel`, `Mädchen` are their own plurals.
    return term if term.endswith(("chen", "lein", "ler", "ner", "ker", "ver")) else None
