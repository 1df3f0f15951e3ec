"""The endpoints of Google's Translation v2; they answer what the models say."""

import asyncio
from typing import Final, TypeVar

from fastapi import APIRouter, Request
from pydantic import BaseModel, ValidationError

from bentos.contract import Answer, Call, Models
from bentos.dialects.bound import Bound
from bentos.dialects.fields import Fields, fields_of
from bentos.dialects.google.escaping import escaped
from bentos.dialects.google.languages import CODES, listed
from bentos.dialects.google.shapes import (
    MAX_TEXTS,
    DetectAnswer,
    DetectBody,
    Detection,
    Detections,
    Languages,
    LanguagesAnswer,
    LanguagesBody,
    TranslateAnswer,
    TranslateBody,
    TranslatedText,
    Translations,
    body_of,
    errors,
    query_of,
)
from bentos.dialects.texts import translate_all
from bentos.errors import InvalidRequestError
from bentos.languages import AUTO, UNDETERMINED
from bentos.validation import check_items, invalid
from models.base.exceptions import SameLanguageError

BASE: Final = "/language/translate/v2"
HTML: Final = "html"
_GOOGLES: Final = frozenset({"base", "nmt"})
_GOOGLES_BELOW: Final = "projects/"
_FAILS: Final = (400, 403, 408, 413, 429, 500, 503, 504)

router = APIRouter(prefix=BASE)

Shape = TypeVar("Shape", bound=BaseModel)


async def translate(request: Request, backing: Bound) -> TranslateAnswer:
    """Translations of up to 128 texts."""
    fields = await fields_of(request)
    texts, asked = _texts_of(fields), _read(TranslateBody, fields, "target")
    source, target = CODES.read_source(asked.source or AUTO), CODES.read(asked.target)
    if source == target:
        raise SameLanguageError(source)
    answers = await translate_all(
        backing.models,
        texts,
        backing.call_of(request, _model_of(asked.model)),
        source=source,
        target=target,
        text_format=asked.format or HTML,
    )
    shown = [
        _translated(text, answer, asked, detected=source == AUTO)
        for text, answer in zip(texts, answers, strict=True)
    ]
    return TranslateAnswer(data=Translations(translations=shown))


async def detect(request: Request, backing: Bound) -> DetectAnswer:
    """The language of each text, from 0 to 1."""
    texts, call = _texts_of(await fields_of(request)), backing.call_of(request)
    found = await asyncio.gather(*(_detected(backing.models, text, call) for text in texts))
    return DetectAnswer(data=Detections(detections=[[one] for one in found]))


async def list_languages(request: Request, backing: Bound) -> LanguagesAnswer:
    """Every language; with `target`, its name in English."""
    asked = _read(LanguagesBody, await fields_of(request))
    if asked.target:
        CODES.read(asked.target)
    languages = listed(backing.models.states(), named=bool(asked.target))
    return LanguagesAnswer(data=Languages(languages=languages))


for path, endpoint, shape in (
    ("", translate, TranslateBody),
    ("/detect", detect, DetectBody),
    ("/languages", list_languages, LanguagesBody),
):
    for method, described in (("GET", query_of), ("POST", body_of)):
        router.add_api_route(
            path,
            endpoint,
            methods=[method],
            operation_id=f"{endpoint.__name__}_by_{method.lower()}",
            response_model_exclude_none=True,
            responses=errors(*_FAILS),
            openapi_extra=described(shape),
        )
        # Some clients end every path so.
        router.add_api_route(
            f"{path}/",
            endpoint,
            methods=[method],
            response_model_exclude_none=True,
            include_in_schema=False,
        )


def _texts_of(fields: Fields) -> list[str]:
    texts = fields.every("q")
    if not texts:
        raise InvalidRequestError("Required Text")
    check_items(len(texts), MAX_TEXTS)
    return _read(DetectBody, fields).q  # type: ignore[return-value]  # a list was read


def _read(shape: type[Shape], fields: Fields, *needed: str) -> Shape:
    said = {name: fields.get(name) for name in shape.model_fields if name != "q"}
    for name in needed:
        if not said[name]:
            raise InvalidRequestError(f"Required parameter: {name}")
    try:
        return shape.model_validate({**said, "q": fields.every("q")})
    except ValidationError as error:
        raise invalid(error.errors(include_input=False, include_url=False)) from None


def _model_of(name: str | None) -> str | None:
    """One of ours by its name; Google's are whoever is asked when nobody is named."""
    if not name or name in _GOOGLES or name.startswith(_GOOGLES_BELOW):
        return None
    return name


def _translated(
    text: str, answer: Answer | None, asked: TranslateBody, *, detected: bool
) -> TranslatedText:
    translated = text if answer is None else answer.response.translated_text
    source = None if answer is None else answer.response.detected_source_lang
    written = UNDETERMINED if source is None else CODES.write(source)
    model = answer.model if answer is not None and _model_of(asked.model) else asked.model
    return TranslatedText(
        translatedText=translated if asked.format == "text" else escaped(translated),
        detectedSourceLanguage=written if detected else None,
        model=model or None,
    )


async def _detected(models: Models, text: str, call: Call) -> Detection:
    if not text.strip():
        return Detection(language=UNDETERMINED, confidence=0, isReliable=False)
    found = await models.detect(text, call)
    return Detection(
        language=CODES.write(found.language), confidence=found.confidence, isReliable=False
    )
