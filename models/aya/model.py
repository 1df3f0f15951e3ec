"""Aya behind the shared contract: decides what is computed, and computes nothing itself."""

import functools
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

from typing_extensions import override

from common.metrics import TOKENS
from models.aya import prompt
from models.aya.answer import Asked
from models.aya.chat import AyaChat
from models.aya.document import Document, cut
from models.aya.flight import Flight
from models.aya.guidance import Order
from models.aya.limits import Limits, limits_of
from models.aya.loading import NAME, EngineFactory, Loaded, llamacpp, load_first
from models.aya.segments import Job, SegmentTranslator
from models.aya.settings import AyaSettings
from models.base.chat_model import ChatModel
from models.base.exceptions import (
    ModelNotReadyError,
    OverloadedError,
    TextTooLongError,
)
from models.base.layout import Outcome
from models.base.segmented_model import SegmentedModel
from models.base.translation_model import (
    ModelDetails,
    ModelInfo,
    SegmentTranslation,
)
from models.engines.llamacpp.contract import (
    EngineBusyError,
    EngineFailedError,
    PromptTooLongError,
)

_MODEL = "aya-expanse-8b"
_VERSION = "1.0.0"
_ENGINE = "llama.cpp"
_MEMORY = "Q4_K_M: 6.5 GB with 8 slots of 2048 tokens; 0.3 GB for the demo."
# What making a new context takes at the most.
_RESTART_S = 5

Key = tuple[int, str]
"""A passage and the segment's text in it: what has these in common has one translation."""


class AyaModel(SegmentedModel[Order, Loaded]):
    """Aya Expanse 8B, or the embedded demo of its architecture while nothing else is there.

    `weights` is the folder found in the model store; a path in the settings goes before it.
    """

    honours_glossary = True

    def __init__(
        self,
        settings: AyaSettings | None = None,
        weights: Path | None = None,
        *,
        engine_factory: EngineFactory = llamacpp,
    ) -> None:
        self._settings = settings or AyaSettings()
        super().__init__(Order, "make pull:aya", tuple(prompt.NAMES), self._settings.drain_s)
        self._stored = weights
        self._engine_factory = engine_factory
        self._chat = AyaChat(self._ready, self._errors_named, self._texts)

    @override
    async def initialize(self) -> None:
        self._loaded = await load_first(self._settings, self._stored, self._engine_factory)

    @override
    async def _segments(
        self, loaded: Loaded, order: Order
    ) -> AsyncGenerator[SegmentTranslation, None]:
        with self._errors_named(loaded.limits):
            tokenize, limits = loaded.engine.tokenize, loaded.limits
            document = await self._cut(cut, order.text, order, tokenize, limits)
            async with aclosing(self._placed(loaded, document)) as segments:
                async for segment in segments:
                    yield segment

    async def _placed(
        self, loaded: Loaded, document: Document
    ) -> AsyncGenerator[SegmentTranslation, None]:
        segments = document.segmented.segments
        if not segments:
            yield document.untranslatable()
            return
        keys = list(zip(document.passage_of, segments, strict=True))
        window = self._settings.segments_in_flight or self._settings.slots
        flight = Flight(
            keys, functools.partial(self._translate, loaded.translator, document), window
        )
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
            document.tokens(text),
            max_tokens=order.options.max_output_tokens,
            alternatives=order.options.alternatives or 0,
        )
        began = time.monotonic()
        outcome = await translator.translate(job)
        self._pace.learn((time.monotonic() - began) / self._settings.slots)
        TOKENS.labels(NAME, "in").inc(outcome.tokens_in)
        TOKENS.labels(NAME, "out").inc(outcome.tokens_out)
        return outcome

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

    @override
    async def health_check(self) -> bool:
        return await super().health_check() and self._ready().engine.ready

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
            return ModelDetails(engine=_ENGINE, chat=True, formality=True)
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
            chat=True,
            formality=True,
        )

    @override
    def get_chat_model(self) -> ChatModel:
        return self._chat

    @override
    async def _free(self, loaded: Loaded | None) -> None:
        if loaded is not None:
            await loaded.engine.close()
