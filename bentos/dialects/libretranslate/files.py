"""LibreTranslate's endpoints for files: sent, waited for, fetched; translated elsewhere."""

import asyncio
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile

from bentos.contract import Call
from bentos.dialects.bound import Bound
from bentos.dialects.fields import Fields, fields_of
from bentos.dialects.libretranslate.languages import CODES
from bentos.dialects.libretranslate.shapes import Keyed, TranslatedFile, body_of, errors
from bentos.errors import InternalError, InvalidRequestError
from bentos.files.job import FileRequest, Job
from bentos.files.jobs import FileJobs
from bentos.files.router import attachment
from models.base.exceptions import DeadlineExceededError

router = APIRouter(tags=["files"])

_NOBODY: Final = ""
"""Whose such files are: whoever has a file's URL, which cannot be guessed, may fetch it."""


class FileBody(Keyed):
    """What a form says beside its file."""

    source: str
    target: str


@router.post(
    "/translate_file",
    operation_id="translate_file",
    responses=errors(400, 403, 408, 413, 429, 500, 503, 504),
    openapi_extra=body_of(FileBody, file={"type": "string", "format": "binary"}),
)
async def translate_file(request: Request, backing: Bound) -> TranslatedFile:
    """Where the translation of a file can be fetched, once it is done."""
    fields = await fields_of(request)
    file = _file_of(fields)
    asked = FileRequest(
        source_lang=CODES.read_source(_text(fields, "source")),
        target_lang=CODES.read(_text(fields, "target")),
    )
    call = backing.call_of(request)
    job = await _begun(backing.files, file, asked, call)
    await _finished(backing.files, job, backing.settings.timeout_s)
    name = quote(f"{job.id}.{job.result_name}")
    # Not `base_url`: that is of the app which this one is mounted in.
    path = f"{request.scope['root_path']}/download_file/{name}"
    return TranslatedFile(translatedFileUrl=str(request.url.replace(path=path, query="")))


@router.get(
    "/download_file/{filename}",
    operation_id="download_file",
    response_class=Response,
    responses={
        200: {
            "description": "The translated file.",
            "content": {"application/octet-stream": {"schema": {"type": "string"}}},
        },
        **errors(404, 429, 500, 503),
    },
)
async def download_file(filename: str, backing: Bound) -> Response:
    """The translated file, until it expires."""
    result = await backing.files.result(filename.partition(".")[0], _NOBODY)
    return Response(
        result.data,
        media_type=result.media_type,
        headers={"Content-Disposition": attachment(result.name)},
    )


async def _begun(files: FileJobs, file: UploadFile, asked: FileRequest, call: Call) -> Job:
    return await files.submit(
        await file.read(),
        file.filename or "",
        asked,
        call,
        owner=_NOBODY,
        media_type=file.content_type,
    )


async def _finished(files: FileJobs, job: Job, seconds: float) -> None:
    """Waits for it; whoever does not wait any longer leaves nothing behind."""
    done = False
    try:
        async with asyncio.timeout(seconds):
            ended = await files.finished(job.id, _NOBODY)
        if ended.failure is not None:
            raise ended.failure
        if ended.result_bytes is None:
            raise InternalError
        done = True
    except TimeoutError:
        message = f"The translation took longer than {seconds:g} seconds."
        raise DeadlineExceededError(message, timeout_s=seconds) from None
    finally:
        if not done:
            await files.cancel(job.id, _NOBODY)


def _file_of(fields: Fields) -> UploadFile:
    file = fields.get("file")
    if not isinstance(file, UploadFile):
        raise InvalidRequestError("Invalid request: missing file parameter")
    return file


def _text(fields: Fields, name: str) -> str:
    text = fields.text(name)
    if text is None:
        raise InvalidRequestError(f"Invalid request: missing {name} parameter")
    return text
