"""Reads what the model wrote: the translation alone, and what is wrong with it; asks nobody again.

Nothing is ever taken out of the middle: what is taken off stands before or behind the translation
and is no part of what was to be translated.
"""

from dataclasses import dataclass
from functools import cache

import regex

from common.detection import Detector
from common.languages import LANGUAGES
from models.aya.phrases import (
    ALL_QUOTES,
    ANY_COLON,
    ENDS_WITH_BRACKET,
    LEAD_IN,
    NOTE_HEAD,
    NOTE_IN_BRACKETS,
    QUOTES,
    TRANSLATION,
)
from models.aya.prompt import NAMES
from models.base.quality import is_loop
from models.base.translation_model import WarningCode

_BREAK = regex.compile(r"[^\S\n]*[\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
_LINE_BREAK = regex.compile(r"\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
_BLANK_LINE = regex.compile(r"\n[^\S\n]*\n")
_DENSE = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]"
_UNIT = regex.compile(rf"{_DENSE}|[\p{{L}}\p{{M}}\p{{N}}]{{1,24}}|\S")
_WORD = regex.compile(
    rf"{_DENSE}+|[\p{{L}}\p{{M}}'\u2019-]*\p{{L}}[\p{{L}}\p{{M}}\p{{N}}'\u2019-]*"
)
_IS_DENSE = regex.compile(_DENSE)
# A text of so few letters is no evidence of a language.
_MIN_LETTERS = 20
_DENSE_LETTERS = 2.5
_SURE, _SURE_OF_RELATIVES = 0.9, 0.97
_RELATIVES = (
    frozenset({"rus_Cyrl", "ukr_Cyrl"}),
    frozenset({"spa_Latn", "por_Latn"}),
    frozenset({"ita_Latn", "spa_Latn"}),
    frozenset({"zho_Hans", "zho_Hant"}),
    frozenset({"arb_Arab", "pes_Arab"}),
)
_CHINESE = frozenset({"zho_Hans", "zho_Hant"})
_HAN = frozenset({"Hans", "Hant", "Jpan"})
_MIN_HAN_ECHO = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """What was to be translated."""

    text: str
    source_lang: str
    target_lang: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The translation that was found in an output, and what is wrong with it."""

    text: str
    problems: tuple[WarningCode, ...] = ()


def read(output: str, asked: Asked, *, finished: bool = True) -> Answer:
    """The translation in `output`; not `finished`: it ended where it had to, not where it would."""
    text, has_extra = _without_extra(output.strip(), asked)
    if not _BREAK.search(asked.text):
        text = _BREAK.sub(" ", text)
    elif not _LINE_BREAK.search(asked.text):
        # A tab of the source's is no reason for lines it has not.
        text = _LINE_BREAK.sub(" ", text)
    return Answer(text, tuple(_problems(text, asked, finished=finished, has_extra=has_extra)))


def _problems(text: str, asked: Asked, *, finished: bool, has_extra: bool) -> list[WarningCode]:
    if not text:
        return [WarningCode.EMPTY_OUTPUT if finished else WarningCode.TRUNCATED]
    if is_loop(_UNIT.findall(text), _UNIT.findall(asked.text)):
        return [WarningCode.REPETITION]
    problems = [] if finished else [WarningCode.TRUNCATED]
    if is_untranslated(text, asked):
        problems.append(WarningCode.UNTRANSLATED)
    elif is_in_another_language(text, asked):
        problems.append(WarningCode.WRONG_LANGUAGE)
    if has_extra or _begins_with_source(text, asked):
        problems.append(WarningCode.EXTRA_TEXT)
    return problems


def _without_extra(output: str, asked: Asked) -> tuple[str, bool]:
    """The output without what stands around a translation, and whether there was such a thing."""
    text = _without_lead_in(output, asked)
    text = _without_notes(text, asked)
    has_extra = text != output
    return _without_quotes(text, asked), has_extra


def _without_lead_in(text: str, asked: Asked) -> str:
    """A text about translations may itself begin so: then nothing is taken off."""
    if TRANSLATION.search(asked.text) or LEAD_IN.match(asked.text):
        return text
    if found := LEAD_IN.match(text):
        text = text[found.end() :]
    if not ANY_COLON.search(asked.text):
        label, colon, rest = text.partition(":")
        names = {NAMES[asked.target_lang], LANGUAGES[asked.target_lang].native_name}
        if colon and label.strip(" *").lower() in {name.lower() for name in names}:
            text = rest.lstrip(" *\n")
    return text


def _without_notes(text: str, asked: Asked) -> str:
    if NOTE_HEAD.search(asked.text):
        return text
    is_line = not _BREAK.search(asked.text)
    for blank in _BLANK_LINE.finditer(text):
        if text[: blank.start()].strip() and (
            is_line or NOTE_HEAD.match(text[blank.end() :].lstrip())
        ):
            text = text[: blank.start()].rstrip()
            break
    lines, expected = text.splitlines(), len(asked.text.splitlines())
    for number, line in enumerate(lines[expected:], expected):
        if NOTE_HEAD.match(line.lstrip()):
            text = "\n".join(lines[:number]).rstrip()
            break
    return text if ENDS_WITH_BRACKET.search(asked.text) else NOTE_IN_BRACKETS.sub("", text)


def _without_quotes(text: str, asked: Asked) -> str:
    """Without quotation marks around the whole, where the source has none at its ends."""
    source = asked.text.strip()
    if len(text) < 2 or source[:1] in ALL_QUOTES or source[-1:] in ALL_QUOTES:  # noqa: PLR2004 - a pair
        return text
    inner = text[1:-1]
    closing = QUOTES.get(text[0], "")
    if text[-1] not in closing or text[0] in inner or text[-1] in inner:
        return text
    return inner.strip()


def is_untranslated(text: str, asked: Asked) -> bool:
    """Whether prose came back as it was; names, numbers and what needs no translation may."""
    same_script = _script(asked.source_lang) == _script(asked.target_lang)
    if _folded(text) != _folded(asked.text) or {asked.source_lang, asked.target_lang} <= _CHINESE:
        return False
    return _is_prose(asked, least_words=2 if same_script else 1)


def _is_prose(asked: Asked, least_words: int) -> bool:
    """Whether there are so many words, and one that cannot be a name."""
    words = _WORD.findall(asked.text)
    dense = len(_IS_DENSE.findall(asked.text))
    if dense and _script(asked.target_lang) in _HAN:
        return dense >= _MIN_HAN_ECHO
    if dense:
        return True
    common = [word for word in words if word == word.lower() and len(word) > 1]
    if all(word == word.upper() for word in common):
        least_words = 3 * least_words // 2  # without capitals a name looks like any word
    return len(words) >= least_words and bool(common)


def _begins_with_source(text: str, asked: Asked) -> bool:
    """Whether the source stands before its translation; it is left there, and told."""
    rest = _folded(text).removeprefix(_folded(asked.text))
    is_longer = len(rest) != len(_folded(text)) and any(map(str.isalpha, rest))
    related = {asked.source_lang, asked.target_lang} <= _CHINESE
    return is_longer and not related and _is_prose(asked, least_words=2)


def is_in_another_language(text: str, asked: Asked) -> bool:
    """Whether the text is surely in another of Aya's languages than it was to be."""
    letters = sum(_DENSE_LETTERS if _IS_DENSE.match(c) else c.isalpha() for c in text)
    found = _detector().detect(text) if letters >= _MIN_LETTERS else None
    if found is None or found.language == asked.target_lang or found.language not in NAMES:
        return False
    is_relative = {found.language, asked.target_lang} in _RELATIVES
    return found.confidence >= (_SURE_OF_RELATIVES if is_relative else _SURE)


@cache
def _detector() -> Detector:
    return Detector()


def _script(language: str) -> str:
    return LANGUAGES[language].script


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
