"""From the first load to the last cleanup of one model; nothing of HTTP.

A model that failed to load stays failed, and its process stays up: the reason is in the log and on
/health, and a restart by itself would neither mend wrong weights nor leave that reason to read.
"""

import asyncio
import gc
import logging
from enum import StrEnum
from pathlib import Path
from typing import Final

from bentos.process import show_memory, show_start
from common import metrics
from common.state.file import StateFile
from common.state.recorder import Recorder
from common.state.records import Use, Weights
from models.base.exceptions import LinguaNexusError, ModelNotReadyError
from models.base.translation_model import TranslationModel, TranslationOptions

_MEASURE_EVERY_S: Final = 5.0
_WARM_UP: Final = "Hello."
_BRIEFLY: Final = TranslationOptions(max_output_tokens=4)
"""Enough to see that it writes; one that did not end would hold up the start."""
_USUAL: Final = "eng_Latn"

logger = logging.getLogger(__name__)


class Status(StrEnum):
    """Where a service is in its life."""

    LOADING = "loading"
    OK = "ok"
    FAILED = "failed"
    STOPPING = "stopping"


class Lifecycle:
    """Order: `start` once, then `stop` once. It owns the model's `initialize` and `cleanup`.

    `state_file` is where it is kept how the model is used; None: nowhere.
    """

    def __init__(
        self, model: TranslationModel, label: str | None = None, state_file: Path | None = None
    ) -> None:
        self._model = model
        self._name = model.get_model_info().name
        self.label = label or self._name
        """The model in metrics."""
        self._state_file = state_file
        self._recorder: Recorder | None = None
        self._loading: asyncio.Task[None] | None = None
        self._measuring: asyncio.Task[None] | None = None
        self.status = Status.LOADING
        self.reason: str | None = None
        """Why it failed, for the operator."""

    def start(self) -> None:
        """Begins to load and returns at once."""
        show_start(self.label)
        self._loading = asyncio.create_task(self._load())
        self._measuring = asyncio.create_task(self._measure())

    async def loaded(self) -> None:
        """Waits until loading has ended, one way or the other."""
        if self._loading is not None:
            await asyncio.wait({self._loading})

    async def stop(self) -> None:
        """Finishes what was begun; may be called twice."""
        self.status = Status.STOPPING
        begun = [task for task in (self._loading, self._measuring) if task is not None]
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)
        await self._model.cleanup()
        self._show(loaded=False)
        if self._recorder is not None:
            await asyncio.to_thread(self._recorder.stop)

    async def is_ready(self) -> bool:
        return self.status is Status.OK and await self._model.health_check()

    def check(self) -> None:
        """Lets only a translating model pass.

        Raises:
            ModelNotReadyError: It is not there yet, or not any more.
        """
        if self.status is Status.LOADING:
            raise ModelNotReadyError("The model is still loading.", retry_after_s=5)
        if self.status is not Status.OK:
            raise ModelNotReadyError(f"The model is not available: {self.status}.")

    def used(self, use: Use) -> None:
        """Keeps it, if use is kept and the model has ever been ready."""
        if self._recorder is not None:
            self._recorder.used(use)

    async def _load(self) -> None:
        try:
            await self._model.initialize()
            await self._translate_once()
        except LinguaNexusError as error:
            self._fail(error.message, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, probes and /health must say so
            self._fail("An unforeseen error; the log has its traceback.", error)
        else:
            # What is loaded stays for good: the collector need not walk it again and again.
            gc.collect()
            gc.freeze()
            self.status = Status.OK
            self._show(loaded=True)
            self._record()
            logger.info("Model %s is ready.", self._name)

    def _record(self) -> None:
        """Begins to keep how these weights are used."""
        if self._state_file is None:
            return
        self._recorder = Recorder(StateFile(self._state_file), self._weights())
        self._recorder.start()
        self._recorder.loaded(self._model.get_model_details().memory_bytes)

    def _weights(self) -> Weights:
        """As the model store knows them, where they come from there."""
        manifest = self._model.get_manifest()
        if manifest is not None:
            return Weights(self.label, manifest.version, manifest.source, manifest.quantization)
        info, details = self._model.get_model_info(), self._model.get_model_details()
        return Weights(self.label, info.version, details.weights or "", details.quantization or "")

    async def _translate_once(self) -> None:
        languages = self._model.get_model_info().supported_languages
        source = _USUAL if _USUAL in languages else languages[0]
        target = next((language for language in languages if language != source), source)
        await self._model.translate_in_detail(_WARM_UP, source, target, _BRIEFLY)

    def _fail(self, reason: str, error: Exception) -> None:
        self.status, self.reason = Status.FAILED, reason
        self._show(loaded=False)
        logger.error("Model %s failed to load: %s", self._name, reason, exc_info=error)

    async def _measure(self) -> None:
        while True:
            self._show(loaded=await self.is_ready())
            await asyncio.sleep(_MEASURE_EVERY_S)

    def _show(self, *, loaded: bool) -> None:
        metrics.MODEL_LOADED.labels(self.label).set(loaded)
        show_memory(self.label)
