"""DeepL's translation of texts."""

import re
from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from bentos.backing import Backing
from bentos.contract import Answer
from bentos.dialects.bound import Bound
from bentos.dialects.deepl.asking import Direction, lexicons_of, register_of
from bentos.dialects.deepl.bodies import MAX_BYTES, MAX_TEXTS, TranslateBody, body_of, sent_as
from bentos.dialects.deepl.refusals import documented
from bentos.errors import InvalidRequestError
from bentos.glossaries.glossary import Lexicon
from bentos.glossaries.resolving import with_terms
from models.base.exceptions import LinguaNexusError
from models.base.request_models import MarkupOptions, TranslationRequest
from models.base.translation_model import TranslationOptions

_MOST_CONTEXT: Final = 10_000
_LINE_BREAK: Final = re.compile(r"[^\S\n]*+\n\s*+")
# A document's type without definitions of its own: it names one, which nobody fetches.
_DOCUMENT_TYPE: Final = re.compile(r"\s*+(?:<\?xml\s[^<>]*+>)?\s*+<!DOCTYPE\s[^<>\[\]]*+>")

router = APIRouter()


class TranslatedText(BaseModel):
    """A text's translation."""

    detected_source_language: str = Field(description="As given, or detected.")
    text: str
    billed_characters: int | None = Field(default=None, description="Of the text; where asked.")
    model_type_used: str | None = Field(default=None, description="Where one was asked for.")


class Translations(BaseModel):
    """The texts' translations, in their order."""

    translations: list[TranslatedText]


@router.post(
    "/v2/translate",
    operation_id="deepl_translate",
    response_model_exclude_none=True,
    responses=documented(400, 404, 408, 413, 456, 503, 504, 529),
    openapi_extra=sent_as(TranslateBody),
)
async def translate(request: Request, backing: Bound) -> Translations:
    """The translations of up to 50 texts, in their order."""
    body = await body_of(request, TranslateBody, most=MAX_BYTES)
    if len(body.text) > MAX_TEXTS:
        raise InvalidRequestError(f"Too many texts: up to {MAX_TEXTS} may be sent at once.")
    direction = Direction(body)
    lexicons = await lexicons_of(request, backing, body, direction)
    answers = await _answers(request, backing, body, direction, lexicons)
    shown = [
        _shown(body, direction, text, answer)
        for text, answer in zip(body.text, answers, strict=True)
    ]
    caller = backing.call_of(request).caller
    backing.usage.count(caller, sum(map(len, body.text)))
    return Translations(translations=shown)


async def _answers(
    request: Request,
    backing: Backing,
    body: TranslateBody,
    direction: Direction,
    lexicons: Sequence[Lexicon],
) -> list[Answer | None]:
    """One a text; None: it stays as it is."""
    if direction.is_none:
        return [None] * len(body.text)
    places = [place for place, text in enumerate(body.text) if text.strip()]
    template = _template(body, direction, backing)
    asked = [await _request(template, body, body.text[place], lexicons) for place in places]
    answers: list[Answer | None] = [None] * len(body.text)
    outcomes: list[Answer | LinguaNexusError] = []
    call = backing.call_of(request)
    if len(asked) == 1:
        outcomes = [await backing.models.translate(asked[0], call)]
    elif asked:
        outcomes = await backing.models.translate_batch(asked, call)
    for place, outcome in zip(places, outcomes, strict=True):
        if isinstance(outcome, LinguaNexusError):
            raise outcome
        answers[place] = outcome
    return answers


def _template(body: TranslateBody, direction: Direction, backing: Backing) -> TranslationRequest:
    """What is asked of every text alike."""
    register = register_of(body.formality, direction.target, backing.models.states())
    options = TranslationOptions(
        formality=register, context=body.context[:_MOST_CONTEXT] if body.context else None
    )
    return TranslationRequest(
        text="",
        source_lang=direction.source,
        target_lang=direction.target,
        format=body.tag_handling or "text",
        markup=_markup(body),
        options=options,
    )


async def _request(
    template: TranslationRequest, body: TranslateBody, text: str, lexicons: Sequence[Lexicon]
) -> TranslationRequest:
    if body.split_sentences == "nonewlines" and body.tag_handling is None:
        text = _LINE_BREAK.sub(" ", text)
    text = text[len(_head(body, text)) :]
    request = template.model_copy(update={"text": text})
    for lexicon in lexicons:  # what is there already goes before what comes
        request = await with_terms(lexicon, request)
    return request


def _head(body: TranslateBody, text: str) -> str:
    """What of XML stands before the document, and is not read with it."""
    found = _DOCUMENT_TYPE.match(text) if body.tag_handling == "xml" else None
    return found.group() if found else ""


def _markup(body: TranslateBody) -> MarkupOptions | None:
    if body.tag_handling != "xml":
        return None
    return MarkupOptions(
        ignore_tags=body.ignore_tags,
        splitting_tags=body.splitting_tags,
        non_splitting_tags=body.non_splitting_tags,
        outline_detection=body.outline_detection,
    )


def _shown(
    body: TranslateBody, direction: Direction, text: str, answer: Answer | None
) -> TranslatedText:
    source = direction.target if answer is None else answer.response.source_lang
    model_type = body.model_type and body.model_type.removeprefix("prefer_")
    return TranslatedText(
        detected_source_language=direction.detected(source),
        text=text if answer is None else _head(body, text) + answer.response.translated_text,
        billed_characters=len(text) if body.show_billed_characters else None,
        model_type_used=model_type,
    )
