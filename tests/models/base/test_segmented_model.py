import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

import pytest
from typing_extensions import override

from models.base.exceptions import (
    EmptyTextError,
    ModelNotReadyError,
    UnsupportedLanguageError,
)
from models.base.manifest import Manifest
from models.base.order import Order
from models.base.segmented_model import SegmentedModel
from models.base.translation_model import ModelInfo, SegmentTranslation

PAIR = ("eng_Latn", "fra_Latn")


WEIGHTS = Manifest(
    name="loud",
    version="1-int8",
    source="a/loud",
    license="MIT",
    quantization="int8",
    languages=PAIR,
    demo=True,
)


@dataclass(frozen=True)
class Loaded:
    weights: Manifest


class Shouting(SegmentedModel[Order, Loaded]):
    """A segment a sentence, in capitals, once it is let go."""

    def __init__(self, *, demo: bool = True) -> None:
        super().__init__(Order, "make pull:loud", (*PAIR, "deu_Latn"), drain_s=20)
        self.demo = demo
        self.freed: list[Loaded | None] = []
        self.cut_in: list[threading.Thread] = []
        self.gate = asyncio.Event()
        self.gate.set()

    @override
    async def initialize(self) -> None:
        self._loaded = Loaded(WEIGHTS.model_copy(update={"demo": self.demo}))

    def _sentences(self, text: str) -> list[str]:
        self.cut_in.append(threading.current_thread())
        return text.split(". ")

    @override
    async def _segments(
        self, loaded: Loaded, order: Order
    ) -> AsyncGenerator[SegmentTranslation, None]:
        sentences = await self._cut(self._sentences, order.text, order.text)
        for index, text in enumerate(sentences):
            await self.gate.wait()
            yield SegmentTranslation(index, len(sentences), text, text.upper())

    @override
    def get_model_info(self) -> ModelInfo:
        return ModelInfo(
            name="loud",
            version="1",
            supported_languages=list(PAIR) if self._loaded else [],
            max_tokens=9,
            memory_requirements="",
            description="",
        )

    @override
    async def _free(self, loaded: Loaded | None) -> None:
        self.freed.append(loaded)


@pytest.fixture
async def model() -> AsyncIterator[Shouting]:
    model = Shouting()
    await model.initialize()
    yield model
    model.gate.set()
    await model.cleanup()


async def test_nothing_is_translated_before_loading_and_after_cleanup() -> None:
    model = Shouting()
    assert not await model.health_check()
    with pytest.raises(ModelNotReadyError, match="not loaded"):
        await model.translate("Hello.", *PAIR)
    await model.initialize()
    assert await model.health_check()
    assert await model.translate("Hello.", *PAIR) == "HELLO."
    await model.cleanup()
    await model.cleanup()
    assert not await model.health_check()
    with pytest.raises(ModelNotReadyError, match="shutting down"):
        await model.translate("Hello.", *PAIR)
    assert model.freed == [Loaded(WEIGHTS), None]


async def test_an_order_is_checked_before_it_is_begun(model: Shouting) -> None:
    with pytest.raises(EmptyTextError):
        await model.translate(" ", *PAIR)
    assert model.cut_in == []


async def test_only_a_long_text_is_cut_off_the_event_loop(model: Shouting) -> None:
    await model.translate("Short.", *PAIR)
    assert model.cut_in == [threading.main_thread()]
    await model.translate("Long. " * 400, *PAIR)
    assert model.cut_in[1] is not threading.main_thread()


async def test_a_demo_names_the_remedy_only_where_there_is_one(model: Shouting) -> None:
    with pytest.raises(UnsupportedLanguageError, match="make pull:loud"):
        await model.translate("Hello.", "eng_Latn", "deu_Latn")
    full = Shouting(demo=False)
    await full.initialize()
    for lacking, language in ((full, "deu_Latn"), (model, "swe_Latn")):
        with pytest.raises(UnsupportedLanguageError) as refused:
            await lacking.translate("Hello.", "eng_Latn", language)
        assert "make pull" not in refused.value.message


async def test_cleanup_waits_for_what_was_begun(model: Shouting) -> None:
    model.gate.clear()
    begun = asyncio.create_task(model.translate("One. Two.", *PAIR))
    await asyncio.sleep(0)
    closing = asyncio.create_task(model.cleanup())
    await asyncio.sleep(0)
    assert model.freed == []
    model.gate.set()
    assert await begun == "ONETWO."
    await closing
    assert model.freed == [Loaded(WEIGHTS)]


async def test_what_is_loaded_says_of_itself_what_it_is() -> None:
    model = Shouting()
    assert model.get_manifest() is None
    await model.initialize()
    assert model.get_manifest() == WEIGHTS
    await model.cleanup()
    assert model.get_manifest() is None
