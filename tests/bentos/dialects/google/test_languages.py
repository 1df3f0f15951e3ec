"""Languages as Google lists them."""

import pytest

from bentos.contract import ModelState, Status
from bentos.dialects.google.languages import CODES, listed

STATES = [
    ModelState(
        name="one",
        status=Status.READY,
        languages=("zho_Hans", "zho_Hant", "heb_Hebr", "jav_Latn", "nob_Latn", "eng_Latn"),
    )
]


def test_languages_are_listed_under_all_their_codes() -> None:
    codes = [one.language for one in listed(STATES, named=False)]
    assert codes == ["en", "he", "iw", "jv", "jw", "no", "zh", "zh-CN", "zh-TW"]


def test_named_ones_are_listed_by_name() -> None:
    names = [one.name for one in listed(STATES, named=True)]
    assert names == sorted(names, key=str)
    assert None not in names


@pytest.mark.parametrize("code", ["iw", "he", "jw", "jv", "no", "nb", "zh", "zh-CN", "zh-TW"])
def test_all_its_codes_are_understood(code: str) -> None:
    assert CODES.find(code) is not None
