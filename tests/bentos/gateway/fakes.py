"""Models that answer at once and say what they were asked; they translate nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bentos.contract import Answer, Call, ModelState, Reason, Status
from bentos.management.errors import UnknownModelError
from common.languages import find
from models.base.exceptions import LinguaNexusError, ModelNotReadyError, UnsupportedLanguageError
from models.base.request_models import (
    DetectionCandidate,
    DetectionResponse,
    TranslationRequest,
    TranslationResponse,
)
from models.base.translation_model import TranslationWarning

LANGUAGES = ("eng_Latn", "fra_Latn", "deu_Latn", "spa_Latn", "rus_Cyrl")


class Echo:
    """Answers `[target] text`; `failure`, `delay_s` and `warnings` say how it is to misbehave."""

    def __init__(self, *names: str, languages: Sequence[str] = LANGUAGES) -> None:
        self._states = {
            name: ModelState(
                name=name,
                status=Status.READY,
                languages=tuple(languages),
                details={"name": name, "version": "demo-1", "demo": True},
            )
            for name in names or ("nllb", "aya")
        }
        self.asked: list[tuple[TranslationRequest, Call]] = []
        self.failure: Exception | None = None
        self.delay_s = 0.0
        self.warnings: list[TranslationWarning] = []

    async def translate(self, request: TranslationRequest, call: Call) -> Answer:
        self.asked.append((request, call))
        state = self._state(call.model)
        await asyncio.sleep(self.delay_s)
        if self.failure is not None:
            raise self.failure
        if state.status is not Status.READY:
            raise ModelNotReadyError(f"The model is not available: {state.status}.")
        source, detected = request.source_lang, None
        if source == "auto":
            source = detected = (await self.detect(request.text, call)).language
        response = TranslationResponse(
            translated_text=f"[{_code(request.target_lang, state)}] {request.text}",
            source_lang=_code(source, state),
            target_lang=_code(request.target_lang, state),
            detected_source_lang=detected,
            confidence=None if detected is None else 0.9,
            model_name=state.name,
            processing_time_ms=1.5,
            warnings=self.warnings,
            metadata={"segments": 1, "tokens_in": 3, "tokens_out": 3, "demo": True},
        )
        reason = Reason.ASKED if call.model else Reason.FIRST
        return Answer(response=response, model=state.name, reason=reason)

    async def translate_batch(
        self, requests: Sequence[TranslationRequest], call: Call
    ) -> list[Answer | LinguaNexusError]:
        outcomes: list[Answer | LinguaNexusError] = []
        for request in requests:
            try:
                outcomes.append(await self.translate(request, call))
            except LinguaNexusError as error:
                outcomes.append(error)
        return outcomes

    async def detect(self, text: str, call: Call) -> DetectionResponse:
        del call
        cyrillic = any("\u0430" <= letter <= "\u044f" for letter in text.lower())
        language = "rus_Cyrl" if cyrillic else "eng_Latn"
        return DetectionResponse(
            language=language,
            confidence=0.9,
            supported=True,
            candidates=[DetectionCandidate(language=language, confidence=0.9)],
        )

    def states(self) -> Sequence[ModelState]:
        return list(self._states.values())

    async def load(self, name: str) -> ModelState:
        return self.set(name, Status.READY)

    async def unload(self, name: str) -> ModelState:
        return self.set(name, Status.COLD)

    def set(self, name: str, status: Status) -> ModelState:
        """Put a model into another state."""
        self._states[name] = replace(self._state(name), status=status)
        return self._states[name]

    def _state(self, name: str | None) -> ModelState:
        if name is None:
            return next(iter(self._states.values()))
        if name not in self._states:
            raise UnknownModelError(name)
        return self._states[name]


def _code(language: str, state: ModelState) -> str:
    known = find(language)
    if known is None or known.code not in state.languages:
        raise UnsupportedLanguageError(language)
    return known.code
