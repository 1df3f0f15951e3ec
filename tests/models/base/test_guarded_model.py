import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.placeholders.comparison import difference, protected
from models.base.exceptions import UnsupportedLanguageError
from models.base.glossary_use import GlossaryUse
from models.base.guarded_model import GuardedModel
from models.base.translation_model import TranslationModel, TranslationOptions, WarningCode
from tests.models.base.lossy import PAIR, LossyModel, translated


@pytest.mark.parametrize("text", ["Hello.", "One 1 and more.", "50% of it\nand so on"])
async def test_model_is_asked_once_where_nothing_is_missing(text: str) -> None:
    model = LossyModel()
    assert (await translated(model, text)).text == text.upper()
    assert model.asked == text.split("\n")


async def test_term_is_put_in_where_the_model_cannot_be_told() -> None:
    model = LossyModel()
    translation = await translated(model, "The servers run.", {"server": "Rechner", "cat": "Katze"})
    assert translation.text == "THE Rechner RUN."
    assert translation.glossary == GlossaryUse(applied=("server",))
    assert model.asked == ["The servers run.", "The 8473 run."]
    assert {options.glossary for options in model.options} == {None}


async def test_term_that_does_not_come_back_is_missed() -> None:
    model = LossyModel({"The 8473 runs.": "IT RUNS."})
    translation = await translated(
        model, "A cat.\nThe server runs.\nA server.", {"server": "Rechner", "cat": "CAT"}
    )
    assert translation.text == "A CAT.\nTHE SERVER RUNS.\nA Rechner."
    assert translation.glossary == GlossaryUse(applied=("cat",), missed=("server",))
    assert translation.warnings == ()


async def test_model_that_is_told_of_terms_is_asked_again_only_for_those_it_missed() -> None:
    model = LossyModel({"The server.": "DER RECHNER."})
    model.honours_glossary = True
    glossary = {"server": "Rechner", "cat": "Katze"}
    translation = await translated(model, "The server.\nA cat.", glossary)
    assert translation.text == "DER RECHNER.\nA Katze."
    assert translation.glossary == GlossaryUse(applied=("server", "cat"))
    assert [options.glossary for options in model.options] == [glossary, None]


async def test_glossary_without_a_term_in_the_text_is_answered_as_unused() -> None:
    model = LossyModel()
    assert (await translated(model, "A cat.", {"dog": "Hund"})).glossary == GlossaryUse()
    assert (await translated(model, "A cat.", {})).glossary == GlossaryUse()
    assert (await translated(model, "A cat.")).glossary is None


async def test_guard_that_may_not_ask_again_repairs_and_tells() -> None:
    model = LossyModel({"Hi {name}": "HI { NAME }"})
    guarded = GuardedModel(model, retry=False)
    options = TranslationOptions(glossary={"server": "Rechner"})
    answer = await guarded.translate_in_detail("Hi {name}\nA server: %s", *PAIR, options)
    assert answer.text == "HI {name}\nA SERVER: "
    assert [one.code for one in answer.warnings] == [WarningCode.PLACEHOLDER_LOST]
    assert answer.glossary == GlossaryUse(missed=("server",))
    assert model.asked == ["Hi {name}", "A server: %s"]


def test_everything_of_the_contract_is_passed_on() -> None:
    public = {name for name in vars(TranslationModel) if not name.startswith("_")}
    # What the contract makes of `stream` is made of the guard's.
    assert public - vars(GuardedModel).keys() == {"translate_in_detail"}


async def test_all_else_is_the_models() -> None:
    model = LossyModel()
    guarded = GuardedModel(model, "label")
    await guarded.initialize()
    assert await guarded.health_check()
    assert guarded.get_model_info() == model.get_model_info()
    assert guarded.get_model_details() == model.get_model_details()
    assert guarded.get_manifest() is None
    assert guarded.get_chat_model() is None
    assert isinstance(guarded.unsupported_language("xxx_Latn"), UnsupportedLanguageError)
    assert guarded.honours_glossary
    await guarded.cleanup()
    assert not await guarded.health_check()


PART = st.sampled_from(["{name}", "%s", "<b>", "</b>", "👍", "12", "2019", "word", "and", "ok."])


@settings(max_examples=200, deadline=None)
@given(st.lists(PART, min_size=1, max_size=9))
async def test_whatever_a_text_holds_nothing_is_lost_unseen(parts: list[str]) -> None:
    text = " ".join(parts)
    translation = await translated(LossyModel(), text)
    is_lost = bool(difference(protected(text), translation.text))
    assert is_lost == any(one.code is WarningCode.PLACEHOLDER_LOST for one in translation.warnings)
    assert not is_lost
