import pytest

from models.base.exceptions import EmptyTextError, SameLanguageError, UnsupportedLanguageError
from models.base.order import Order, demo_lacks, ignored
from models.base.translation_model import TranslationOptions, WarningCode
from tests.fakes import EchoModel


def order(text: str, source_lang: str, target_lang: str) -> Order:
    return Order(text, source_lang, target_lang, TranslationOptions())


def test_what_the_model_can_translate_passes() -> None:
    order("Hello.", "eng_Latn", "fra_Latn").check(EchoModel())


def test_the_callers_mistakes_are_refused_by_name() -> None:
    model = EchoModel()
    for languages in (("eng_Latn", "jpn_Jpan"), ("jpn_Jpan", "eng_Latn")):
        with pytest.raises(UnsupportedLanguageError) as refused:
            order("Hello.", *languages).check(model)
        assert refused.value.details["language"] == "jpn_Jpan"
    with pytest.raises(SameLanguageError):
        order("Hello.", "eng_Latn", "eng_Latn").check(model)
    with pytest.raises(EmptyTextError):
        order(" \n", "eng_Latn", "fra_Latn").check(model)


def test_what_a_demo_lacks_comes_with_the_remedy() -> None:
    refused = demo_lacks("jpn_Jpan", ("eng_Latn", "fra_Latn"), "make pull:it")
    assert "`make pull:it`" in refused.message
    assert refused.details["demo"] is True
    assert refused.details["supported"] == ["eng_Latn", "fra_Latn"]


def test_an_option_not_honoured_is_a_warning_of_the_whole_text() -> None:
    warning = ignored("No beams here.")
    assert (warning.code, warning.segment) == (WarningCode.OPTION_IGNORED, None)
