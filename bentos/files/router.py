"""The endpoints for whole files, in a Bento as in the gateway; they translate nothing."""

from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from bentos import openapi
from bentos.backing import Backing
from bentos.errors import InvalidRequestError
from bentos.files.shapes import FileForm, FileFormats, FileFormatView, FileJob, form_schema
from bentos.glossaries.requests import file_of
from bentos.validation import invalid
from common.files import registry

_FILE: Final = "file"
_LISTS: Final = frozenset({"paths", "columns"})
_MAX_FIELDS: Final = 256
_MAX_FIELD_BYTES: Final = 512 * 1024
"""A glossary of a thousand terms has room."""
_JOB: Final = openapi.errors(401, 403, 404, 422, 429, 500)


async def _backing(request: Request) -> Backing:
    backing: Backing = request.app.state.backing
    return backing


Bound = Annotated[Backing, Depends(_backing)]


async def _owner(request: Request, backing: Bound) -> str:
    return backing.owner_of(request)


Owner = Annotated[str, Depends(_owner)]


async def submit_file(
    request: Request, response: Response, backing: Bound, owner: Owner
) -> FileJob:
    """Translate a file in the background; `Location` says where to ask how far it is."""
    async with request.form(
        max_files=1, max_fields=_MAX_FIELDS, max_part_size=_MAX_FIELD_BYTES
    ) as form:
        file, said = _file_of(form), _form_of(form)
        data = await file.read()
        name, media_type = file.filename or "", file.content_type
    asked = await file_of(said.request(), said.glossary_id, request)
    job = await backing.files.submit(
        data,
        name,
        asked,
        backing.call_of(request, said.model),
        owner=owner,
        media_type=media_type,
    )
    response.headers["Location"] = f"{request.url.path.rstrip('/')}/{job.id}"
    return FileJob.of(job)


async def list_file_formats(backing: Bound) -> FileFormats:
    """The kinds of files that can be translated."""
    settings = backing.files.settings
    return FileFormats(
        formats=[FileFormatView.of(kind) for kind in registry.formats()],
        max_bytes=settings.max_bytes,
        max_characters=settings.max_chars,
    )


async def get_file_job(job: str, backing: Bound, owner: Owner) -> FileJob:
    """How far a file is."""
    return FileJob.of(backing.files.get(job, owner))


async def get_file_result(job: str, backing: Bound, owner: Owner) -> Response:
    """The translated file, until its job expires."""
    result = await backing.files.result(job, owner)
    headers = {
        "Content-Type": result.media_type,  # as a media type of its own it would say UTF-8
        "Content-Disposition": attachment(result.name),
    }
    return Response(result.data, headers=headers)


async def delete_file_job(job: str, backing: Bound, owner: Owner) -> Response:
    """Stop a job and remove its files; one that has ended is removed altogether."""
    await backing.files.cancel(job, owner)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def files_router(prefix: str = "") -> APIRouter:
    """The endpoints below a prefix."""
    router = APIRouter(prefix=f"{prefix}/files", tags=["files"])
    router.post(
        "",
        operation_id="submit_file",
        status_code=HTTPStatus.ACCEPTED,
        responses=openapi.errors(400, 401, 403, 404, 413, 415, 422, 429, 500, 503),
        openapi_extra=form_schema(),
    )(submit_file)
    router.get(
        "/formats",
        operation_id="list_file_formats",
        responses=openapi.errors(401, 403, 429, 500),
    )(list_file_formats)
    router.get("/{job}", operation_id="get_file_job", responses=_JOB)(get_file_job)
    router.get(
        "/{job}/result",
        operation_id="get_file_result",
        response_class=Response,
        responses={200: _whole_file(), **openapi.errors(401, 403, 404, 409, 422, 429, 500)},
    )(get_file_result)
    router.delete(
        "/{job}",
        operation_id="delete_file_job",
        status_code=HTTPStatus.NO_CONTENT,
        responses=_JOB,
    )(delete_file_job)
    return router


def attachment(name: str) -> str:
    """A header that offers a file under this name, whatever letters are in it."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace("\\", "_")
    simple = plain.replace('"', "_")
    return f"attachment; filename=\"{simple}\"; filename*=UTF-8''{quote(name, safe='')}"


def _whole_file() -> dict[str, Any]:
    binary = {"schema": {"type": "string", "format": "binary"}}
    media_types = (kind.media_types[0] for kind in registry.formats() if kind.becomes is None)
    return {"content": dict.fromkeys(media_types, binary), "description": "The translated file."}


def _file_of(form: FormData) -> UploadFile:
    file = form.get(_FILE)
    if not isinstance(file, UploadFile):
        message = "The body must be multipart/form-data with a file in the field `file`."
        raise InvalidRequestError(message)
    return file


def _form_of(form: FormData) -> FileForm:
    fields: dict[str, Any] = {}
    for name in form.keys() - {_FILE}:
        values = form.getlist(name)
        fields[name] = values if name in _LISTS else values[-1]
    try:
        return FileForm.model_validate(fields)
    except ValidationError as error:
        raise invalid(error.errors(include_input=False, include_url=False)) from None
