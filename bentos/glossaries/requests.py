"""Requests that may name a stored glossary, made into those that models understand."""

from fastapi import Request
from pydantic import Field, ValidationError

from bentos.backing import Backing
from bentos.files.job import FileRequest
from bentos.glossaries.resolving import pair_of, with_file_terms, with_glossary
from bentos.glossaries.viewing import viewer_of
from bentos.validation import invalid
from models.base import request_models
from models.base.exceptions import LinguaNexusError
from models.base.translation_model import Text

GLOSSARY_ID = Field(
    default=None,
    max_length=64,
    description="Of a stored glossary: its terms are used beside those of `options.glossary`, "
    "which go before them.",
)


class TranslationRequest(request_models.TranslationRequest):
    """One text to translate."""

    glossary_id: Text | None = GLOSSARY_ID

    def translation(self) -> request_models.TranslationRequest:
        """What a model is asked, but for the glossary."""
        asked = request_models.TranslationRequest
        return asked.model_construct(**{name: getattr(self, name) for name in asked.model_fields})


async def translation_of(
    body: TranslationRequest, request: Request
) -> request_models.TranslationRequest:
    """What a model is asked, with the terms of the glossary that the body names.

    Raises:
        UnknownGlossaryError: There is none.
        InvalidGlossaryError: It is not for the languages.
    """
    asked = body.translation()
    if body.glossary_id is None:
        return asked
    backing: Backing = request.app.state.backing
    viewer = viewer_of(request, backing)
    return await with_glossary(backing.glossaries, viewer, body.glossary_id, asked)


async def item_of(item: object, request: Request) -> object:
    """An item of a batch, as it was where it names no glossary; what is wrong with it else."""
    if not isinstance(item, dict) or item.get("glossary_id") is None:
        return item
    try:
        return await translation_of(TranslationRequest.model_validate(item), request)
    except ValidationError as error:
        return invalid(error.errors(include_input=False, include_url=False))
    except LinguaNexusError as error:
        return error


async def file_of(asked: FileRequest, glossary_id: str | None, request: Request) -> FileRequest:
    """As `translation_of`, for a file."""
    if glossary_id is None:
        return asked
    backing: Backing = request.app.state.backing
    viewer, store = viewer_of(request, backing), backing.glossaries
    pair = pair_of(await store.get(viewer, glossary_id), asked.source_lang, asked.target_lang)
    lexicon = await store.lexicon(viewer, glossary_id, pair)
    return await with_file_terms([lexicon], asked)
