import asyncio

import pytest

from models.base.exceptions import TranslationError
from models.base.glossary_use import GlossaryUse
from models.base.translation_model import WarningCode
from tests.models.base.lossy import LossyModel, translated

MESSAGE = "You have {n, plural, =0 {} one {# file} other {# files}}."


async def test_sentences_of_a_message_are_translated_whole() -> None:
    model = LossyModel()
    translation = await translated(model, MESSAGE, {"file": "Datei", "cat": "Katze"})
    assert translation.text == (
        "{n, plural, =0 {YOU HAVE .} one {YOU HAVE # Datei.} other {YOU HAVE # Datei.}}"
    )
    assert translation.glossary == GlossaryUse(applied=("file",))
    assert translation.segments[0].source == MESSAGE
    assert (translation.segments[0].confidence, translation.tokens_in) == (0.25, 5)
    assert "You have {n} files." in model.asked


async def test_equal_sentences_are_translated_once_and_empty_ones_never() -> None:
    model = LossyModel()
    translation = await translated(model, "{n, plural, =0 {} =1 {Yes} =2 {2} other {Yes}}", {})
    assert translation.text == "{n, plural, =0 {} =1 {YES} =2 {2} other {YES}}"
    assert translation.glossary == GlossaryUse()
    assert model.asked == ["Yes"]


async def test_warnings_are_those_of_one_segment_each_once() -> None:
    model = LossyModel({"1 x": TranslationError("It broke.")})
    model.warnings = {"One": WarningCode.EXTRA_TEXT, "So\nTwo": WarningCode.EXTRA_TEXT}
    translation = await translated(model, "{n, select, a {One} b {So\nTwo} other {So\nOne}}")
    assert [(one.code, one.segment) for one in translation.warnings] == [
        (WarningCode.EXTRA_TEXT, 0)
    ]


async def test_message_has_no_alternatives_and_says_so() -> None:
    model = LossyModel()
    translation = await translated(model, MESSAGE, alternatives=2)
    assert [one.code for one in translation.warnings] == [WarningCode.OPTION_IGNORED]
    assert {one.alternatives for one in model.options} == {None}


async def test_sentence_that_fails_fails_the_message_and_ends_the_others() -> None:
    model = LossyModel({"One": TranslationError("It broke.")})
    model.held["Two"] = asyncio.Event()
    with pytest.raises(TranslationError):
        await translated(model, "{n, select, a {Two} other {One}}")
    assert model.cancelled == ["Two"]
