"""DeepL's lists of languages, a caller's usage, and what is not offered; translates nothing."""

import asyncio
from functools import lru_cache
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from bentos.dialects.bound import Bound
from bentos.dialects.deepl import languages
from bentos.dialects.deepl.bodies import body_of
from bentos.dialects.deepl.languages import ListedLanguage
from bentos.dialects.deepl.refusals import documented
from bentos.dialects.languages import spoken_by
from bentos.errors import NotFoundError

router = APIRouter()

_TYPE: Final[dict[str, Any]] = {
    "parameters": [
        {
            "name": "type",
            "in": "query",
            "schema": {"enum": ["source", "target"], "default": "source"},
            "description": "Which ones; also read from a form.",
        }
    ]
}


class _Wanted(BaseModel):
    type: Literal["source", "target"] = "source"


class UsageView(BaseModel):
    """What a caller has used."""

    character_count: int = Field(description="Since the month began, or the quota's day (UTC).")
    character_limit: int


class GlossaryPair(BaseModel):
    """Languages that a glossary may be for."""

    source_lang: str
    target_lang: str


class GlossaryPairs(BaseModel):
    """All language pairs that a glossary may be for."""

    supported_languages: list[GlossaryPair]


@router.get(
    "/v2/languages",
    operation_id="deepl_languages",
    response_model_exclude_none=True,
    responses=documented(400, 408),
    openapi_extra=_TYPE,
)
async def list_languages(request: Request, backing: Bound) -> list[ListedLanguage]:
    """The languages that the models speak, as sources or targets."""
    wanted = await body_of(request, _Wanted)
    states = backing.models.states()
    return (languages.targets if wanted.type == "target" else languages.sources)(states)


@router.get("/v2/usage", operation_id="deepl_usage", responses=documented())
async def get_usage(request: Request, backing: Bound) -> UsageView:
    """The characters that the caller had translated, and how many he may."""
    used = backing.usage.of(backing.call_of(request).caller)
    return UsageView(character_count=used.characters, character_limit=used.limit)


@router.get(
    "/v2/glossary-language-pairs",
    operation_id="deepl_glossary_language_pairs",
    response_model=GlossaryPairs,
    responses=documented(),
)
async def list_pairs(backing: Bound) -> Response:
    """The language pairs that glossaries may be for: all there are."""
    spoken = spoken_by(backing.models.states())
    return Response(await asyncio.to_thread(_pairs, spoken), media_type="application/json")


@lru_cache(maxsize=4)
def _pairs(spoken: tuple[tuple[str, ...], ...]) -> str:
    """By the languages of each model; of two hundred languages it is a megabyte and a half."""
    found = [
        GlossaryPair(source_lang=pair.source, target_lang=pair.target)
        for pair in languages.pairs(spoken)
    ]
    return GlossaryPairs(supported_languages=found).model_dump_json()


@router.post("/v2/write/{what}", operation_id="deepl_write", responses=documented(400, 404))
async def write(what: Annotated[str, Field(max_length=50)]) -> None:
    """Always 404: texts are translated here, not improved."""
    del what
    raise NotFoundError("Texts are translated here, not improved.")
