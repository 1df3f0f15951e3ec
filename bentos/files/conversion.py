"""One file read, translated, written again and kept; when that is done is not decided here."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bentos.contract import Models
from bentos.files.errors import FilesUnavailableError, refusal_of
from bentos.files.names import tag_of
from bentos.files.settings import FileSettings
from bentos.files.storage import Storage, StorageFullError
from bentos.files.translating import FileTranslation
from bentos.files.work import Work
from common.files import registry
from common.files.document import Document, FileRefusedError
from common.worker import Worker
from models.base.exceptions import OverloadedError

_RETRY_AFTER_S: Final = 10


class Conversion:
    """Of any number of files at once; each may be cancelled at any moment."""

    def __init__(
        self, models: Models, settings: FileSettings, storage: Storage, worker: Worker
    ) -> None:
        self._models = models
        self._settings = settings
        self._storage = storage
        self._worker = worker

    async def run(self, work: Work) -> None:
        """Leaves the result in the storage, and in the job where it is.

        Raises:
            LinguaNexusError: The file cannot be read, translated or kept.
        """
        translation = FileTranslation(
            self._models, work.call, work.request, patience_s=self._settings.patience_s
        )
        work.report = translation.report
        document = await self._worker.run(self._read, work)
        translations = await translation.run(document.texts)
        data = await self._worker.run(self._written, document, translations)
        work.result_file = await self.kept(data)
        work.result_bytes = len(data)

    def _read(self, work: Work) -> Document:
        target = tag_of(work.request.target_lang)
        options = replace(work.request.reading, target_lang=target)
        data = self._storage.read(work.source_file)
        try:
            return registry.read(data, work.format, self._settings.limits(), options)
        except FileRefusedError as error:
            raise refusal_of(error) from None

    def _written(self, document: Document, translations: Sequence[str]) -> bytes:
        try:
            return document.render(translations)
        except FileRefusedError as error:
            raise refusal_of(error) from None

    async def kept(self, data: bytes) -> str:
        """Its name in the storage, where nothing stays of who is cancelled meanwhile."""
        writing = asyncio.ensure_future(asyncio.to_thread(self._storage.write, data))
        try:
            return await asyncio.shield(writing)
        except asyncio.CancelledError:
            writing.add_done_callback(self._drop)
            raise
        except StorageFullError as error:
            raise OverloadedError("Too many files are kept already.", _RETRY_AFTER_S) from error
        except OSError as error:
            raise FilesUnavailableError("The file could not be kept.") from error

    def _drop(self, writing: asyncio.Future[str]) -> None:
        if not writing.cancelled() and writing.exception() is None:
            self._storage.remove(writing.result())
