"""Languages as LibreTranslate writes and lists them; which of them are spoken, models say."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from bentos.contract import ModelState
from bentos.dialects.languages import Codes, name_of, spoken_by, targets_of
from bentos.dialects.libretranslate.shapes import LanguageTargets, NamedLanguage

CODES: Final = Codes(understood={"pb": "por_Latn", "zt": "zho_Hant"})
FALLBACK: Final = "en"
"""Of a text whose language cannot be told, with a confidence of 0."""

_MOST_ACCEPTED: Final = 20
_ALSO: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "por_Latn": (("pt-BR", "Portuguese (Brazil)"),)
}
"""Listed besides: clients look their languages up in the list."""


def listed(states: Iterable[ModelState]) -> bytes:
    """All languages with their targets, as JSON."""
    return _listed(spoken_by(states))


def first_target(states: Iterable[ModelState], accepted: str) -> NamedLanguage:
    """What a page begins with: what its reader prefers, by `Accept-Language`, as far as spoken."""
    codes = list(targets_of(spoken_by(states)))
    for part in accepted.split(",")[:_MOST_ACCEPTED]:
        language = CODES.find(part.partition(";")[0].strip())
        if language is not None and language.code in codes:
            return _named(language.code)
    return _named(codes[1] if len(codes) > 1 else next(iter(codes), "eng_Latn"))


@lru_cache(maxsize=8)
def _listed(models: tuple[tuple[str, ...], ...]) -> bytes:
    """With two hundred languages there are forty thousand targets: written out once."""
    targets = targets_of(models)
    names = {code: list(_names(code)) for code in targets}
    entries = [
        LanguageTargets(
            code=code,
            name=name,
            targets=sorted(tag for other in targets[language] for tag, _ in names[other]),
        )
        for language in targets
        for code, name in names[language]
    ]
    entries.sort(key=lambda entry: entry.name)
    return json.dumps([entry.model_dump() for entry in entries], ensure_ascii=False).encode()


def _names(code: str) -> Iterator[tuple[str, str]]:
    yield CODES.write(code), name_of(code)
    yield from _ALSO.get(code, ())


def _named(code: str) -> NamedLanguage:
    return NamedLanguage(code=CODES.write(code), name=name_of(code))
