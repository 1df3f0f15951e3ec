"""DeepL's glossaries of several language pairs (version 3), over those that are stored here."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from bentos.dialects.bound import Bound
from bentos.dialects.deepl.bodies import (
    ChangeBody,
    DictionaryBody,
    MultilingualBody,
    body_of,
    sent_as,
)
from bentos.dialects.deepl.glossaries import GlossaryId, read, time_of
from bentos.dialects.deepl.languages import pair_of
from bentos.dialects.deepl.refusals import documented
from bentos.errors import InvalidRequestError
from bentos.glossaries.glossary import Glossary
from bentos.glossaries.viewing import viewer_of
from common.glossaries.entries import Entries, Pair, write

router = APIRouter()

Code = Annotated[str, Query(max_length=32)]


class DictionaryView(BaseModel):
    """One language pair of a glossary, without its entries."""

    source_lang: str
    target_lang: str
    entry_count: int


class MultilingualView(BaseModel):
    """A glossary, without its entries."""

    glossary_id: str
    name: str
    creation_time: str
    dictionaries: list[DictionaryView]


class MultilingualList(BaseModel):
    """The caller's glossaries."""

    glossaries: list[MultilingualView]


class DictionaryEntries(BaseModel):
    """The entries of one language pair."""

    source_lang: str
    target_lang: str
    entries: str
    entries_format: str


class EntriesList(BaseModel):
    """The entries that were asked for."""

    dictionaries: list[DictionaryEntries]


@router.post(
    "/v3/glossaries",
    operation_id="deepl_create_multilingual_glossary",
    status_code=HTTPStatus.CREATED,
    responses=documented(400, 408, 413, 456, 503),
    openapi_extra=sent_as(MultilingualBody),
)
async def create(request: Request, backing: Bound) -> MultilingualView:
    """Keeps a glossary of any number of language pairs."""
    body = await body_of(request, MultilingualBody)
    viewer = viewer_of(request, backing)
    dictionaries = _read_all(body.dictionaries)
    return _view(await backing.glossaries.create(viewer, body.name, dictionaries))


@router.get(
    "/v3/glossaries", operation_id="deepl_list_multilingual_glossaries", responses=documented(503)
)
async def list_all(request: Request, backing: Bound) -> MultilingualList:
    """The caller's glossaries."""
    found = await backing.glossaries.of(viewer_of(request, backing))
    return MultilingualList(glossaries=[_view(one) for one in found])


@router.get(
    "/v3/glossaries/{glossary_id}",
    operation_id="deepl_get_multilingual_glossary",
    responses=documented(400, 404, 503),
)
async def get(glossary_id: GlossaryId, request: Request, backing: Bound) -> MultilingualView:
    """One of them, without its entries."""
    return _view(await backing.glossaries.get(viewer_of(request, backing), glossary_id))


@router.patch(
    "/v3/glossaries/{glossary_id}",
    operation_id="deepl_change_multilingual_glossary",
    responses=documented(400, 404, 408, 413, 456, 503),
    openapi_extra=sent_as(ChangeBody),
)
async def change(glossary_id: GlossaryId, request: Request, backing: Bound) -> MultilingualView:
    """Gives it another name, or adds entries: of terms that it has, the new ones hold."""
    body = await body_of(request, ChangeBody)
    viewer, store = viewer_of(request, backing), backing.glossaries
    dictionaries = _read_all(body.dictionaries)
    if body.name is not None:
        await store.rename(viewer, glossary_id, body.name)
    for pair, entries in dictionaries.items():
        await store.put(viewer, glossary_id, pair, entries, merge=True)
    return _view(await store.get(viewer, glossary_id))


@router.delete(
    "/v3/glossaries/{glossary_id}",
    operation_id="deepl_delete_multilingual_glossary",
    status_code=HTTPStatus.NO_CONTENT,
    responses=documented(400, 404, 503),
)
async def delete(glossary_id: GlossaryId, request: Request, backing: Bound) -> Response:
    """Removes it with all its entries."""
    await backing.glossaries.remove(viewer_of(request, backing), glossary_id)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get(
    "/v3/glossaries/{glossary_id}/entries",
    operation_id="deepl_get_multilingual_entries",
    responses=documented(400, 404, 503),
)
async def get_entries(
    glossary_id: GlossaryId, source_lang: Code, target_lang: Code, request: Request, backing: Bound
) -> EntriesList:
    """The entries of one language pair."""
    pair = pair_of(source_lang, target_lang)
    lexicon = await backing.glossaries.lexicon(viewer_of(request, backing), glossary_id, pair)
    entries = DictionaryEntries(
        source_lang=pair.source,
        target_lang=pair.target,
        entries=write(lexicon.entries, "tsv").rstrip("\n"),
        entries_format="tsv",
    )
    return EntriesList(dictionaries=[entries])


@router.put(
    "/v3/glossaries/{glossary_id}/dictionaries",
    operation_id="deepl_replace_dictionary",
    responses=documented(400, 404, 408, 413, 456, 503),
    openapi_extra=sent_as(DictionaryBody),
)
async def replace(glossary_id: GlossaryId, request: Request, backing: Bound) -> DictionaryView:
    """Writes the entries of one language pair, in place of those there were."""
    pair, entries = read(await body_of(request, DictionaryBody))
    viewer = viewer_of(request, backing)
    written = await backing.glossaries.put(viewer, glossary_id, pair, entries)
    return DictionaryView(
        source_lang=pair.source, target_lang=pair.target, entry_count=written.count
    )


@router.delete(
    "/v3/glossaries/{glossary_id}/dictionaries",
    operation_id="deepl_delete_dictionary",
    status_code=HTTPStatus.NO_CONTENT,
    responses=documented(400, 404, 503),
)
async def delete_dictionary(
    glossary_id: GlossaryId, source_lang: Code, target_lang: Code, request: Request, backing: Bound
) -> Response:
    """Removes the entries of one language pair."""
    viewer, pair = viewer_of(request, backing), pair_of(source_lang, target_lang)
    await backing.glossaries.remove_entries(viewer, glossary_id, pair)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _read_all(bodies: list[DictionaryBody]) -> dict[Pair, Entries]:
    found: dict[Pair, Entries] = {}
    for body in bodies:
        pair, entries = read(body)
        if pair in found:
            raise InvalidRequestError(f"There are two dictionaries for {pair}.")
        found[pair] = entries
    return found


def _view(glossary: Glossary) -> MultilingualView:
    return MultilingualView(
        glossary_id=glossary.id,
        name=glossary.name,
        creation_time=time_of(glossary),
        dictionaries=[
            DictionaryView(
                source_lang=one.pair.source, target_lang=one.pair.target, entry_count=one.count
            )
            for one in glossary.dictionaries
        ],
    )
