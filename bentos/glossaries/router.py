"""The endpoints for stored glossaries, in a Bento as in the gateway; they translate nothing."""

import asyncio
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import TypeAdapter, ValidationError

from bentos import openapi
from bentos.backing import Backing
from bentos.errors import InvalidRequestError
from bentos.glossaries.errors import InvalidGlossaryError, UnknownGlossaryError
from bentos.glossaries.glossary import Glossary, Viewer
from bentos.glossaries.shapes import (
    MEDIA_TYPES,
    DictionaryView,
    EntriesForm,
    GlossaryList,
    GlossaryView,
    NewGlossary,
    NewName,
    pair_of,
    read,
)
from bentos.glossaries.store import GlossaryStore
from bentos.glossaries.viewing import viewer_of
from bentos.validation import invalid
from common.glossaries.entries import Pair, write
from models.base.translation_model import Text

_READ: Final = openapi.errors(401, 403, 404, 422, 429, 500, 503)
_READ_PAIR: Final = openapi.errors(400, 401, 403, 404, 422, 429, 500, 503)
_WRITE: Final = openapi.errors(400, 401, 403, 404, 409, 413, 422, 429, 500, 503)
_OBJECT: Final = TypeAdapter(dict[Text, Text])
_TYPE_OF: Final = {form: media_type for media_type, form in MEDIA_TYPES.items()}
_ENTRIES: Final[dict[str, Any]] = {
    "application/json": {
        "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        "example": {"train station": "gare"},
    },
    "text/tab-separated-values": {"schema": {"type": "string"}, "example": "train station\tgare\n"},
    "text/csv": {"schema": {"type": "string"}, "example": "train station,gare\n"},
}
# Generators of clients know no CSV in a request, and would leave the operation out.
_BODY: Final = {
    "required": True,
    "content": {"application/json": _ENTRIES["application/json"]},
    "description": "Terms and translations; also as `text/csv` or `text/tab-separated-values`.",
}


async def _store(request: Request) -> GlossaryStore:
    backing: Backing = request.app.state.backing
    return backing.glossaries


async def _viewer(request: Request) -> Viewer:
    return viewer_of(request, request.app.state.backing)


Bound = Annotated[GlossaryStore, Depends(_store)]
Viewing = Annotated[Viewer, Depends(_viewer)]
Code = Annotated[str | None, Query(min_length=2, max_length=32)]


async def create_glossary(body: NewGlossary, store: Bound, viewer: Viewing) -> GlossaryView:
    """Keep a glossary; requests name it by its `id`."""
    dictionaries = await asyncio.to_thread(body.read)
    return GlossaryView.of(await store.create(viewer, body.name, dictionaries))


async def list_glossaries(store: Bound, viewer: Viewing) -> GlossaryList:
    """The caller's glossaries; all there are, for a key that may manage."""
    found = await store.of(viewer)
    return GlossaryList(glossaries=[GlossaryView.of(one) for one in found])


async def get_glossary(glossary: str, store: Bound, viewer: Viewing) -> GlossaryView:
    """One of them, without its entries."""
    return GlossaryView.of(await store.get(viewer, glossary))


async def rename_glossary(
    glossary: str, body: NewName, store: Bound, viewer: Viewing
) -> GlossaryView:
    """Call it something else; its id stays."""
    return GlossaryView.of(await store.rename(viewer, glossary, body.name))


async def delete_glossary(glossary: str, store: Bound, viewer: Viewing) -> Response:
    """Remove it with all its entries."""
    await store.remove(viewer, glossary)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def get_glossary_entries(
    glossary: str,
    store: Bound,
    viewer: Viewing,
    *,
    source_lang: Code = None,
    target_lang: Code = None,
    format: EntriesForm = "json",  # noqa: A002 - the parameter's name in the API
) -> Response:
    """The entries of one language pair; it need not be named where there is only one."""
    pair = _pair(await store.get(viewer, glossary), source_lang, target_lang)
    entries = (await store.lexicon(viewer, glossary, pair)).entries
    content = _OBJECT.dump_json(entries) if format == "json" else write(entries, format)
    return Response(content, media_type=_TYPE_OF[format])


