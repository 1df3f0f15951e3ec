"""Texts of one request: as many answers, in order, whatever they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bentos.contract import Answer, Call
from bentos.dialects.texts import translate_all
from bentos.errors import InvalidRequestError
from bentos.single import OneModel
from models.base.exceptions import UnsupportedLanguageError
from tests.fakes import Served

CALL = Call()


@pytest.fixture
async def models() -> OneModel:
    return OneModel((await Served().load()).translator)


def text_of(answer: Answer | None) -> str | None:
    return None if answer is None else answer.response.translated_text


@pytest.mark.parametrize(
    ("texts", "answers"),
    [
        (["one"], ["ONE"]),
        (["one", " \n", "two"], ["ONE", None, "TWO"]),
        (["", "one"], [None, "ONE"]),
        ([""], [None]),
        ([], []),
    ],
)
async def test_each_has_one_answer_and_blank_ones_none(
    models: OneModel, texts: list[str], answers: list[str | None]
) -> None:
    found = await translate_all(models, texts, CALL, source="eng_Latn", target="fra_Latn")
    assert [text_of(one) for one in found] == answers


@given(st.lists(st.text("ab. \n\u3000😀", max_size=12), max_size=12))
async def test_any_texts_come_back_in_order(texts: list[str]) -> None:
    models = OneModel((await Served().load()).translator)
    found = await translate_all(models, texts, CALL, source="eng_Latn", target="fra_Latn")
    assert [text_of(one) for one in found] == [
        text.upper() if text.strip() else None for text in texts
    ]


async def test_text_in_its_target_language_stays(models: OneModel) -> None:
    assert await translate_all(models, ["a"], CALL, source="fra_Latn", target="fra_Latn") == [None]


@pytest.mark.parametrize("texts", [["one"], ["one", "two"]])
async def test_what_fails_for_one_is_raised(models: OneModel, texts: list[str]) -> None:
    with pytest.raises(UnsupportedLanguageError):
        await translate_all(models, texts, CALL, source="eng_Latn", target="jpn_Jpan")


async def test_what_no_request_may_hold_is_refused(models: OneModel) -> None:
    with pytest.raises(InvalidRequestError):
        await translate_all(models, ["\ud800"], CALL, source="eng_Latn", target="fra_Latn")
