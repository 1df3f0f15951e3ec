"""Aya behind the shared contract: decides what is computed, and computes nothing itself."""

import asyncio
import functools
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import replace
from pathlib import Path

from typing_extensions import override

from common.metrics import TOKENS
from models.aya import prompt
from models.aya.answer import Asked
from models.aya.document import Document, cut
from models.aya.flight import Flight
from models.aya.guidance import Order
from models.aya.limits import Limits, limits_of
from models.aya.loading import NAME, EngineFactory, Loaded, llamacpp, load_first
from models.aya.segments import Job, SegmentTranslator
from models.aya.settings import AyaSettings
from models.base.exceptions import (
    ModelNotReadyError,
    OverloadedError,
    TextTooLongError,
    UnsupportedLanguageError,
)
from models.base.layout import Outcome
from models.base.order import demo_lacks
from models.base.serving import Pace, RunningTexts
from models.base.translation_model import (
    ModelDetails,
    ModelInfo,
    SegmentTranslation,
    TranslationModel,
    TranslationOptions,
)
from models.engines.llamacpp.contract import (
    EngineBusyError,
    EngineFailedError,
    PromptTooLongError,
)

_MODEL = "aya-expanse-8b"
_VERSION = "1.0.0"
_ENGINE = "llama.cpp"
_MEMORY = "Q4_K_M: 6.5 GB with 8 slots of 1024 tokens; 0.3 GB for the demo."
_NO_OPTIONS = TranslationOptions()
# A shorter text is cut on the event loop: that takes less than handing it to a thread.
_CUT_INLINE_CHARS = 2000
# What making a new context takes at the most.
_RESTART_S = 5

Key = tuple[int, str]
"""A passage and the segment's text in it: what has these in common has one translation."""


