import pytest
from pydantic import ValidationError

from bentos.dialects.wishes import TranslationWishes
from bentos.errors import InvalidRequestError


def test_without_a_target_nothing_is_translated() -> None:
    assert TranslationWishes().translation("one") is None
    assert TranslationWishes(formality="formal").translation("one") is None


def test_a_source_alone_is_a_mistake() -> None:
    with pytest.raises(InvalidRequestError) as error:
        TranslationWishes(source_lang="en").translation("one")
    assert error.value.details == {"field": "target_lang"}


def test_everything_asked_for_goes_with_the_text() -> None:
    asked = TranslationWishes(
        target_lang="fr",
        source_lang="en",
        format="html",
        formality="formal",
        glossary={"a": "b"},
        context="Of trains.",
    ).translation("one")
    assert asked is not None
    assert (asked.text, asked.source_lang, asked.target_lang, asked.format) == (
        "one",
        "en",
        "fr",
        "html",
    )
    options = asked.options
    assert (options.formality, options.glossary) == ("formal", {"a": "b"})
    assert options.context == "Of trains."


def test_a_source_left_out_is_detected() -> None:
    asked = TranslationWishes(target_lang="fr").translation("one")
    assert asked is not None
    assert (asked.source_lang, asked.format) == ("auto", "text")


@pytest.mark.parametrize(
    "wrong",
    [
        {"target_lang": ""},
        {"target_lang": "x" * 33},
        {"target_lang": 1},
        {"format": "pdf"},
        {"glossary": {"a": 1}},
        {"context": "x" * 10_001},
        {"formality": "\ud800"},
    ],
)
def test_what_no_translation_could_have_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TranslationWishes.model_validate(wrong)
