"""DeepL's API before a model that answers in capitals with the terms it was told; no client."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from typing_extensions import override

from models.base.translation_model import ModelDetails, SegmentTranslation, TranslationOptions
from tests.bentos.dialects.places import Place, at
from tests.fakes import EchoModel


class ListeningModel(EchoModel):
    """Keeps the options that it was asked with, and honours them all."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[TranslationOptions] = []

    @override
    async def stream(
        self,
        text: str,
        source_lang: str,
        target_lang: str,
        options: TranslationOptions = TranslationOptions(),  # noqa: B008 - frozen
    ) -> AsyncIterator[SegmentTranslation]:
        self.asked.append(options)
        terms = options.glossary or {}
        async for segment in super().stream(text, source_lang, target_lang):
            yield replace(segment, text=terms.get(segment.source, segment.text))

    @override
    def get_model_details(self) -> ModelDetails:
        return ModelDetails(engine="echo", formality=True)


class Deepl:
    """What is sent and answered."""

    def __init__(self, place: Place, model: ListeningModel, client: httpx.AsyncClient) -> None:
        self.place = place
        self.model = model
        self.client = client

    async def translate(self, **body: Any) -> httpx.Response:
        return await self.client.post("/v2/translate", json={"target_lang": "FR", **body})

    async def refused(self, answer: httpx.Response) -> str:
        """The message of what the caller did wrong."""
        assert answer.status_code == 400, answer.text
        message: str = answer.json()["message"]
        return message


@asynccontextmanager
async def deepl_of(**settings: Any) -> AsyncIterator[Deepl]:
    model = ListeningModel()
    async with at("bento", model, **settings) as place, place.client("/deepl") as client:
        model.asked.clear()  # what it was asked to see whether it is ready
        yield Deepl(place, model, client)


@pytest.fixture
async def deepl(tmp_path: Path) -> AsyncIterator[Deepl]:
    async with deepl_of(state_file=tmp_path / "state.sqlite3") as one:
        yield one
