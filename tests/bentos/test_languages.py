import pytest

from bentos.languages import UNDETERMINED, LanguageChooser, info_of, languages_of
from common.languages import LANGUAGES
from models.base.exceptions import SameLanguageError, UnsupportedLanguageError
from models.base.request_models import TranslationRequest
from models.base.translation_model import WarningCode
from tests.fakes import EchoModel

GERMAN = "Guten Morgen, wie geht es Ihnen heute?"
ITALIAN = "Buongiorno, dove si trova la stazione dei treni?"


@pytest.fixture
def chooser() -> LanguageChooser:
    return LanguageChooser(EchoModel())


def asked(source: str, target: str, text: str = GERMAN) -> TranslationRequest:
    return TranslationRequest(text=text, source_lang=source, target_lang=target)


@pytest.mark.parametrize(
    ("source", "target"),
    [("de", "fr"), ("DEU", "fr-CA"), ("deu_latn", "FRA_LATN"), ("de-Latn", "fra")],
)
async def test_callers_may_write_any_code_in_any_case(
    chooser: LanguageChooser, source: str, target: str
) -> None:
    choice = await chooser.choose(asked(source, target))
    assert (choice.source, choice.target) == ("deu_Latn", "fra_Latn")
    assert (choice.detected, choice.confidence, choice.warnings) == (None, None, ())


@pytest.mark.parametrize(
    ("source", "target", "named"),
    [("xx", "fr", "xx"), ("de", "klingon", "klingon"), ("auto", "qq", "qq")],
)
async def test_an_unknown_language_is_named(
    chooser: LanguageChooser, source: str, target: str, named: str
) -> None:
    with pytest.raises(UnsupportedLanguageError, match=f"'{named}' is not known") as refused:
        await chooser.choose(asked(source, target))
    assert refused.value.details["language"] == named


async def test_a_language_the_model_does_not_speak_is_named(chooser: LanguageChooser) -> None:
    with pytest.raises(UnsupportedLanguageError) as refused:
        await chooser.choose(asked("de", "ja"))
    assert refused.value.details["language"] == "jpn_Jpan"


async def test_source_and_target_given_as_one_language_are_refused(
    chooser: LanguageChooser,
) -> None:
    with pytest.raises(SameLanguageError):
        await chooser.choose(asked("de", "deu_Latn"))


@pytest.mark.parametrize("auto", ["auto", "AUTO", "Auto"])
async def test_auto_detects_the_source(chooser: LanguageChooser, auto: str) -> None:
    choice = await chooser.choose(asked(auto, "fr"))
    assert (choice.source, choice.detected) == ("deu_Latn", "deu_Latn")
    assert choice.confidence is not None
    assert choice.confidence > 0.9
    assert not choice.unchanged


async def test_a_detected_language_the_model_does_not_speak_is_named_never_the_nearest(
    chooser: LanguageChooser,
) -> None:
    with pytest.raises(UnsupportedLanguageError) as refused:
        await chooser.choose(asked("auto", "fr", ITALIAN))
    assert refused.value.details["language"] == "ita_Latn"
    assert refused.value.details["detected"] is True


async def test_a_text_already_in_the_target_language_stays_as_it_is(
    chooser: LanguageChooser,
) -> None:
    choice = await chooser.choose(asked("auto", "de"))
    assert choice.unchanged
    assert [warning.code for warning in choice.warnings] == [WarningCode.SAME_LANGUAGE]


@pytest.mark.parametrize("text", ["42", "...", "🙂 🙂"])
async def test_a_text_of_no_language_stays_as_it_is(chooser: LanguageChooser, text: str) -> None:
    choice = await chooser.choose(asked("auto", "fr", text))
    assert (choice.unchanged, choice.detected, choice.confidence) == (True, UNDETERMINED, 0)
    assert [warning.code for warning in choice.warnings] == [WarningCode.LOW_CONFIDENCE]


async def test_an_unsure_detection_is_said() -> None:
    everything = LanguageChooser(EchoModel(list(LANGUAGES)))
    choice = await everything.choose(asked("auto", "jpn_Jpan", "me"))
    assert choice.confidence is not None
    assert choice.confidence < 0.5
    assert [warning.code for warning in choice.warnings] == [WarningCode.LOW_CONFIDENCE]


async def test_detecting_is_free_to_find_what_the_model_does_not_speak(
    chooser: LanguageChooser,
) -> None:
    found = await chooser.detect(ITALIAN)
    assert (found.language, found.supported) == ("ita_Latn", False)
    assert found.candidates[0].language == "ita_Latn"
    assert (await chooser.detect(GERMAN)).supported
    assert (await chooser.detect("42")).language == UNDETERMINED


async def test_a_long_text_is_detected_as_a_short_one(chooser: LanguageChooser) -> None:
    assert (await chooser.detect(GERMAN * 2000)).language == "deu_Latn"


def test_only_what_the_model_speaks_is_listed() -> None:
    model = EchoModel(["arb_Arab", "fra_Latn"])
    assert [language.code for language in languages_of(model)] == ["arb_Arab", "fra_Latn"]


def test_a_language_is_shown_with_its_script_and_direction() -> None:
    shown = info_of(LANGUAGES["arb_Arab"])
    assert (shown.script, shown.direction, shown.iso639_3) == ("Arab", "rtl", "arb")
    assert info_of(LANGUAGES["fra_Latn"]).direction == "ltr"
