"""Finds a glossary's terms in a text, inflected too, and fits translations to what was found.

A term is found as whole words where its script sets words apart, and anywhere where it does not;
in any case, but for abbreviations: `IT` is not `it`. Of terms that overlap the longest counts.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import regex

from common.glossaries import inflection
from common.glossaries.inflection import Base
from common.languages import LANGUAGES

_SPACELESS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}\u30fc"
_WORDS = regex.compile(
    rf"[{_SPACELESS}]\p{{M}}*+|[[\p{{L}}\p{{M}}\p{{N}}]--[{_SPACELESS}]]++(?:['\u2019]s(?!\p{{L}}))?|\S",
    flags=regex.VERSION1,
)
_UMLAUTS = str.maketrans("äöüÄÖÜ", "aouAOU")
# A form that no rule makes has a word's beginning; all but so many letters of it.
_ENDING_LETTERS, _LEAST_BEGINNING, _LONGER = 2, 4, 4
_LONGEST_TERM = 64
# Ways to read the same words as forms of others; more is nobody's glossary.
_MOST_WAYS = 16

Forms = tuple[Base, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A term and where it stands in a text."""

    start: int
    end: int
    text: str
    term: str
    """As the glossary has it."""
    translation: str
    plural: bool


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    text: str
    bases: tuple[Base, ...]


@dataclass(frozen=True, slots=True)
class _Term:
    term: str
    translation: str
    shapes: tuple[str, ...]
    """Its words as they are written."""


@dataclass(slots=True)
class _Node:
    """What a term may go on with after the words that led here, and the terms that end here."""

    next: "dict[str, _Node]" = field(default_factory=dict)
    terms: list[_Term] = field(default_factory=list)


class Terms:
    """A glossary made ready to be looked for in any number of texts of one language."""

    def __init__(self, entries: Mapping[str, str], language: str) -> None:
        self._language = _bare(language)
        self._root = _Node()
        for term, translation in entries.items():
            # Only as they are written: of a large glossary their bases would take seconds.
            found = islice(_WORDS.finditer(term), _LONGEST_TERM + 1)
            shapes = tuple(match.group() for match in found)
            if shapes and translation.strip() and len(shapes) <= _LONGEST_TERM:
                self._add(_Term(term, translation.strip(), shapes))

    def _add(self, term: _Term) -> None:
        node, several = self._root, len(term.shapes) > 1
        for shape in term.shapes:
            word = inflection.stem(shape, self._language) if several else shape.casefold()
            node = node.next.setdefault(_normal(word), _Node())
        node.terms.append(term)

    def __bool__(self) -> bool:
        return bool(self._root.next)

    def find(self, text: str) -> list[Found]:
        """The terms of a text, in their order; none overlap."""
        return list(self._found(text)) if self else []

    def _found(self, text: str) -> Iterator[Found]:
        words = list(_words(text, self._language))
        place = 0
        while place < len(words):
            best = self._longest(words, place)
            if best is None:
                place += 1
                continue
            term, forms = best
            start, end = words[place].start, words[place + len(forms) - 1].end
            plural = any(form.plural for form in forms)
            yield Found(start, end, text[start:end], term.term, term.translation, plural)
            place += len(forms)

    def _longest(self, words: Sequence[_Word], place: int) -> tuple[_Term, Forms] | None:
        """The longest term that begins there; of two as long the one that is not inflected."""
        best: tuple[_Term, Forms] | None = None
        ways: list[tuple[_Node, Forms]] = [(self._root, ())]
        for at in range(place, len(words)):
            ways = [
                (node.next[base.word], (*forms, base))
                for node, forms in ways
                for base in words[at].bases
                if base.word in node.next
            ][:_MOST_WAYS]
            if not ways:
                break
            best = self._ending(ways, words[place : at + 1]) or best
        return best

    def _ending(
        self, ways: Sequence[tuple[_Node, Forms]], words: Sequence[_Word]
    ) -> tuple[_Term, Forms] | None:
        """The term that ends there; of several the one that is written as the text is."""
        texts = tuple(word.text for word in words)
        ending = [
            (term, forms)
            for node, forms in ways
            for term in node.terms
            if all(
                _is_cased_like(*part, self._language)
                for part in zip(words, term.shapes, forms, strict=True)
            )
        ]
        return next((one for one in ending if one[0].shapes == texts), next(iter(ending), None))


def _is_cased_like(found: _Word, shape: str, form: Base, language: str) -> bool:
    word = found.text
    if len(shape) > 1 and shape.isupper():
        return word[: len(shape)].isupper()
    # A German noun's ending on a word in lower case makes a verb of it: `Bau`, `bauen`.
    return not (form.inflected and language == "de" and shape[0].isupper() and word[0].islower())


def stands_in(term: str, text: str, language: str) -> bool:
    """Whether a finished translation has the term, in a form that may well be one of it."""
    bare = _bare(language)
    words = list(_words(_loose(text, bare), bare))
    parts = [word.text for word in _words(_loose(term, bare))]
    one_word = len(parts) == 1
    wanted = [
        _normal(part.casefold() if one_word else inflection.stem(part, bare)) for part in parts
    ]
    return any(
        all(_is_form(words[place + at], one, bare) for at, one in enumerate(wanted))
        for place in range(len(words) - len(wanted) + 1)
    )


def _loose(text: str, language: str) -> str:
    return text.translate(_UMLAUTS) if language == "de" else text


def _is_form(word: _Word, wanted: str, language: str) -> bool:
    if any(base.word == wanted for base in word.bases):
        return True
    if inflection.is_known(language):
        return False
    beginning = wanted[: max(_LEAST_BEGINNING, len(wanted) - _ENDING_LETTERS)]
    folded = word.bases[0].word
    return len(wanted) >= _LEAST_BEGINNING and (
        folded.startswith(beginning) and len(folded) <= len(wanted) + _LONGER
    )


def fitted(found: Found, target_lang: str, *, begins: bool = False) -> str:
    """The translation as it goes in the term's place; `begins`: the text begins with the term."""
    translation = found.translation
    if found.plural:
        translation = inflection.plural(translation, _bare(target_lang)) or translation
    if len(found.text) > 1 and found.text.isupper() and not found.term.isupper():
        return translation.upper()
    if not begins and found.text[0].isupper() and found.term[0].islower():
        return capitalized(translation)
    return translation


def capitalized(text: str) -> str:
    """With a capital at its beginning, and the rest as it was."""
    return text[:1].upper() + text[1:]


def occurring(entries: Mapping[str, str], text: str, source_lang: str) -> dict[str, str]:
    """The entries whose terms stand in a text: what of a large glossary a model has to be told."""
    found = {one.term for one in Terms(entries, source_lang).find(text)}
    return {term: translation for term, translation in entries.items() if term in found}


def _words(text: str, language: str = "") -> Iterator[_Word]:
    for match in _WORDS.finditer(text):
        bases = tuple(
            base if base.word.isascii() else replace(base, word=_normal(base.word))
            for base in inflection.bases(match.group(), language)
        )
        yield _Word(match.start(), match.end(), match.group(), bases)


def _normal(word: str) -> str:
    """So that letters composed in one way or another are the same, and wide ones narrow."""
    return word if word.isascii() else unicodedata.normalize("NFKC", word)


def _bare(language: str) -> str:
    known = LANGUAGES.get(language)
    return (known.iso639_1 or "") if known else ""
