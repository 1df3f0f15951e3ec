"""Codes of others mean one language of ours, and come back as they write it."""

import pytest

from bentos.contract import ModelState, Status
from bentos.dialects.languages import Codes, name_of, spoken_by, targets_of
from common.languages import LANGUAGES
from models.base.exceptions import UnsupportedLanguageError

CODES = Codes(written={"zho_Hans": "zh-CN"}, understood={"zt": "zho_Hant"})


@pytest.mark.parametrize(
    ("code", "written"),
    [("zho_Hans", "zh-CN"), ("deu_Latn", "de"), ("lat_Latn", "lat"), ("und", "und")],
)
def test_a_language_is_written_as_the_api_does(code: str, written: str) -> None:
    assert CODES.write(code) == written


@pytest.mark.parametrize(
    ("code", "read"),
    [("ZT", "zho_Hant"), ("zh-cn", "zho_Hans"), ("pt-BR", "por_Latn"), ("AUTO", "auto")],
)
def test_every_spelling_is_understood(code: str, read: str) -> None:
    assert CODES.read_source(code) == read


def test_nothing_is_translated_to_whatever_it_may_be() -> None:
    with pytest.raises(UnsupportedLanguageError):
        CODES.read("auto")


def test_a_language_nobody_knows_is_named_in_few_words() -> None:
    with pytest.raises(UnsupportedLanguageError) as raised:
        CODES.read("x" * 1000)
    assert raised.value.details["language"] == "x" * 32


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_written_is_understood(code: str) -> None:
    assert CODES.read(CODES.write(code)) == code


def test_a_language_is_translated_to_whatever_a_model_of_it_speaks() -> None:
    states = [
        ModelState(name="a", status=Status.READY, languages=("eng_Latn", "deu_Latn")),
        ModelState(name="b", status=Status.READY, languages=("eng_Latn", "fra_Latn", "no_Such")),
        ModelState(name="c", status=Status.COLD),
    ]
    assert targets_of(spoken_by(states)) == {
        "eng_Latn": {"eng_Latn", "deu_Latn", "fra_Latn"},
        "deu_Latn": {"eng_Latn", "deu_Latn"},
        "fra_Latn": {"eng_Latn", "fra_Latn"},
    }


def test_no_two_languages_have_one_name() -> None:
    names = [name_of(code) for code in LANGUAGES]
    assert len(set(names)) == len(names)
    assert (name_of("lvs_Latn"), name_of("fra_Latn")) == ("Latvian", "French")


@pytest.mark.parametrize(
    ("status", "spoken"), [(Status.COLD, (tuple(LANGUAGES),)), (Status.DOWN, ((),))]
)
def test_a_model_that_nobody_has_started_yet_may_speak_any(
    status: Status, spoken: tuple[tuple[str, ...], ...]
) -> None:
    assert spoken_by([ModelState(name="a", status=status)]) == spoken
