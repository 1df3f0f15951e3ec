import pytest
from pydantic import BaseModel, ValidationError

from models.base.request_models import (
    DetectionCandidate,
    DetectionRequest,
    TranslationRequest,
)


def request(**changes: object) -> dict[str, object]:
    return {"text": "Guten Morgen!", "target_lang": "en", **changes}


def test_source_language_is_detected_unless_given() -> None:
    assert TranslationRequest.model_validate(request()).source_lang == "auto"


def test_options_left_out_are_none_given() -> None:
    assert TranslationRequest.model_validate(request()).options.given() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": None},
        {"text": 5},
        {"text": ["a"]},
        {"target_lang": None},
        {"target_lang": "e"},
        {"target_lang": "e" * 33},
        {"source_lang": ""},
        {"unknown": 1},
        {"options": {"unknown": 1}},
        {"options": {"beam_size": 0}},
        {"options": {"beam_size": 11}},
        {"options": {"max_output_tokens": 0}},
        {"options": {"glossary": ["a"]}},
    ],
)
def test_field_that_is_wrong_or_unknown_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TranslationRequest.model_validate(request(**wrong))


@pytest.mark.parametrize("missing", ["text", "target_lang"])
def test_field_that_is_needed_is_missed(missing: str) -> None:
    body = request()
    del body[missing]
    with pytest.raises(ValidationError) as refused:
        TranslationRequest.model_validate(body)
    assert [error["loc"] for error in refused.value.errors()] == [(missing,)]


@pytest.mark.parametrize("model", [TranslationRequest, DetectionRequest])
def test_refusal_does_not_repeat_the_text(model: type[BaseModel]) -> None:
    with pytest.raises(ValidationError) as refused:
        model.model_validate({"text": {"a": "my secret diary"}, "target_lang": "en"})
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("model", [TranslationRequest, DetectionRequest])
def test_example_in_the_schema_is_a_valid_request(model: type[BaseModel]) -> None:
    example = model.model_json_schema()["example"]
    assert model.model_validate(example).model_dump(exclude_unset=True) == example


@pytest.mark.parametrize("confidence", [-0.1, 1.1])
def test_confidence_is_a_share(confidence: float) -> None:
    with pytest.raises(ValidationError):
        DetectionCandidate(language="deu_Latn", confidence=confidence)
