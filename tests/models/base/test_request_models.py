import pytest
from pydantic import ValidationError

from models.base.request_models import TranslationRequest


def test_the_source_language_is_detected_unless_given() -> None:
    assert TranslationRequest(text="x", target_lang="fr").source_lang == "auto"


@pytest.mark.parametrize(
    "body",
    [
        {"text": "x"},
        {"target_lang": "fr"},
        {"text": 1, "target_lang": "fr"},
        {"text": "x", "target_lang": "f"},
        {"text": "x", "target_lang": "fr", "colour": "red"},
        {"text": "x", "target_lang": "fr", "options": {"colour": "red"}},
        {"text": "x", "target_lang": "fr", "options": {"beam_size": 0}},
    ],
)
def test_a_wrong_body_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TranslationRequest.model_validate(body)


def test_an_error_never_quotes_the_text() -> None:
    with pytest.raises(ValidationError) as refused:
        TranslationRequest.model_validate({"text": ["a secret"], "target_lang": "fr"})
    assert "secret" not in str(refused.value)
