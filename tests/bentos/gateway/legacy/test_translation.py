"""What an answer says of where it came from, and what is refused by which name."""

from dataclasses import replace
from typing import Literal

import pytest
from typing_extensions import override

from bentos.contract import Answer, Call
from models.base.exceptions import UnsupportedLanguageError
from models.base.request_models import TranslationRequest
from models.base.translation_model import TranslationWarning, WarningCode
from tests.bentos.gateway.fakes import Echo
from tests.bentos.gateway.legacy.asking import SPOKEN, Row, check, legacy

PATH = "POST /translate"
BODY = {"text": "Привет", "source_lang": "auto", "target_lang": "fr"}
TRUNCATED = TranslationWarning(code=WarningCode.TRUNCATED, message="Cut.", segment=0)


class Cached(Echo):
    """Says that it answers from a cache."""

    def __init__(self, cache: Literal["hit", "miss"] | None) -> None:
        super().__init__(languages=SPOKEN)
        self._cache: Literal["hit", "miss"] | None = cache

    @override
    async def translate(self, request: TranslationRequest, call: Call) -> Answer:
        return replace(await super().translate(request, call), cache=self._cache, arm="b")


@pytest.mark.parametrize("profile", ["main", "multimodel", "single", "aya"])
@pytest.mark.parametrize("cache", ["hit", "miss", None])
async def test_whether_it_was_cached(profile: str, cache: Literal["hit", "miss"] | None) -> None:
    response = await check(legacy(profile, Cached(cache)), Row(PATH, 200, ..., BODY))
    assert response.headers.get("x-cache") == cache


async def test_the_metadata_says_what_the_caller_must_know() -> None:
    models = Cached(None)
    models.warnings = [TRUNCATED]
    response = await check(legacy("main", models), Row(PATH, 200, ..., BODY))
    metadata = response.json()["metadata"]
    assert metadata == {
        "segments": 1,
        "tokens_in": 3,
        "tokens_out": 3,
        "demo": True,
        "source_lang_code": "rus_Cyrl",
        "target_lang_code": "fra_Latn",
        "source_lang_name": "Russian",
        "target_lang_name": "French",
        "device": "cpu",
        "reason": "first",
        "arm": "b",
        "warnings": [{"code": "truncated", "message": "Cut.", "segment": 0}],
    }


class Refusing(Echo):
    """Detects a language that it does not speak."""

    def __init__(self, language: str | None) -> None:
        super().__init__(languages=SPOKEN)
        self._language = language

    @override
    async def translate(self, request: TranslationRequest, call: Call) -> Answer:
        del request, call
        error = UnsupportedLanguageError(self._language or "")
        if self._language is None:
            error.details.clear()
        raise error


@pytest.mark.parametrize(
    ("profile", "language", "detail"),
    [
        ("main", "jpn_Jpan", "Unsupported source language: jpn_Jpan"),
        ("single", "jpn_Jpan", "Unsupported source language: ja"),
        ("aya", "jpn_Jpan", "Unsupported source language: ja"),
        (
            "multimodel",
            "jpn_Jpan",
            "Model 'nllb' does not support translation from 'ja' to 'fr'",
        ),
        ("main", "fra_Latn", "Unsupported target language: fr"),
        ("multimodel", "fra_Latn", "Model 'nllb' does not support target language 'fr'"),
        ("main", None, "Unsupported source language: auto"),
    ],
)
async def test_a_language_the_model_does_not_speak(
    profile: str, language: str | None, detail: str
) -> None:
    app = legacy(profile, Refusing(language))
    await check(app, Row(PATH, 400, {"detail": detail}, BODY))
