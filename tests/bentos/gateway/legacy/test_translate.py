"""What each server's handler asks the models for."""

import pytest
from typing_extensions import override

from bentos.contract import Call
from models.base.exceptions import ModelNotReadyError
from models.base.request_models import DetectionResponse
from tests.bentos.gateway.fakes import Echo
from tests.bentos.gateway.legacy.asking import SPOKEN, Row, check, legacy


@pytest.mark.parametrize(
    ("profile", "source", "target", "model"),
    [
        ("main", "eng_Latn", "French", None),
        ("multimodel", "en", "fr", "nllb"),
        ("single", "EN", "fra_Latn", None),
        ("aya", "English", "FR", "aya"),
    ],
)
async def test_models_are_asked_in_flores(
    profile: str, source: str, target: str, model: str | None
) -> None:
    models = Echo(languages=SPOKEN)
    body = {"text": "Hi", "source_lang": source, "target_lang": target}
    await check(legacy(profile, models), Row("POST /translate", 200, ..., body))
    request, call = models.asked[0]
    assert (request.source_lang, request.target_lang) == ("eng_Latn", "fra_Latn")
    assert call.model == model


@pytest.mark.parametrize("profile", ["main", "multimodel", "single", "aya"])
async def test_detection_is_left_to_the_models(profile: str) -> None:
    models = Echo(languages=SPOKEN)
    body = {"text": "Hi", "source_lang": "auto", "target_lang": "fr"}
    await check(legacy(profile, models), Row("POST /translate", 200, ..., body))
    assert models.asked[0][0].source_lang == "auto"


@pytest.mark.parametrize("profile", ["multimodel", "single", "aya"])
async def test_one_language_for_both_asks_nobody(profile: str) -> None:
    models = Echo(languages=SPOKEN)
    body = {"text": "Hi", "source_lang": "en", "target_lang": "eng_Latn"}
    said = {"translated_text": "Hi", "detected_source_lang": None, "time_ms": 1}
    await check(legacy(profile, models), Row("POST /translate", 200, said, body))
    assert models.asked == []


class Deaf(Echo):
    """Detects nothing, or fails to."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self._error = error

    @override
    async def detect(self, text: str, call: Call) -> DetectionResponse:
        del text, call
        if self._error:
            raise self._error
        return DetectionResponse(language="und", confidence=0, supported=False, candidates=[])


async def test_where_no_language_is_found_it_is_english() -> None:
    body = {"detected_language": "en", "confidence": 0}
    await check(legacy("single", Deaf()), Row("POST /detect", 200, body, {"text": "42"}))


async def test_a_detection_that_fails() -> None:
    models = Deaf(ModelNotReadyError("x"))
    body = {"detail": "Model not ready"}
    await check(legacy("single", models), Row("POST /detect", 503, body, {"text": "42"}))
