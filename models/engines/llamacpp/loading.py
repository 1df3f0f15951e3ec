"""Brings a file into memory, with as much of it on the GPU as fits; computes nothing."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from models.engines.llamacpp.context import Context
from models.engines.llamacpp.contract import EngineLoadError, EngineSettings
from models.engines.llamacpp.library import library
from models.engines.llamacpp.model import LoadedModel

logger = logging.getLogger(__name__)

_LAYERS = (999, 64, 48, 32, 24, 16, 8, 0)

ContextMaker = Callable[[LoadedModel, EngineSettings], Context]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model and a context of it. `settings` ask for no more context than the model has."""

    model: LoadedModel
    context: Context
    settings: EngineSettings

    def close(self) -> None:
        self.context.close()
        self.model.close()


def load(path: Path, settings: EngineSettings, make_context: ContextMaker) -> Loaded:
    """The file in memory.

    Raises:
        EngineLoadError: llama.cpp is not there or refuses the file, or there is no room.
    """
    try:
        has_gpu = library().llama_supports_gpu_offload()
    except (ImportError, OSError, RuntimeError) as error:
        raise EngineLoadError(f"llama-cpp-python cannot be loaded: {error}") from error
    *more, last = layers_to_try(settings.gpu_layers, has_gpu=has_gpu)
    for layers in more:
        try:
            return _load(path, settings, make_context, layers)
        except EngineLoadError as error:
            logger.warning("%d layers do not fit the GPU: fewer are tried. %s", layers, error)
    return _load(path, settings, make_context, last)


def layers_to_try(gpu_layers: int, *, has_gpu: bool) -> tuple[int, ...]:
    """Numbers of layers to put on the GPU, until one fits: what is set, or from all to none."""
    if gpu_layers >= 0:
        return (gpu_layers,)
    return _LAYERS if has_gpu else (0,)


def _load(path: Path, settings: EngineSettings, make_context: ContextMaker, layers: int) -> Loaded:
    model = LoadedModel(path, layers)
    try:
        most = min(settings.context_tokens, model.facts.context_length)
        settings = replace(settings, context_tokens=most)
        return Loaded(model, make_context(model, settings), settings)
    except BaseException:
        model.close()
        raise
