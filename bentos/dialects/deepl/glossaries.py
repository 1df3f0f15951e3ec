"""DeepL's glossaries of one language pair (version 2), over those that are stored here."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from bentos.backing import Backing
from bentos.dialects.bound import Bound
from bentos.dialects.deepl.bodies import DictionaryBody, GlossaryBody, body_of, sent_as
from bentos.dialects.deepl.languages import pair_of
from bentos.dialects.deepl.refusals import documented
from bentos.glossaries import shapes
from bentos.glossaries.errors import UnknownGlossaryError
from bentos.glossaries.glossary import Glossary, Viewer
from bentos.glossaries.viewing import viewer_of
from common.glossaries.entries import Entries, Pair, write

_TSV = "text/tab-separated-values"

router = APIRouter()

GlossaryId = Annotated[str, Path(max_length=200)]


class GlossaryView(BaseModel):
    """A glossary, without its entries."""

    glossary_id: str
    name: str
    ready: bool
    source_lang: str
    target_lang: str
    creation_time: str
    entry_count: int


class GlossaryList(BaseModel):
    """The caller's glossaries of one language pair."""

    glossaries: list[GlossaryView]


@router.post(
    "/v2/glossaries",
    operation_id="deepl_create_glossary",
    status_code=HTTPStatus.CREATED,
    responses=documented(400, 408, 413, 456, 503),
    openapi_extra=sent_as(GlossaryBody),
)
async def create(request: Request, backing: Bound) -> GlossaryView:
    """Keeps a glossary of one language pair."""
    body = await body_of(request, GlossaryBody)
    pair, entries = read(body)
    viewer = viewer_of(request, backing)
    return _view(await backing.glossaries.create(viewer, body.name, {pair: entries}))


@router.get("/v2/glossaries", operation_id="deepl_list_glossaries", responses=documented(503))
async def list_all(request: Request, backing: Bound) -> GlossaryList:
    """The caller's glossaries that have one language pair."""
    found = await backing.glossaries.of(viewer_of(request, backing))
    views = [_view(one) for one in found if len(one.dictionaries) == 1]
    return GlossaryList(glossaries=views)


@router.get(
    "/v2/glossaries/{glossary_id}",
    operation_id="deepl_get_glossary",
    responses=documented(400, 404, 503),
)
async def get(glossary_id: GlossaryId, request: Request, backing: Bound) -> GlossaryView:
    """One of them, without its entries."""
    return _view(await _single(glossary_id, viewer_of(request, backing), backing))


@router.get(
    "/v2/glossaries/{glossary_id}/entries",
    operation_id="deepl_get_glossary_entries",
    response_class=Response,
    responses={
        200: {
            "content": {_TSV: {"schema": {"type": "string"}}},
            "description": "A line an entry, a tab between its terms.",
        },
        **documented(400, 404, 503),
    },
)
async def get_entries(glossary_id: GlossaryId, request: Request, backing: Bound) -> Response:
    """Its entries, as tab-separated values."""
    viewer = viewer_of(request, backing)
    glossary = await _single(glossary_id, viewer, backing)
    pair = glossary.dictionaries[0].pair
    lexicon = await backing.glossaries.lexicon(viewer, glossary.id, pair)
    return Response(write(lexicon.entries, "tsv"), media_type=_TSV)


@router.delete(
    "/v2/glossaries/{glossary_id}",
    operation_id="deepl_delete_glossary",
    status_code=HTTPStatus.NO_CONTENT,
    responses=documented(400, 404, 503),
)
async def delete(glossary_id: GlossaryId, request: Request, backing: Bound) -> Response:
    """Removes it."""
    await backing.glossaries.remove(viewer_of(request, backing), glossary_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def read(body: DictionaryBody) -> tuple[Pair, Entries]:
    """The languages and entries of a dictionary.

    Raises:
        LinguaNexusError: One of them is wrong.
    """
    pair = pair_of(body.source_lang, body.target_lang)
    return pair, shapes.read(body.entries, body.entries_format)


def time_of(glossary: Glossary) -> str:
    """When it was made, as DeepL writes times."""
    moment = glossary.created_at
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}Z"


async def _single(glossary_id: str, viewer: Viewer, backing: Backing) -> Glossary:
    """One of several language pairs is none of version 2."""
    glossary = await backing.glossaries.get(viewer, glossary_id)
    if len(glossary.dictionaries) != 1:
        raise UnknownGlossaryError("The glossary is for several languages: version 3 has it.")
    return glossary


def _view(glossary: Glossary) -> GlossaryView:
    dictionary = glossary.dictionaries[0]
    return GlossaryView(
        glossary_id=glossary.id,
        name=glossary.name,
        ready=True,
        source_lang=dictionary.pair.source,
        target_lang=dictionary.pair.target,
        creation_time=time_of(glossary),
        entry_count=dictionary.count,
    )
