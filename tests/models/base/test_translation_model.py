from collections.abc import AsyncIterator

import pytest
from pydantic import ValidationError
from typing_extensions import override

from models.base.exceptions import UnsupportedLanguageError
from models.base.translation_model import (
    ModelDetails,
    ModelInfo,
    SegmentTranslation,
    Translation,
    TranslationModel,
    TranslationOptions,
    TranslationWarning,
    WarningCode,
)


class FiveMethods(TranslationModel):
    """A model that has what is demanded and nothing more."""

    @override
    async def initialize(self) -> None:
        pass

    @override
    async def translate(self, text: str, source_lang: str, target_lang: str) -> str:
        return f"{source_lang}>{target_lang}:{text}"

    @override
    async def health_check(self) -> bool:
        return True

    @override
    def get_model_info(self) -> ModelInfo:
        return ModelInfo(
            name="five",
            version="1",
            supported_languages=["eng_Latn", "fra_Latn"],
            max_tokens=9,
            memory_requirements="none",
            description="Five methods.",
        )

    @override
    async def cleanup(self) -> None:
        pass


class InParts(FiveMethods):
    """A model that streams."""

    @override
    async def stream(
        self,
        text: str,
        source_lang: str,
        target_lang: str,
        options: TranslationOptions | None = None,
    ) -> AsyncIterator[SegmentTranslation]:
        warning = TranslationWarning(code=WarningCode.TRUNCATED, message="Cut.", segment=1)
        yield SegmentTranslation(0, 2, "a", "A", before="  ", tokens_in=1, tokens_out=2)
        yield SegmentTranslation(1, 2, "b", "B", "\n", "!", (warning,), tokens_in=3, tokens_out=4)


PAIR = ("eng_Latn", "fra_Latn")


@pytest.mark.parametrize("forgotten", sorted(TranslationModel.__abstractmethods__))
def test_a_forgotten_method_fails_at_construction(forgotten: str) -> None:
    namespace = {
        name: getattr(FiveMethods, name)
        for name in TranslationModel.__abstractmethods__
        if name != forgotten
    }
    incomplete: type[TranslationModel] = type("Incomplete", (TranslationModel,), namespace)
    with pytest.raises(TypeError, match=forgotten):
        incomplete()


def test_five_methods_are_demanded() -> None:
    assert TranslationModel.__abstractmethods__ == {
        "initialize",
        "translate",
        "health_check",
        "get_model_info",
        "cleanup",
    }


async def test_five_methods_make_a_model_that_streams() -> None:
    (only,) = [part async for part in FiveMethods().stream("Hi.", *PAIR)]
    assert (only.index, only.total, only.source) == (0, 1, "Hi.")
    assert only.text == await FiveMethods().translate("Hi.", *PAIR)
    assert only.warnings == ()


async def test_five_methods_tell_every_option_they_ignore() -> None:
    options = TranslationOptions(beam_size=2, formality="formal")
    detail = await FiveMethods().translate_in_detail("Hi.", *PAIR, options)
    assert [warning.code for warning in detail.warnings] == [WarningCode.OPTION_IGNORED] * 2
    assert "beam_size" in detail.warnings[0].message
    assert "formality" in detail.warnings[1].message


def test_of_five_methods_nothing_more_is_known() -> None:
    assert FiveMethods().get_model_details() == ModelDetails()
    assert FiveMethods().get_manifest() is None


async def test_a_translation_is_the_sum_of_its_segments() -> None:
    detail = await InParts().translate_in_detail("x", *PAIR)
    assert detail.text == "  A\nB!"
    assert (detail.tokens_in, detail.tokens_out) == (4, 6)
    assert [segment.index for segment in detail.segments] == [0, 1]
    assert [warning.segment for warning in detail.warnings] == [1]


def piece(text: str, *alternatives: str, before: str = "", after: str = "") -> SegmentTranslation:
    return SegmentTranslation(0, 3, "x", text, before, after, alternatives=alternatives)


def test_a_texts_alternatives_have_each_segments_of_the_same_rank() -> None:
    segments = [piece("A.", "A1.", "A2.", before=" "), piece("B.", "B1.", before="\n", after="!")]
    assert Translation.of(segments).alternatives == (" A1.\nB1.!", " A2.\nB.!")
    assert Translation.of(segments).text == " A.\nB.!"


def test_a_text_whose_segments_have_no_alternatives_has_none() -> None:
    assert Translation.of([piece("A."), piece("B.")]).alternatives == ()
    assert Translation.of([]).alternatives == ()


def test_the_error_for_a_language_says_which_there_are() -> None:
    error = FiveMethods().unsupported_language("deu_Latn")
    assert isinstance(error, UnsupportedLanguageError)
    assert error.details == {"language": "deu_Latn", "supported": ["eng_Latn", "fra_Latn"]}


def test_only_options_that_are_set_are_given() -> None:
    assert TranslationOptions().given() == []
    assert TranslationOptions(context="c", beam_size=1).given() == ["beam_size", "context"]
    assert TranslationOptions(alternatives=2).given() == ["alternatives"]
    assert TranslationOptions(alternatives=0).given() == []


@pytest.mark.parametrize(
    "wrong", [{"beam_size": 0}, {"beam_size": 11}, {"max_output_tokens": 0}, {"beams": 2}]
)
def test_options_out_of_bounds_or_unknown_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        TranslationOptions.model_validate(wrong)
