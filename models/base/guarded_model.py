"""A model whose translations keep placeholders and a glossary's terms; all else is the model's.

Where nothing is missing the model is asked nothing more. What is asked again is asked as further
texts, so that it joins the batches that are computed anyway.
"""

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import cast

from typing_extensions import override

from common.glossaries.terms import Terms
from common.metrics import GUARD
from common.placeholders import icu
from models.base.chat_model import ChatModel
from models.base.exceptions import UnsupportedLanguageError
from models.base.glossary_use import GlossaryUse
from models.base.guarded_message import translated
from models.base.guarded_order import Segments, mended
from models.base.guarded_segment import Guard
from models.base.manifest import Manifest
from models.base.order import ignored
from models.base.translation_model import (
    ModelDetails,
    ModelInfo,
    SegmentTranslation,
    Translation,
    TranslationModel,
    TranslationOptions,
)

_NO_OPTIONS = TranslationOptions()
_NO_ALTERNATIVES = ignored("A message with branches has no alternatives.")


class GuardedModel(TranslationModel):
    """Wraps a model; what the model can do, this can.

    `label` is the model in metrics. Where it does not `retry`, what is lost is repaired where that
    asks nothing of the model, and told.
    """

    honours_glossary = True

    def __init__(
        self, model: TranslationModel, label: str | None = None, *, retry: bool = True
    ) -> None:
        self._model = model
        self._retry = retry
        name = label or model.get_model_info().name
        self._count: Callable[[str], None] = lambda outcome: GUARD.labels(name, outcome).inc()

    @override
    async def initialize(self) -> None:
        await self._model.initialize()

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
    ) -> Segments:
        message = icu.message(text)
        if message is not None:
            plain = options.model_copy(update={"alternatives": None})
            sentence = partial(self._sentence, source_lang, target_lang, plain)
            whole = await translated(text, message, sentence)
            if options.alternatives:
                whole = replace(whole, warnings=(_NO_ALTERNATIVES, *whole.warnings))
            yield _answered(whole, options)
            return
        passed = options
        if options.glossary is not None and not self._model.honours_glossary:
            passed = options.model_copy(update={"glossary": None})
        segments = cast("Segments", self._model.stream(text, source_lang, target_lang, passed))
        guard = self._guard(source_lang, target_lang, options)
        async with aclosing(segments), aclosing(mended(segments, guard)) as answered:
            async for segment in answered:
                yield _answered(segment, options)

    async def _sentence(
        self, source_lang: str, target_lang: str, options: TranslationOptions, text: str
    ) -> Translation:
        return await self.translate_in_detail(text, source_lang, target_lang, options)

    def _guard(self, source_lang: str, target_lang: str, options: TranslationOptions) -> Guard:
        plain = options.model_copy(update={"glossary": None, "alternatives": None})

        async def again(text: str) -> Translation:
            return await self._model.translate_in_detail(text, source_lang, target_lang, plain)

        glossary = Terms(options.glossary, source_lang) if options.glossary else None
        return Guard(
            again if self._retry else None, source_lang, target_lang, glossary, self._count
        )

    @override
    async def health_check(self) -> bool:
        return await self._model.health_check()

    @override
    def get_model_info(self) -> ModelInfo:
        return self._model.get_model_info()

    @override
    def get_model_details(self) -> ModelDetails:
        return self._model.get_model_details()

    @override
    def get_manifest(self) -> Manifest | None:
        return self._model.get_manifest()

    @override
    def get_chat_model(self) -> ChatModel | None:
        return self._model.get_chat_model()

    @override
    def unsupported_language(self, language: str) -> UnsupportedLanguageError:
        return self._model.unsupported_language(language)

    @override
    async def cleanup(self) -> None:
        await self._model.cleanup()


def _answered(segment: SegmentTranslation, options: TranslationOptions) -> SegmentTranslation:
    """With an answer to what was asked of a glossary, if nothing of it stands there."""
    without = options.glossary is not None and segment.glossary is None
    return replace(segment, glossary=GlossaryUse()) if without else segment
