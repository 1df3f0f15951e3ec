"""Which languages a request is about: as written, as detected, as the model speaks them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bentos.shapes import LanguageInfo
from common.detection import Detection, Detector
from common.languages import LANGUAGES, Language, find
from models.base.exceptions import SameLanguageError, UnsupportedLanguageError
from models.base.request_models import (
    DetectionCandidate,
    DetectionResponse,
    TranslationRequest,
)
from models.base.translation_model import TranslationModel, TranslationWarning, WarningCode

AUTO: Final = "auto"
UNDETERMINED: Final = "und"
"""ISO 639's code for a text whose language cannot be told, as `42`."""

_UNDETERMINED: Final = TranslationWarning(
    code=WarningCode.LOW_CONFIDENCE,
    message="No language can be told from this text; it is unchanged.",
)
_SAME: Final = TranslationWarning(
    code=WarningCode.SAME_LANGUAGE,
    message="The text is in the target language already; it is unchanged.",
)
_UNSURE_BELOW: Final = 0.5
_LONG: Final = 20_000


@dataclass(frozen=True, slots=True)
class Choice:
    """The languages decided on; FLORES-200 codes."""

    source: str
    target: str
    detected: str | None = None
    confidence: float | None = None
    warnings: tuple[TranslationWarning, ...] = ()
    unchanged: bool = False
    """Whether the text needs no translating."""


class LanguageChooser:
    """Of one model; detection is free to find a language that the model does not speak."""

    def __init__(self, model: TranslationModel) -> None:
        self._model = model
        self._detector = Detector()

    async def choose(self, request: TranslationRequest) -> Choice:
        """The languages to translate between.

        Raises:
            UnsupportedLanguageError: One of them is unknown, or not the model's.
            SameLanguageError: Both were given and are one.
        """
        target = self.supported(request.target_lang).code
        if request.source_lang.strip().lower() == AUTO:
            return self._decide(await self._detect(request.text), target)
        source = self.supported(request.source_lang).code
        if source == target:
            raise SameLanguageError(source)
        return Choice(source, target)

    async def detect(self, text: str) -> DetectionResponse:
        return described(await self._detect(text), self._speaks)

    def supported(self, code: str) -> Language:
        """The language that a caller's code means.

        Raises:
            UnsupportedLanguageError: It is unknown, or not the model's.
        """
        language = find(code)
        if language is None:
            raise UnsupportedLanguageError(code, "is not known")
        if not self._speaks(language.code):
            raise self._model.unsupported_language(language.code)
        return language

    def _speaks(self, code: str) -> bool:
        return code in self._model.get_model_info().supported_languages

    async def _detect(self, text: str) -> Detection | None:
        return await detect(self._detector, text)

    def _decide(self, detection: Detection | None, target: str) -> Choice:
        if detection is None:
            return Choice(target, target, UNDETERMINED, 0.0, (_UNDETERMINED,), unchanged=True)
        source, confidence = detection.language, detection.confidence
        if not self._speaks(source):
            error = self._model.unsupported_language(source)
            error.details |= {"detected": True, "confidence": confidence}
            raise error
        warnings: list[TranslationWarning] = []
        if confidence < _UNSURE_BELOW:
            warnings.append(_unsure(confidence))
        if source == target:
            warnings.append(_SAME)
        same = source == target
        return Choice(source, target, source, confidence, tuple(warnings), unchanged=same)


async def detect(detector: Detector, text: str) -> Detection | None:
    """What a text is written in; a long one does not hold the event loop up."""
    if len(text) < _LONG:
        return detector.detect(text)
    return await asyncio.to_thread(detector.detect, text)


def described(detection: Detection | None, speaks: Callable[[str], bool]) -> DetectionResponse:
    """A detection as it is answered; `und` where there is none."""
    if detection is None:
        return DetectionResponse(
            language=UNDETERMINED, confidence=0, supported=False, candidates=[]
        )
    return DetectionResponse(
        language=detection.language,
        confidence=detection.confidence,
        supported=speaks(detection.language),
        candidates=[
            DetectionCandidate(language=one.language, confidence=one.confidence)
            for one in detection.candidates
        ],
    )


def languages_of(model: TranslationModel) -> list[LanguageInfo]:
    """The languages the loaded weights speak, as they are shown."""
    codes = model.get_model_info().supported_languages
    return [info_of(LANGUAGES[code]) for code in codes if code in LANGUAGES]


def info_of(language: Language) -> LanguageInfo:
    """A language as it is shown."""
    return LanguageInfo(
        code=language.code,
        iso639_1=language.iso639_1,
        iso639_3=language.iso639_3,
        bcp47=language.bcp47,
        name=language.name,
        native_name=language.native_name,
        script=language.script,
        direction="rtl" if language.rtl else "ltr",
    )


def _unsure(confidence: float) -> TranslationWarning:
    return TranslationWarning(
        code=WarningCode.LOW_CONFIDENCE,
        message=f"The language was detected with a confidence of {confidence:.2f} only.",
    )
