"""Weightless models and services: real classes that record what they are asked."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx
from fastapi import FastAPI
from typing_extensions import override

from bentos.app import bind, create_app
from bentos.base import TranslationServiceBase
from bentos.front import Front
from bentos.lifecycle import Lifecycle
from bentos.translator import Translator
from common.settings import ServiceSettings
from models.base.exceptions import InitializationError
from models.base.manifest import Manifest
from models.base.translation_model import (
    ModelDetails,
    ModelInfo,
    SegmentTranslation,
    TranslationModel,
    TranslationOptions,
    TranslationWarning,
    WarningCode,
)

LANGUAGES = ("eng_Latn", "fra_Latn", "deu_Latn", "arb_Arab")
MANIFEST = Manifest(
    name="echo",
    version="echo-1",
    source="echo/echo",
    license="MIT",
    quantization="loud",
    languages=LANGUAGES,
)


class EchoModel(TranslationModel):
    """Answers every word in capitals, a segment a sentence; `gate` holds it up until it is set.

    A text that holds `poison` raises what `failure` is.
    """

    def __init__(self, languages: Sequence[str] = LANGUAGES) -> None:
        self.languages = list(languages)
        self.calls: list[tuple[str, str, str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.busy = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.failure: Exception = RuntimeError("the poisoned secret text")
        self.broken: Exception | None = None
        self.manifest: Manifest | None = MANIFEST
        self.healthy = False
        self.cleaned = 0

    @override
    async def initialize(self) -> None:
        await self.gate.wait()
        if self.broken is not None:
            raise self.broken
        self.healthy = True

    @override
    async def translate(self, text: str, source_lang: str, target_lang: str) -> str:
        parts = [part async for part in self.stream(text, source_lang, target_lang)]
        return "".join(part.before + part.text + part.after for part in parts)

    @override
    async def stream(
        self,
        text: str,
        source_lang: str,
        target_lang: str,
        options: TranslationOptions = TranslationOptions(),  # noqa: B008 - frozen
    ) -> AsyncIterator[SegmentTranslation]:
        self.calls.append((text, source_lang, target_lang))
        sentences = text.split(". ")
        for index, sentence in enumerate(sentences):
            self.busy.set()
            await self._held()
            if "poison" in sentence:
                raise self.failure
            yield SegmentTranslation(
                index=index,
                total=len(sentences),
                source=sentence,
                text=sentence.upper(),
                before=". " if index else "",
                warnings=tuple(
                    TranslationWarning(code=WarningCode.OPTION_IGNORED, message=f"No {name}.")
                    for name in (options.given() if index == 0 else ())
                ),
                tokens_in=1,
                tokens_out=2,
            )

    async def _held(self) -> None:
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise

    @override
    async def health_check(self) -> bool:
        return self.healthy

    @override
    def get_model_info(self) -> ModelInfo:
        return ModelInfo(
            name="echo",
            version="1.0.0",
            supported_languages=self.languages,
            max_tokens=512,
            memory_requirements="none",
            description="Says it louder.",
        )

    @override
    def get_model_details(self) -> ModelDetails:
        return ModelDetails(engine="echo", license="MIT", demo=True, memory_bytes=1_000_000)

    @override
    def get_manifest(self) -> Manifest | None:
        return self.manifest

    @override
    async def cleanup(self) -> None:
        self.cleaned += 1
        self.healthy = False


class BrokenModel(EchoModel):
    """Never loads."""

    def __init__(self) -> None:
        super().__init__()
        self.broken = InitializationError("The weights are not there; pull them.")


class EchoService(TranslationServiceBase):
    """A service over an `EchoModel`, as a plain object."""

    model: EchoModel

    @override
    def create_model(self) -> EchoModel:
        return EchoModel()


class Served:
    """An echo model behind its app and its guards, ready to be called without a socket."""

    def __init__(
        self,
        model: EchoModel | None = None,
        settings: ServiceSettings | None = None,
        state_file: Path | None = None,
    ) -> None:
        self.model = model or EchoModel()
        self.settings = settings or ServiceSettings()
        self.lifecycle = Lifecycle(self.model, state_file=state_file)
        self.translator = Translator(self.model, self.settings, self.lifecycle)
        self.app: FastAPI = create_app("echo")
        bind(self.app, self.translator)
        self.front = Front(self.app, model_name="echo", settings=self.settings)

    def client(self, **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.front)
        return httpx.AsyncClient(transport=transport, base_url="http://echo", headers=headers)

    async def load(self) -> "Served":
        self.lifecycle.start()
        await self.lifecycle.loaded()
        self.model.calls.clear()
        self.model.busy.clear()
        return self
