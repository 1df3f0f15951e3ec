"""A model without weights that says everything louder, and loses what it does not know."""

import asyncio
import re
from collections.abc import AsyncGenerator

from typing_extensions import override

from models.base.guarded_model import GuardedModel
from models.base.translation_model import (
    ModelDetails,
    ModelInfo,
    SegmentTranslation,
    Translation,
    TranslationModel,
    TranslationOptions,
    TranslationWarning,
    WarningCode,
)

PAIR = ("eng_Latn", "deu_Latn")
LOST = re.compile(r"\{[^{}]*\}|%\w|<[^<>]*>|https?://\S+|👍")


class LossyModel(TranslationModel):
    """A segment a line. `answers` go before what it would say; an exception there is raised."""

    def __init__(self, answers: dict[str, str | Exception] | None = None) -> None:
        self.answers = answers or {}
        self.asked: list[str] = []
        self.options: list[TranslationOptions] = []
        self.warnings: dict[str, WarningCode] = {}
        self.held: dict[str, asyncio.Event] = {}
        self._heard = asyncio.Condition()
        self.cancelled: list[str] = []
        self.closed = 0
        self.cleaned = 0
        self.initialized = 0

    @override
    async def initialize(self) -> None:
        self.initialized += 1

    @override
    async def translate(self, text: str, source_lang: str, target_lang: str) -> str:
        return (await self.translate_in_detail(text, source_lang, target_lang)).text

    @override
    async def stream(
        self,
        text: str,
        source_lang: str,
        target_lang: str,
        options: TranslationOptions = TranslationOptions(),  # noqa: B008 - frozen
    ) -> AsyncGenerator[SegmentTranslation, None]:
        self.options.append(options)
        lines = text.split("\n")
        try:
            for index, line in enumerate(lines):
                yield SegmentTranslation(
                    index=index,
                    total=len(lines),
                    source=line,
                    text=await self._said(line),
                    before="\n" if index else "",
                    warnings=tuple(self._warnings(line, index)),
                    tokens_in=1,
                    tokens_out=2,
                    confidence=0.5 if "8473" in line else 0.25,
                    alternatives=(f"{line.upper()}!", line.upper())[: options.alternatives or 0],
                )
        finally:
            self.closed += 1

    async def until_asked(self, line: str) -> None:
        """Waits until it is asked for it."""
        async with self._heard, asyncio.timeout(5):
            await self._heard.wait_for(lambda: line in self.asked)

    async def _said(self, line: str) -> str:
        async with self._heard:
            self.asked.append(line)
            self._heard.notify_all()
        try:
            if line in self.held:
                await self.held[line].wait()
        except asyncio.CancelledError:
            self.cancelled.append(line)
            raise
        answer = self.answers.get(line, LOST.sub("", line).upper())
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _warnings(self, line: str, index: int) -> list[TranslationWarning]:
        code = self.warnings.get(line)
        return [TranslationWarning(code=code, message="So.", segment=index)] if code else []

    @override
    async def health_check(self) -> bool:
        return self.initialized > self.cleaned

    @override
    def get_model_info(self) -> ModelInfo:
        return ModelInfo(
            name="lossy",
            version="1.0.0",
            supported_languages=["eng_Latn", "deu_Latn", "zho_Hans"],
            max_tokens=512,
            memory_requirements="none",
            description="Loses things.",
        )

    @override
    def get_model_details(self) -> ModelDetails:
        return ModelDetails(engine="lossy")

    @override
    async def cleanup(self) -> None:
        self.cleaned += 1


async def translated(
    model: LossyModel, text: str, glossary: dict[str, str] | None = None, alternatives: int = 0
) -> Translation:
    """What the guard makes of the model's translation."""
    options = TranslationOptions(glossary=glossary, alternatives=alternatives)
    return await GuardedModel(model).translate_in_detail(text, *PAIR, options)
