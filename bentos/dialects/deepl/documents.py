"""DeepL's translation of documents, over the jobs that translate files."""

import asyncio
import hmac
import secrets
import time
from hashlib import sha256
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile

from bentos.backing import Backing
from bentos.dialects.bound import Bound
from bentos.dialects.deepl.asking import Direction, lexicons_of, register_of
from bentos.dialects.deepl.bodies import DocumentBody, KeyBody, body_of, sent_as
from bentos.dialects.deepl.refusals import documented
from bentos.dialects.fields import fields_of
from bentos.errors import InvalidRequestError
from bentos.files.errors import UnknownJobError
from bentos.files.job import FileRequest, Job, JobStatus
from bentos.files.router import attachment
from bentos.glossaries.resolving import with_file_terms
from models.base.exceptions import SameLanguageError
from models.base.translation_model import TranslationOptions

_FORM: Final = "multipart/form-data"
# A client asks every five seconds: a short wait here spares it that for a short document.
_PATIENCE_S: Final = 1.5
_STATUSES: Final[dict[JobStatus, Literal["queued", "translating", "done", "error"]]] = {
    JobStatus.QUEUED: "queued",
    JobStatus.RUNNING: "translating",
    JobStatus.DONE: "done",
    JobStatus.FAILED: "error",
    JobStatus.CANCELLED: "error",
}
# Keys are good as long as jobs are: until the process ends.
_SECRET: Final = secrets.token_bytes(32)

router = APIRouter()

DocumentId = Annotated[str, Path(max_length=200)]


class DocumentHandle(BaseModel):
    """What a document is asked for by."""

    document_id: str
    document_key: str


class DocumentStatus(BaseModel):
    """How far a document is."""

    document_id: str
    status: Literal["queued", "translating", "done", "error"]
    seconds_remaining: int | None = Field(default=None, description="While it is translated.")
    billed_characters: int | None = Field(default=None, description="Once it is done.")
    error_message: str | None = Field(default=None, description="Why it failed.")


def _upload() -> dict[str, Any]:
    extra = sent_as(DocumentBody, form=_FORM)
    content = extra["requestBody"]["content"]
    schema = content[_FORM]["schema"]
    file = {"type": "string", "format": "binary", "description": "The document, with its name."}
    properties = {"file": file, **schema["properties"]}
    whole = {**schema, "properties": properties, "required": ["file", *schema["required"]]}
    return {"requestBody": {"required": True, "content": {_FORM: {"schema": whole}}}}


@router.post(
    "/v2/document",
    operation_id="deepl_document",
    responses=documented(400, 404, 408, 413, 456, 503, 529),
    openapi_extra=_upload(),
)
async def submit(request: Request, backing: Bound) -> DocumentHandle:
    """Takes a document, to be translated in the background."""
    try:
        body = await body_of(request, DocumentBody)
        file = (await fields_of(request)).get("file")
        if not isinstance(file, UploadFile):
            raise InvalidRequestError("Parameter 'file' not specified.")
        data = await file.read()
        # A name that is given tells what the document is, whatever it was sent as.
        name = body.filename or file.filename or ""
        media_type = None if body.filename else file.content_type
    finally:
        await request.close()
    wanted = await _wanted(request, backing, body)
    job = await backing.files.submit(
        data,
        name,
        wanted,
        backing.call_of(request),
        owner=backing.owner_of(request),
        media_type=media_type,
    )
    await _check_format(backing, request, body, job)
    return DocumentHandle(document_id=job.id.upper(), document_key=_key_of(job.id))


@router.post(
    "/v2/document/{document_id}",
    operation_id="deepl_document_status",
    response_model_exclude_none=True,
    responses=documented(400, 404, 408, 413),
    openapi_extra=sent_as(KeyBody),
)
async def get_status(document_id: DocumentId, request: Request, backing: Bound) -> DocumentStatus:
    """How far a document is; waits a moment for its end."""
    job = await _job(document_id, request, backing)
    if not job.status.is_end:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                job = await backing.files.finished(job.id, backing.owner_of(request))
        except TimeoutError:
            job = backing.files.get(job.id, backing.owner_of(request))
    if job.status is JobStatus.DONE:
        backing.usage.count_once(job.id, backing.call_of(request).caller, job.characters)
    return status_of(job)


@router.post(
    "/v2/document/{document_id}/result",
    operation_id="deepl_document_result",
    response_class=Response,
    responses={
        200: {
            "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
            "description": "The translated document.",
        },
        **documented(400, 404, 408, 413, 503),
    },
    openapi_extra=sent_as(KeyBody),
)
async def get_result(document_id: DocumentId, request: Request, backing: Bound) -> Response:
    """The translated document, as often as it is asked for until it expires."""
    job = await _job(document_id, request, backing)
    result = await backing.files.result(job.id, backing.owner_of(request))
    headers = {
        "Content-Type": result.media_type,  # as a media type of its own it would say UTF-8
        "Content-Disposition": attachment(result.name),
    }
    return Response(result.data, headers=headers)


async def _wanted(request: Request, backing: Backing, body: DocumentBody) -> FileRequest:
    direction = Direction(body)
    if direction.is_none:
        raise SameLanguageError(direction.target)
    lexicons = await lexicons_of(request, backing, body, direction)
    register = register_of(body.formality, direction.target, backing.models.states())
    wanted = FileRequest(
        source_lang=direction.source,
        target_lang=direction.target,
        options=TranslationOptions(formality=register),
    )
    return await with_file_terms(lexicons, wanted)


async def _check_format(backing: Backing, request: Request, body: DocumentBody, job: Job) -> None:
    """A document that would become something else than was asked for is not translated."""
    becomes = [suffix.lstrip(".") for suffix in job.result_format.suffixes]
    asked = body.output_format
    if asked is None and job.result_format == job.format:
        return
    if asked is None or asked.lower().lstrip(".") not in becomes:
        await backing.files.cancel(job.id, backing.owner_of(request))
        only = " or ".join(becomes)
        raise InvalidRequestError(f"This document is translated with output_format {only} only.")


async def _job(document_id: str, request: Request, backing: Backing) -> Job:
    """The caller's, if he has its key."""
    body = await body_of(request, KeyBody)
    if not hmac.compare_digest(_key_of(document_id).encode(), body.document_key.encode()):
        raise UnknownJobError
    return backing.files.get(document_id.lower(), backing.owner_of(request))


def _key_of(document_id: str) -> str:
    return (
        hmac.new(_SECRET, document_id.lower().encode("utf-8", "replace"), sha256)
        .hexdigest()
        .upper()
    )


def status_of(job: Job) -> DocumentStatus:
    """A job as DeepL shows one."""
    return DocumentStatus(
        document_id=job.id.upper(),
        status=_STATUSES[job.status],
        seconds_remaining=_remaining_s(job),
        billed_characters=job.characters if job.status is JobStatus.DONE else None,
        error_message=job.failure.message if job.failure else None,
    )


def _remaining_s(job: Job) -> int | None:
    """By what is done so far; None: that tells nothing."""
    if job.status is not JobStatus.RUNNING or job.started_at is None or not job.progress:
        return None
    passed_s = max(0.0, time.time() - job.started_at)
    return max(1, round(passed_s * (1 - job.progress) / job.progress))
