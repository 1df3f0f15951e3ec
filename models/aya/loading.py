"""Loads weights into an engine, checked and tried once; has no part in any request."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from common.metrics import QueueMetrics
from models.aya import prompt
from models.aya.limits import Limits, limits_of
from models.aya.segments import SegmentTranslator
from models.aya.settings import AyaSettings
from models.aya.weights import Weights, candidates, read
from models.base.exceptions import InitializationError
from models.engines.llamacpp.contract import (
    EngineError,
    EngineLoadError,
    GenerationRequest,
    TextEngine,
)
from models.engines.llamacpp.engine import Engine

logger = logging.getLogger(__name__)

EngineFactory = Callable[[Path, AyaSettings], TextEngine]

NAME = "aya"
"""In metrics."""

_WARM_UP = "Hello."
_USUAL = "eng_Latn"
_DEMO_PREFILL_TOKENS = 256


@dataclass(frozen=True, slots=True)
class Loaded:
    """Weights in an engine, ready to translate."""

    weights: Weights
    engine: TextEngine
    translator: SegmentTranslator
    limits: Limits
    memory_bytes: int
    passed_over: tuple[str, ...] = ()
    """Weights that were to be loaded before these, and could not be."""

    @property
    def origin(self) -> str:
        """Where the weights come from, and in whose place they are."""
        if not self.passed_over:
            return self.weights.source
        return f"{self.weights.source} (in place of {', '.join(self.passed_over)})"


def llamacpp(path: Path, settings: AyaSettings) -> TextEngine:
    """The engine, not started yet."""
    return Engine(path, settings.engine(), observer=QueueMetrics(NAME))


async def load_first(settings: AyaSettings, stored: Path | None, factory: EngineFactory) -> Loaded:
    """Loads what is to be served, or the next smaller weights where that cannot be.

    Raises:
        InitializationError: None of them can be; says of the first why.
    """
    failures: list[tuple[str, InitializationError]] = []
    for path in candidates(settings.model_path, stored):
        try:
            return await _load(path, settings, factory, tuple(name for name, _ in failures))
        except InitializationError as error:
            logger.warning("%s cannot be served: %s", path.name, error.message)
            failures.append((path.name, error))
    raise failures[0][1]


async def _load(
    path: Path, settings: AyaSettings, factory: EngineFactory, passed_over: tuple[str, ...]
) -> Loaded:
    weights = await asyncio.to_thread(read, path)
    process = psutil.Process()
    before = process.memory_info().rss
    engine = factory(weights.path, _sized(settings, weights))
    try:
        await engine.start()
        _check_vocabulary(engine, weights)
        await _warm_up(engine, weights)
    except EngineLoadError as error:
        await engine.close()
        raise InitializationError(f"{weights.path.name} cannot be loaded: {error}") from error
    except BaseException:
        await engine.close()
        raise
    memory = max(0, process.memory_info().rss - before)
    logger.info("loaded %s in %s", weights.name, weights.quantization)
    limits = limits_of(settings, request=engine.request_tokens, demo=weights.demo)
    translator = SegmentTranslator(engine, settings, limits, weights.calibration)
    return Loaded(weights, engine, translator, limits, memory, passed_over)


def _sized(settings: AyaSettings, weights: Weights) -> AyaSettings:
    """With longer steps for the demo, whose own are so short that what is around them counts."""
    if settings.prefill_tokens or not weights.demo:
        return settings
    return settings.model_copy(update={"prefill_tokens": _DEMO_PREFILL_TOKENS})


def _check_vocabulary(engine: TextEngine, weights: Weights) -> None:
    """Fails where a turn token is none: every prompt would be read as plain text."""
    lacking = [token for token in prompt.SPECIALS if len(engine.tokenize(token, special=True)) != 1]
    if lacking:
        names = ", ".join(lacking)
        raise InitializationError(f"{weights.path.name} has no such turn tokens: {names}.")


async def _warm_up(engine: TextEngine, weights: Weights) -> None:
    """Writes a token; what the next prompts are likely to begin with is computed then."""
    source = _USUAL if _USUAL in weights.languages else weights.languages[0]
    target = next((one for one in weights.languages if one != source), source)
    asked = prompt.build(_WARM_UP, source, target)
    opening = len(prompt.OPENING)
    # Divided as the prompts of texts are, so that the first of them finds the opening computed.
    pieces = (asked.pair[:opening], asked.pair[opening:], asked.segment)
    parts = tuple(prompt.tokens(part, engine.tokenize) for part in pieces)
    try:
        await engine.complete(GenerationRequest(prompt=parts, max_tokens=1))
    except EngineError as error:
        raise InitializationError(
            f"{weights.path.name} loaded, but cannot translate: {error}"
        ) from error
