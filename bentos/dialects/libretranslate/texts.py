"""LibreTranslate's endpoints for texts: translating, and telling a language."""

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from fastapi import APIRouter, Request
from pydantic import BaseModel, ValidationError

from bentos.contract import Answer
from bentos.dialects.bound import Bound
from bentos.dialects.fields import Fields, fields_of
from bentos.dialects.libretranslate.languages import CODES, FALLBACK
from bentos.dialects.libretranslate.shapes import (
    AllTranslated,
    DetectBody,
    Detected,
    TranslateBody,
    Translated,
    body_of,
    errors,
)
from bentos.dialects.texts import translate_all
from bentos.errors import InvalidRequestError
from bentos.languages import AUTO, UNDETERMINED
from bentos.validation import check_items, check_text, invalid
from models.base.request_models import DetectionCandidate
from models.base.translation_model import TranslationOptions

router = APIRouter(tags=["texts"])

Shape = TypeVar("Shape", bound=BaseModel)

_FAILS: Final = (400, 403, 408, 413, 429, 500, 503, 504)
_UNKNOWN: Final = Detected(confidence=0, language=FALLBACK)


@router.post(
    "/translate",
    operation_id="translate",
    response_model_exclude_none=True,
    responses=errors(*_FAILS),
    openapi_extra=body_of(TranslateBody),
)
async def translate(request: Request, backing: Bound) -> Translated | AllTranslated:
    """Translations of a text, or of a list of them."""
    fields = await fields_of(request)
    check_items(len(fields.every("q")), backing.settings.max_batch_items)
    asked = _read(TranslateBody, fields, "q", "source", "target")
    texts = [asked.q] if isinstance(asked.q, str) else asked.q
    source = CODES.read_source(asked.source)
    answers = await translate_all(
        backing.models,
        texts,
        backing.call_of(request),
        source=source,
        target=CODES.read(asked.target),
        text_format=asked.format or "text",
        options=TranslationOptions(alternatives=asked.alternatives),
    )
    every = _translated(texts, answers, detected=source == AUTO, asked=asked)
    return every if isinstance(asked.q, list) else _only(every)


@router.post(
    "/detect",
    operation_id="detect",
    responses=errors(400, 403, 408, 413, 429, 500, 503),
    openapi_extra=body_of(DetectBody),
)
async def detect(request: Request, backing: Bound) -> list[Detected]:
    """The languages that a text is likely in, the likeliest first, from 0 to 100."""
    fields = await fields_of(request)
    check_items(len(fields.every("q")), backing.settings.max_batch_items)
    asked = _read(DetectBody, fields, "q")
    text = asked.q if isinstance(asked.q, str) else "\n".join(asked.q)
    if not text.strip():
        return [_UNKNOWN]
    check_text(text, backing.settings.max_text_chars)
    found = await backing.models.detect(text, backing.call_of(request))
    return [_detected(one) for one in found.candidates] or [_UNKNOWN]


def _read(shape: type[Shape], fields: Fields, *needed: str) -> Shape:
    """A body of this shape; a form's lines end as those of the text that was typed there."""
    said: dict[str, Any] = {
        name: fields.every(name) if name in fields.lists else fields.get(name)
        for name in shape.model_fields
    }
    for name in needed:
        if not said[name]:
            raise InvalidRequestError(f"Invalid request: missing {name} parameter")
    if not fields.is_json and isinstance(said["q"], str):
        said["q"] = said["q"].replace("\r\n", "\n")
    try:
        return shape.model_validate(said)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        raise invalid(found) from None


def _translated(
    texts: Sequence[str], answers: Sequence[Answer | None], *, detected: bool, asked: TranslateBody
) -> AllTranslated:
    every = AllTranslated(
        translatedText=[
            text if answer is None else answer.response.translated_text
            for text, answer in zip(texts, answers, strict=True)
        ]
    )
    if detected:
        every.detectedLanguage = [_source_of(answer) for answer in answers]
    if asked.alternatives:
        every.alternatives = [
            [] if answer is None else answer.response.alternatives for answer in answers
        ]
    return every


def _only(every: AllTranslated) -> Translated:
    return Translated(
        translatedText=every.translatedText[0],
        detectedLanguage=every.detectedLanguage[0] if every.detectedLanguage else None,
        alternatives=None if every.alternatives is None else every.alternatives[0],
    )


def _source_of(answer: Answer | None) -> Detected:
    if answer is None or answer.response.detected_source_lang is None:
        return _UNKNOWN
    response = answer.response
    return _detected(
        DetectionCandidate(
            language=response.detected_source_lang, confidence=response.confidence or 0
        )
    )


def _detected(one: DetectionCandidate) -> Detected:
    if one.language == UNDETERMINED:
        return _UNKNOWN
    return Detected(confidence=round(one.confidence * 100, 1), language=CODES.write(one.language))
