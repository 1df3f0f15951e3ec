"""Files translated in the background, from their arrival to their expiry; nothing of HTTP."""

import asyncio
import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable
from contextvars import Context
from typing import Final

from bentos.contract import Call, Models
from bentos.errors import InternalError
from bentos.files.conversion import Conversion
from bentos.files.errors import (
    FileNotTranslatedError,
    FilesUnavailableError,
    FileTooLargeError,
    UnknownJobError,
    UnsupportedFileError,
)
from bentos.files.job import FileRequest, FileResult, Job, JobStatus
from bentos.files.names import name_of
from bentos.files.settings import FileSettings
from bentos.files.storage import Storage, StorageError
from bentos.files.work import Work
from bentos.languages import AUTO
from common import logs, metrics
from common.files import registry
from common.files.document import FileFormat, FileRefusedError
from common.languages import find
from common.worker import Worker
from models.base.exceptions import (
    LinguaNexusError,
    OverloadedError,
    SameLanguageError,
    UnsupportedLanguageError,
)

_RETRY_AFTER_S: Final = 10
_STOP_S: Final = 5.0

logger = logging.getLogger(__name__)


class FileJobs:
    """Order: `start` once, then anything, then `stop` once; all on one event loop.

    A job is its owner's: whoever asks with another label is told that there is none. Who asks
    with none, because no keys are in force, needs to know the job's id, which cannot be guessed.
    """

    def __init__(
        self,
        models: Models,
        settings: FileSettings,
        *,
        label: str = "",
        now: Callable[[], float] = time.time,
    ) -> None:
        """`label` is the service's name in metrics."""
        self.settings = settings
        self._label = label
        self._now = now
        self._storage = Storage(settings.folder, settings.max_stored_bytes)
        self._worker = Worker("files", threads=settings.running)
        self._conversion = Conversion(models, settings, self._storage, self._worker)
        self._works: dict[str, Work] = {}
        self._unavailable: str | None = "Files are not translated yet, or not any more."

    async def start(self) -> None:
        """Where files cannot be kept, the service serves all the same, but for files."""
        try:
            await asyncio.to_thread(self._storage.open)
        except StorageError as error:
            logger.error("No files will be translated: %s", error)  # noqa: TRY400 - no traceback
            self._unavailable = "Files cannot be kept here; the service's log says why."
        else:
            self._unavailable = None

    async def stop(self) -> None:
        """Ends what runs and removes every file; may be called twice."""
        self._unavailable = "The service is shutting down."
        works = list(self._works.values())
        await asyncio.gather(*(self._stop(work) for work in works))
        for work in works:
            self._forget(work)
        try:
            async with asyncio.timeout(_STOP_S):  # a thread that reads a file cannot be stopped
                await self._worker.close()
        except TimeoutError:
            logger.warning("A file was still being read when the service ended.")
        await asyncio.to_thread(self._storage.close)

    async def submit(
        self,
        data: bytes,
        name: str,
        request: FileRequest,
        call: Call,
        *,
        owner: str = "",
        media_type: str | None = None,
    ) -> Job:
        """Accept a file; it is translated in its turn.

        Raises:
            UnsupportedFileError: Files of this kind are not translated.
            FileTooLargeError: It is over the limit.
            UnsupportedLanguageError: A language is unknown.
            SameLanguageError: Both were given and are one.
            OverloadedError: There is no room for another.
            FilesUnavailableError: Files cannot be kept.
        """
        kind = self._checked(data, name, request, media_type)
        self._make_room(len(data), owner)
        work = Work(
            id=secrets.token_hex(16),
            name=name_of(name),
            format=kind,
            request=request,
            call=call,
            owner=owner,
            created_at=self._now(),
        )
        self._works[work.id] = work  # counted from now on: writing takes its time
        try:
            work.source_file = await self._conversion.kept(data)
        except BaseException:
            self._forget(work)
            raise
        self._begin()
        return work.shown(self.settings.keep_s)

    def get(self, job_id: str, owner: str = "") -> Job:
        """How far it is; raises `UnknownJobError`."""
        return self._find(job_id, owner).shown(self.settings.keep_s)

    async def finished(self, job_id: str, owner: str = "") -> Job:
        """Waits for its end, however it ends."""
        work = self._find(job_id, owner)
        await work.ended.wait()
        return work.shown(self.settings.keep_s)

    async def result(self, job_id: str, owner: str = "") -> FileResult:
        """The translated file.

        Raises:
            FileNotTranslatedError: There is none, or not yet.
        """
        work = self._find(job_id, owner)
        if work.result_file is None:
            raise FileNotTranslatedError(work.status)
        try:
            data = await asyncio.to_thread(self._storage.read, work.result_file)
        except OSError:  # removed meanwhile
            raise UnknownJobError from None
        work.fetched = True
        job = work.shown(self.settings.keep_s)
        return FileResult(job.result_name, job.result_format.media_types[0], data)

    async def cancel(self, job_id: str, owner: str = "") -> None:
        """Stop it at once and remove its files; one that had ended is removed altogether."""
        work = self._find(job_id, owner)
        had_ended = work.status.is_end
        await self._stop(work)
        if had_ended or work.status is not JobStatus.CANCELLED:
            self._forget(work)

    def counts(self) -> Counter[JobStatus]:
        """Jobs by where they are."""
        return Counter(work.status for work in self._works.values())

    def _find(self, job_id: str, owner: str) -> Work:
        work = self._works.get(job_id)
        if work is None or work.owner != owner:
            raise UnknownJobError
        return work

    def _checked(
        self, data: bytes, name: str, request: FileRequest, media_type: str | None
    ) -> FileFormat:
        """What kind of file it is, where nothing speaks against it."""
        try:
            kind = registry.format_of(name, media_type)
        except FileRefusedError as error:
            raise UnsupportedFileError(str(error)) from None
        if len(data) > self.settings.max_bytes:
            message = f"The file is larger than {self.settings.max_bytes} bytes."
            raise FileTooLargeError(message, limit=self.settings.max_bytes)
        _check_languages(request)
        return kind

    def _make_room(self, size: int, owner: str) -> None:
        """The longest ended whose result was fetched goes first."""
        if self._unavailable is not None:
            raise FilesUnavailableError(self._unavailable)
        own = sum(not one.status.is_end for one in self._works.values() if one.owner == owner)
        if owner and own >= self.settings.max_jobs_per_key:
            raise OverloadedError("Too many of your files wait already.", _RETRY_AFTER_S)
        while len(self._works) >= self.settings.max_jobs or not self._storage.has_room(size):
            oldest = next((one for one in self._works.values() if one.fetched), None)
            if oldest is None:
                raise OverloadedError("Too many files are kept already.", _RETRY_AFTER_S)
            self._forget(oldest)

    def _begin(self) -> None:
        """Run what waits, as far as there is place: first whose owner has least that runs."""
        if self._unavailable is not None:
            return
        running = Counter(one.owner for one in self._works.values() if one.task is not None)
        while running.total() < self.settings.running:
            waiting = [
                one
                for one in self._works.values()
                if one.status is JobStatus.QUEUED and one.source_file and one.task is None
            ]
            if not waiting:
                return
            work = min(waiting, key=lambda one: running[one.owner])
            running[work.owner] += 1
            # Of nobody's request: whoever's end made room for it is another.
            work.task = asyncio.create_task(self._run(work), context=Context())

    async def _run(self, work: Work) -> None:
        try:
            logs.request_id.set(work.call.request_id)
            work.status, work.started_at = JobStatus.RUNNING, self._now()
            await self._conversion.run(work)
            work.status = JobStatus.DONE
        except LinguaNexusError as error:
            work.status, work.failure = JobStatus.FAILED, error
        except asyncio.CancelledError:
            work.status = JobStatus.CANCELLED
            raise
        except Exception:
            logger.exception("Unforeseen error in a file's translation")
            work.status, work.failure = JobStatus.FAILED, InternalError()
        finally:
            self._ended(work)

    async def _stop(self, work: Work) -> None:
        if work.task is not None:
            work.task.cancel()
            await asyncio.wait({work.task})
        if not work.status.is_end:  # it had not begun
            work.status = JobStatus.CANCELLED
            self._ended(work)

    def _ended(self, work: Work) -> None:
        """However it ended: its place is free, and its time begins to run."""
        work.task, work.finished_at = None, self._now()
        self._storage.remove(work.source_file)
        loop = asyncio.get_running_loop()
        work.expiry = loop.call_later(self.settings.keep_s, self._forget, work)
        work.ended.set()
        outcome = work.status.value if work.failure is None else work.failure.code
        metrics.FILES.labels(self._label, work.format.name, outcome).inc()
        logger.info(
            "File job ended: %s, %s, %d characters.",
            work.format.name,
            outcome,
            work.report.characters,
        )
        self._begin()

    def _forget(self, work: Work) -> None:
        self._works.pop(work.id, None)
        if work.expiry is not None:
            work.expiry.cancel()
        for name in (work.source_file, work.result_file):
            if name:
                self._storage.remove(name)


def _check_languages(request: FileRequest) -> None:
    """What no model can do is said at once and not when the file's turn comes."""
    target, source = find(request.target_lang), request.source_lang
    if target is None:
        raise UnsupportedLanguageError(request.target_lang, "is not known")
    if source.strip().lower() == AUTO:
        return
    known = find(source)
    if known is None:
        raise UnsupportedLanguageError(source, "is not known")
    if known == target:
        raise SameLanguageError(known.code)