async def put_glossary_entries(
    glossary: str,
    request: Request,
    store: Bound,
    viewer: Viewing,
    *,
    source_lang: Code = None,
    target_lang: Code = None,
) -> DictionaryView:
    """Write the entries of one language pair, in place of those there were."""
    data = await request.body()
    form = _form_of(request)
    entries = await asyncio.to_thread(_read, data, form)
    pair = _pair(await store.get(viewer, glossary), source_lang, target_lang)
    written = await store.put(viewer, glossary, pair, entries)
    return DictionaryView(source_lang=pair.source, target_lang=pair.target, entries=written.count)


async def delete_glossary_entries(
    glossary: str,
    store: Bound,
    viewer: Viewing,
    source_lang: Annotated[str, Query(min_length=2, max_length=32)],
    target_lang: Annotated[str, Query(min_length=2, max_length=32)],
) -> Response:
    """Remove those of one language pair; the glossary stays, even without any."""
    await store.remove_entries(viewer, glossary, pair_of(source_lang, target_lang))
    return Response(status_code=HTTPStatus.NO_CONTENT)


def glossaries_router(prefix: str = "") -> APIRouter:
    """The endpoints below a prefix."""
    router = APIRouter(
        prefix=f"{prefix}/glossaries", tags=["glossaries"], strict_content_type=False
    )
    created = {"status_code": HTTPStatus.CREATED, "responses": _WRITE}
    removed_pair = {"status_code": HTTPStatus.NO_CONTENT, "responses": _READ_PAIR}
    removed = {"status_code": HTTPStatus.NO_CONTENT, "responses": _READ}
    entries = {"response_class": Response, "responses": {200: {"content": _ENTRIES}, **_READ_PAIR}}
    written = {
        "responses": _WRITE,
        "openapi_extra": {"requestBody": _BODY},
    }
    for method, path, endpoint, extra in (
        ("POST", "", create_glossary, created),
        ("GET", "", list_glossaries, {"responses": openapi.errors(401, 403, 429, 500, 503)}),
        ("GET", "/{glossary}", get_glossary, {"responses": _READ}),
        ("PATCH", "/{glossary}", rename_glossary, {"responses": _WRITE}),
        ("DELETE", "/{glossary}", delete_glossary, removed),
        ("GET", "/{glossary}/entries", get_glossary_entries, entries),
        ("PUT", "/{glossary}/entries", put_glossary_entries, written),
        ("DELETE", "/{glossary}/entries", delete_glossary_entries, removed_pair),
    ):
        name = endpoint.__name__
        router.add_api_route(path, endpoint, methods=[method], operation_id=name, **extra)
    return router


def _pair(glossary: Glossary, source: str | None, target: str | None) -> Pair:
    """The pair that is meant."""
    if source is not None and target is not None:
        return pair_of(source, target)
    if source is not None or target is not None:
        raise InvalidRequestError("Give both source_lang and target_lang, or neither.")
    if not glossary.dictionaries:
        raise UnknownGlossaryError("The glossary has no entries.")
    if len(glossary.dictionaries) > 1:
        message = "The glossary is for several language pairs: give source_lang and target_lang."
        raise InvalidRequestError(message)
    return glossary.dictionaries[0].pair


def _form_of(request: Request) -> EntriesForm:
    media_type = request.headers.get("content-type", "application/json").partition(";")[0]
    form = MEDIA_TYPES.get(media_type.strip().lower())
    if form is None:
        message = f"Entries are sent as {', '.join(MEDIA_TYPES)}."
        raise InvalidRequestError(message)
    return form


def _read(data: bytes, form: EntriesForm) -> dict[str, str]:
    if form == "json":
        try:
            return read(_OBJECT.validate_json(data), "tsv")
        except ValidationError as error:
            raise invalid(error.errors(include_input=False, include_url=False)) from None
    try:
        return read(data.decode("utf-8-sig"), form)
    except UnicodeDecodeError:
        raise InvalidGlossaryError("The entries are not UTF-8.") from None
