"""Languages as Google writes and lists them; which of them are spoken, models say."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from bentos.contract import ModelState
from bentos.dialects.google.shapes import ListedLanguage
from bentos.dialects.languages import Codes, name_of, spoken_by, targets_of

CODES: Final = Codes(
    written={"zho_Hans": "zh-CN", "zho_Hant": "zh-TW", "nob_Latn": "no", "heb_Hebr": "iw"},
    understood={"jw": "jav_Latn"},
)
_ALSO: Final[Mapping[str, tuple[str, ...]]] = {
    "heb_Hebr": ("he",),
    "jav_Latn": ("jw",),
    "zho_Hans": ("zh",),
}
"""Listed besides, as the original does."""


def listed(states: Iterable[ModelState], *, named: bool) -> list[ListedLanguage]:
    """All languages, by code or where they have names by name."""
    entries = [
        ListedLanguage(language=written, name=name_of(code) if named else None)
        for code in targets_of(spoken_by(states))
        for written in _written(code)
    ]
    return sorted(entries, key=lambda entry: (entry.name or "", entry.language))


def _written(code: str) -> Iterator[str]:
    yield CODES.write(code)
    yield from _ALSO.get(code, ())
