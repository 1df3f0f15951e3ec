"""Aya with an engine that fails when its process is told to; for the tests beside it.

SIGUSR1: the next step fails, and the context to take its place is not made before SIGUSR2.
"""

import asyncio
import signal
import threading
from pathlib import Path

import bentoml
from typing_extensions import override

from bentos.base import TranslationServiceBase, publish
from bentos.config import CONFIG
from models.aya import AyaModel
from models.aya.loading import llamacpp
from models.aya.settings import AyaSettings
from models.engines.llamacpp.context import Context, DecodeError
from models.engines.llamacpp.contract import EngineSettings, TextEngine
from models.engines.llamacpp.engine import Engine
from models.engines.llamacpp.model import LoadedModel
from models.engines.llamacpp.scheduler import Step

_SECONDS = 60
_failing = threading.Event()
_may_be_made = threading.Event()
_may_be_made.set()


class FailingContext(Context):
    """llama.cpp's, until it is told to fail."""

    def __init__(self, model: LoadedModel, settings: EngineSettings) -> None:
        _may_be_made.wait(_SECONDS)
        super().__init__(model, settings)

    @override
    def run(self, step: Step) -> None:
        if _failing.is_set():
            _failing.clear()
            _may_be_made.clear()
            raise DecodeError("A test wanted it.")
        super().run(step)


def failing(path: Path, settings: AyaSettings) -> TextEngine:
    """The engine as Aya has it, but for its contexts."""
    engine = llamacpp(path, settings)
    assert isinstance(engine, Engine)
    engine._make_context = FailingContext
    return engine


@bentoml.service(name="faulty", **CONFIG)
class FaultyService(TranslationServiceBase):
    """Aya's embedded demo."""

    @override
    def create_model(self) -> AyaModel:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, _failing.set)
        loop.add_signal_handler(signal.SIGUSR2, _may_be_made.set)
        return AyaModel(engine_factory=failing)


publish(FaultyService)