class AyaModel(TranslationModel):
    """Aya Expanse 8B, or the embedded demo of its architecture while nothing else is there.

    `weights` is the folder found in the model store; a path in the settings goes before it.
    """

    def __init__(
        self,
        settings: AyaSettings | None = None,
        weights: Path | None = None,
        *,
        engine_factory: EngineFactory = llamacpp,
    ) -> None:
        self._settings = settings or AyaSettings()
        self._stored = weights
        self._engine_factory = engine_factory
        self._loaded: Loaded | None = None
        self._translator: SegmentTranslator | None = None
        self._closing = False
        self._texts = RunningTexts()
        self._pace = Pace()

    @override
    async def initialize(self) -> None:
        loaded = await load_first(self._settings, self._stored, self._engine_factory)
        self._translator = SegmentTranslator(loaded.engine, self._settings, loaded.limits)
        self._loaded = loaded

    @override
    async def translate(self, text: str, source_lang: str, target_lang: str) -> str:
        return (await self.translate_in_detail(text, source_lang, target_lang)).text

    @override
    async def stream(
        self,
        text: str,
        source_lang: str,
        target_lang: str,
        options: TranslationOptions = _NO_OPTIONS,
    ) -> AsyncGenerator[SegmentTranslation, None]:
        loaded, translator = self._ready()
        order = Order(text, source_lang, target_lang, options)
        order.check(self)
        with self._texts.one(), self._errors_named(loaded.limits):
            document = await self._cut(loaded, order)
            warnings = document.warnings
            async with aclosing(self._placed(translator, document)) as segments:
                async for segment in segments:
                    yield replace(segment, warnings=(*warnings, *segment.warnings))
                    warnings = ()

    async def _placed(
        self, translator: SegmentTranslator, document: Document
    ) -> AsyncGenerator[SegmentTranslation, None]:
        segments = document.segmented.segments
        if not segments:
            yield document.untranslatable()
            return
        keys = list(zip(document.passage_of, segments, strict=True))
        window = self._settings.segments_in_flight or self._settings.slots
        flight = Flight(keys, functools.partial(self._translate, translator, document), window)
        async with aclosing(flight.outcomes()) as outcomes:
            index = 0
            async for outcome in outcomes:
                yield document.place(index, outcome)
                index += 1

    async def _translate(
        self, translator: SegmentTranslator, document: Document, key: Key
    ) -> Outcome:
        passage, text = key
        order = document.order
        job = Job(
            Asked(text, order.source_lang, order.target_lang),
            document.shared[passage],
            source_tokens=len(document.tokens(text)),
            max_tokens=order.options.max_output_tokens,
        )
        began = time.monotonic()
        outcome = await translator.translate(job)
        self._pace.learn((time.monotonic() - began) / self._settings.slots)
        TOKENS.labels(NAME, "in").inc(outcome.tokens_in)
        TOKENS.labels(NAME, "out").inc(outcome.tokens_out)
        return outcome

    async def _cut(self, loaded: Loaded, order: Order) -> Document:
        arguments = (order, loaded.engine.tokenize, loaded.limits)
        if len(order.text) <= _CUT_INLINE_CHARS:
            return cut(*arguments)
        return await asyncio.to_thread(cut, *arguments)

    @contextmanager
    def _errors_named(self, limits: Limits) -> Iterator[None]:
        """What the engine raises, as callers know it."""
        try:
            yield
        except EngineBusyError as error:
            raise OverloadedError(
                "Too many texts are waiting.", self._pace.retry_after_s(error.waiting)
            ) from error
        except PromptTooLongError as error:
            raise TextTooLongError(
                "A part of the text that cannot be split is too long for the model.",
                limit=limits.segment,
            ) from error
        except EngineFailedError as error:
            if self._closing:
                raise ModelNotReadyError("The model is shutting down.") from error
            raise ModelNotReadyError(
                "The engine failed and is being started again.", retry_after_s=_RESTART_S
            ) from error

    def _ready(self) -> tuple[Loaded, SegmentTranslator]:
        if self._closing:
            raise ModelNotReadyError("The model is shutting down.")
        if self._loaded is None or self._translator is None:
            raise ModelNotReadyError("The model is not loaded yet.")
        return self._loaded, self._translator

    @override
    async def health_check(self) -> bool:
        return self._loaded is not None and not self._closing and self._loaded.engine.ready

    @override
    def get_model_info(self) -> ModelInfo:
        loaded = self._loaded
        # Before loading, what will be loaded: the demo, where there is nothing else.
        demo = (self._settings.model_path or self._stored) is None
        limits = loaded.limits if loaded else limits_of(self._settings, request=None, demo=demo)
        return ModelInfo(
            name=_MODEL,
            version=_VERSION,
            supported_languages=list(loaded.weights.languages) if loaded else [],
            max_tokens=limits.segment,
            memory_requirements=_MEMORY,
            description="Cohere's Aya Expanse 8B: translates between any two of 23 languages.",
        )

    @override
    def get_model_details(self) -> ModelDetails:
        if self._loaded is None:
            return ModelDetails(engine=_ENGINE)
        weights = self._loaded.weights
        return ModelDetails(
            engine=_ENGINE,
            quantization=weights.quantization,
            device="gpu" if self._loaded.engine.facts.gpu_layers else "cpu",
            weights=self._loaded.origin,
            weights_revision=weights.revision,
            license=weights.license,
            demo=weights.demo,
            memory_bytes=self._loaded.memory_bytes,
        )

    @override
    def unsupported_language(self, language: str) -> UnsupportedLanguageError:
        weights = self._loaded.weights if self._loaded else None
        refused = None
        if weights is not None and weights.demo and language in prompt.NAMES:
            refused = demo_lacks(language, weights.languages, "make pull:aya")
        return refused or super().unsupported_language(language)

    @override
    async def cleanup(self) -> None:
        self._closing = True
        await self._texts.drain(self._settings.drain_s)
        loaded, self._loaded = self._loaded, None
        if loaded is not None:
            await loaded.engine.close()
