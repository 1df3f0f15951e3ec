"""Languages as LibreTranslate's clients look for them in its list."""

import json

import pytest

from bentos.contract import ModelState, Status
from bentos.dialects.libretranslate.languages import CODES, first_target, listed
from tests.fakes import LANGUAGES


def speaking(*languages: str) -> list[ModelState]:
    return [ModelState(name="one", status=Status.READY, languages=languages)]


@pytest.mark.parametrize(
    ("code", "language"),
    [("pb", "por_Latn"), ("pt-BR", "por_Latn"), ("zt", "zho_Hant"), ("zh", "zho_Hans")],
)
def test_codes_of_older_servers_are_understood(code: str, language: str) -> None:
    assert CODES.read(code) == language


def test_portuguese_is_there_under_both_of_its_codes() -> None:
    found = json.loads(listed(speaking("por_Latn", "zho_Hant")))
    assert {one["code"]: one["targets"] for one in found} == {
        "pt": ["pt", "pt-BR", "zh-Hant"],
        "pt-BR": ["pt", "pt-BR", "zh-Hant"],
        "zh-Hant": ["pt", "pt-BR", "zh-Hant"],
    }


@pytest.mark.parametrize(
    ("accepted", "code"),
    [("", "fr"), ("ja,de-AT;q=0.9,en", "de"), ("ja", "fr"), ("en", "en"), ("*;;,,", "fr")],
)
def test_a_page_begins_with_what_its_reader_prefers(accepted: str, code: str) -> None:
    assert first_target(speaking(*LANGUAGES), accepted).code == code


@pytest.mark.parametrize(("languages", "code"), [((), "en"), (("deu_Latn",), "de")])
def test_a_page_begins_with_what_there_is(languages: tuple[str, ...], code: str) -> None:
    assert first_target(speaking(*languages), "fr").code == code


def test_as_many_as_there_are_take_no_time_the_second_time() -> None:
    states = speaking(*LANGUAGES)
    assert listed(states) is listed(speaking(*LANGUAGES))
