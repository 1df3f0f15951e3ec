"""NLLB behind the contract: lifecycle, languages, a text's way; engines are elsewhere."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from typing_extensions import override

from common.batching import Batcher, BatchFailedError, ClosedError, QueueFullError
from common.languages import LANGUAGES
from common.metrics import TOKENS, QueueMetrics
from common.worker import Worker
from models.base.exceptions import (
    ModelNotReadyError,
    OverloadedError,
    TranslationError,
)
from models.base.layout import Outcome
from models.base.segmented_model import SegmentedModel
from models.base.translation_model import (
    ModelDetails,
    ModelInfo,
    SegmentTranslation,
)
from models.nllb.document import Document, Order, cut
from models.nllb.feed import Feed
from models.nllb.loading import Loaded, find, limits_of, load
from models.nllb.segments import Job, SegmentTranslator
from models.nllb.settings import NLLBSettings

_NAME = "nllb"
_VERSION = "1.0.0"
_MEMORY = "In int8: 1.2 GB for 600M, 2.2 GB for 1.3B, 4.5 GB for 3.3B; 0.2 GB for the demo."
# Segments of one text that wait at a time: enough to sort by length and to keep the engine busy.
_WINDOW_BATCHES = 4


class NLLBModel(SegmentedModel[Order, Loaded]):
    """NLLB-200, or the embedded demo of its architecture while nothing else is there.

    `weights` is the folder found in the model store; a path in the settings goes before it.
    """

    def __init__(self, settings: NLLBSettings | None = None, weights: Path | None = None) -> None:
        self._settings = settings or NLLBSettings()
        super().__init__(Order, "make pull:nllb", tuple(LANGUAGES), self._settings.drain_s)
        self._stored = weights
        self._worker = Worker(_NAME)
        self._batcher: Batcher[Job, Outcome] | None = None

    @override
    async def initialize(self) -> None:
        loaded = await self._worker.run(self._load)
        translator = SegmentTranslator(
            loaded.backend,
            loaded.tokenizer,
            self._settings,
            loaded.limits.output_pieces,
            loaded.weights.calibration,
        )

        async def run_batch(jobs: list[Job]) -> list[Outcome | Exception]:
            started = time.monotonic()
            outcomes = await self._worker.run(translator.run, jobs)
            self._pace.learn((time.monotonic() - started) / len(jobs))
            return outcomes

        self._batcher = Batcher(
            run_batch,
            max_items=self._settings.max_batch_segments,
            max_cost=self._settings.max_batch_tokens,
            cost=lambda job: len(job.segment.tokens),
            queue_size=self._settings.queue_size,
            observer=QueueMetrics(_NAME),
        )
        self._batcher.start()
        self._loaded = loaded

    def _load(self) -> Loaded:
        return load(find(self._settings, self._stored), self._settings)

    @override
    async def _segments(
        self, loaded: Loaded, order: Order
    ) -> AsyncGenerator[SegmentTranslation, None]:
        batcher = self._batcher
        if batcher is None:
            raise ModelNotReadyError("The model is shutting down.")
        document = await self._cut(
            cut,
            order.text,
            order,
            loaded.tokenizer,
            loaded.limits.segment_pieces,
            order.warnings(loaded.limits.output_pieces),
        )
        feed = self._feed(loaded, batcher, document)
        async with aclosing(self._placed(document, feed, batcher)) as segments:
            async for segment in segments:
                yield segment

    def _feed(self, loaded: Loaded, batcher: Batcher[Job, Outcome], document: Document) -> Feed:
        order, caller = document.order, object()
        wish = order.wish(
            self._settings.beam_size,
            loaded.limits.output_pieces,
            shortlist=self._settings.shortlist and order.target_lang in loaded.weights.shortlist,
        )
        return Feed(
            document.segmented.segments,
            lambda segment: Job(document.encode(segment), wish),
            lambda jobs: batcher.put(jobs, caller),
            _WINDOW_BATCHES * self._settings.max_batch_segments,
        )

    async def _placed(
        self, document: Document, feed: Feed, batcher: Batcher[Job, Outcome]
    ) -> AsyncGenerator[SegmentTranslation, None]:
        if not document.segmented.segments:
            yield document.untranslatable()
            return
        try:
            async with aclosing(feed.outcomes()) as outcomes:
                index = 0
                async for outcome in outcomes:
                    TOKENS.labels(_NAME, "in").inc(outcome.tokens_in)
                    TOKENS.labels(_NAME, "out").inc(outcome.tokens_out)
                    yield document.place(index, outcome)
                    index += 1
        except QueueFullError as error:
            raise OverloadedError(
                "Too many texts are waiting.", self._pace.retry_after_s(batcher.depth)
            ) from error
        except BatchFailedError as error:
            raise TranslationError("The engine failed on this text.") from error
        except ClosedError as error:
            raise ModelNotReadyError("The model is shutting down.") from error

    @override
    def get_model_info(self) -> ModelInfo:
        loaded = self._loaded
        # Before loading, what will be loaded: the demo, where there is nothing else.
        demo = (self._settings.model_path or self._stored) is None
        limits = loaded.limits if loaded else limits_of(self._settings, demo=demo)
        return ModelInfo(
            name=_NAME,
            version=_VERSION,
            supported_languages=list(loaded.weights.languages) if loaded else [],
            max_tokens=limits.segment_tokens,
            memory_requirements=_MEMORY,
            description="Meta's NLLB-200: translates between any two of 202 languages.",
        )

    @override
    def get_model_details(self) -> ModelDetails:
        if self._loaded is None:
            return ModelDetails(engine=self._settings.engine)
        weights, backend = self._loaded.weights, self._loaded.backend
        return ModelDetails(
            engine=self._settings.engine,
            quantization=backend.compute_type,
            device=backend.device,
            weights=weights.source,
            weights_revision=weights.revision,
            license=weights.license,
            demo=weights.demo,
            memory_bytes=self._loaded.memory_bytes,
        )

    @override
    async def _free(self, loaded: Loaded | None) -> None:
        batcher, self._batcher = self._batcher, None
        if batcher is not None:
            await batcher.close()
        await self._worker.close()
        if loaded is not None:
            await asyncio.to_thread(loaded.backend.close)
