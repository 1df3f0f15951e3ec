import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from typing_extensions import override

from common.settings import ServiceSettings
from models.aya import AyaModel
from models.aya.settings import AyaSettings
from models.base.exceptions import (
    EmptyTextError,
    InitializationError,
    LinguaNexusError,
    ModelNotReadyError,
    OverloadedError,
    SameLanguageError,
    TextTooLongError,
    UnsupportedLanguageError,
)
from models.base.translation_model import TranslationOptions, WarningCode
from models.engines.llamacpp.contract import (
    EngineFailedError,
    EngineLoadError,
    PromptTooLongError,
)
from tests.models.aya.fakes import FakeEngine, Seen, backwards, reply, until

PAIR = ("eng_Latn", "fra_Latn")


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


def model_of(path: Path, engine: FakeEngine, **settings: int) -> AyaModel:
    given = AyaSettings(model_path=path, drain_s=20, slots=4, **settings)  # type: ignore[arg-type]
    return AyaModel(given, engine_factory=lambda *_: engine)


@pytest.fixture
async def model(engine: FakeEngine, tiny: Path) -> AsyncIterator[AyaModel]:
    model = model_of(tiny, engine)
    await model.initialize()
    engine.seen.clear()
    engine.entered.clear()
    yield model
    engine.gate.set()
    await model.cleanup()


async def busy(model: AyaModel, engine: FakeEngine, text: str = "Go on.") -> asyncio.Task[str]:
    """A translation that the engine is held up in."""
    engine.gate.clear()
    engine.entered.clear()
    task = asyncio.create_task(model.translate(text, *PAIR))
    await asyncio.wait_for(engine.entered.wait(), 20)
    return task


async def test_nothing_is_translated_before_loading_and_after_cleanup(
    engine: FakeEngine, tiny: Path
) -> None:
    model = model_of(tiny, engine)
    with pytest.raises(ModelNotReadyError):
        await model.translate("Hello.", *PAIR)
    assert not await model.health_check()
    await model.initialize()
    assert await model.health_check()
    await model.cleanup()
    await model.cleanup()
    assert engine.is_closed
    assert not await model.health_check()
    with pytest.raises(ModelNotReadyError):
        await model.translate("Hello.", *PAIR)


async def test_an_engine_that_does_not_load_leaves_the_model_unloaded(
    engine: FakeEngine, tiny: Path
) -> None:
    engine.broken = EngineLoadError("There is no room.")
    model = model_of(tiny, engine)
    with pytest.raises(InitializationError, match="no room"):
        await model.initialize()
    assert engine.is_closed
    assert not await model.health_check()
    await model.cleanup()


async def test_the_callers_mistakes_are_his(model: AyaModel) -> None:
    with pytest.raises(EmptyTextError):
        await model.translate(" \n", *PAIR)
    with pytest.raises(SameLanguageError):
        await model.translate("Hello.", "eng_Latn", "eng_Latn")


async def test_a_language_aya_does_not_speak_is_refused_by_name(model: AyaModel) -> None:
    with pytest.raises(UnsupportedLanguageError) as refused:
        await model.translate("Hello.", "eng_Latn", "swe_Latn")
    assert refused.value.details["language"] == "swe_Latn"
    assert "make pull" not in refused.value.message
    assert len(model.get_model_info().supported_languages) == 24


async def test_a_language_the_demo_lacks_is_refused_with_the_remedy(
    engine: FakeEngine, tiny_demo: Path
) -> None:
    model = model_of(tiny_demo, engine)
    await model.initialize()
    assert len(model.get_model_info().supported_languages) == 4
    with pytest.raises(UnsupportedLanguageError, match="make pull:aya") as refused:
        await model.translate("Hello.", "eng_Latn", "jpn_Jpan")
    assert refused.value.details["demo"] is True
    with pytest.raises(UnsupportedLanguageError) as never:
        await model.translate("Hello.", "eng_Latn", "swe_Latn")
    assert "make pull" not in never.value.message
    await model.cleanup()


async def test_a_long_text_keeps_order_and_everything_between(
    model: AyaModel, engine: FakeEngine
) -> None:
    text = "\n\n".join(f"  Sentence {number} is here.   Again!" for number in range(60)) + "\n"
    assert await model.translate(text, *PAIR) == backwards(text)
    assert engine.peak == 4


async def test_segments_of_a_passage_share_all_but_themselves(
    model: AyaModel, engine: FakeEngine
) -> None:
    await model.translate("Tom is here. He is tired. He sleeps.", *PAIR)
    assert [seen.text for seen in engine.seen] == ["Tom is here.", "He is tired.", "He sleeps."]
    assert len({seen.request.prompt[:-1] for seen in engine.seen}) == 1
    assert all("Tom is here. He is tired. He sleeps." in seen.prompt for seen in engine.seen)


async def test_repeated_sentences_of_a_passage_stay_as_many_and_are_computed_once(
    model: AyaModel, engine: FakeEngine
) -> None:
    text = "I am here. " * 10
    detail = await model.translate_in_detail(text, *PAIR)
    assert detail.text == backwards(text)
    assert len(detail.segments) == 10
    assert len(engine.seen) == 1


async def test_a_text_without_letters_comes_back_uncomputed(
    model: AyaModel, engine: FakeEngine
) -> None:
    assert await model.translate(" 42 - 17\n", *PAIR) == " 42 - 17\n"
    assert engine.seen == []


async def test_options_change_the_prompt_or_are_told(model: AyaModel, engine: FakeEngine) -> None:
    options = TranslationOptions(
        beam_size=3,
        max_output_tokens=7,
        formality="formal",
        glossary={"train": "convoi"},
        context="At the station.",
    )
    detail = await model.translate_in_detail("My train is late.", *PAIR, options)
    [seen] = engine.seen
    assert seen.request.max_tokens == 7
    for part in ("formal register", "train = convoi", "At the station."):
        assert part in seen.prompt
    codes = [warning.code for warning in detail.warnings]
    assert codes == [WarningCode.OPTION_IGNORED, WarningCode.TRUNCATED]
    assert "'beam_size'" in detail.warnings[0].message


async def test_warnings_name_their_segment(model: AyaModel, engine: FakeEngine) -> None:
    engine.answer = lambda seen: "" if "train" in seen.text else reply(seen)
    detail = await model.translate_in_detail("Hello. A train. Bye.", *PAIR)
    assert [(w.code, w.segment) for w in detail.warnings] == [(WarningCode.EMPTY_OUTPUT, 1)]


async def test_a_bad_answer_is_asked_for_once_more(model: AyaModel, engine: FakeEngine) -> None:
    engine.answer = lambda seen: "Bonjour." if seen.attempt else "Translation: Bonjour."
    detail = await model.translate_in_detail("Hello you.", *PAIR)
    assert (detail.text, detail.warnings) == ("Bonjour.", ())


async def test_a_full_queue_is_an_overload_with_a_time_to_wait(
    model: AyaModel, engine: FakeEngine
) -> None:
    engine.queue_size = 1
    first = await busy(model, engine)
    with pytest.raises(OverloadedError) as refused:
        await model.translate("One more.", *PAIR)
    assert 1 <= refused.value.retry_after_s <= 60
    engine.gate.set()
    assert await first == backwards("Go on.")


async def test_the_largest_batch_of_long_texts_finds_room_in_the_queue(tiny: Path) -> None:
    settings = AyaSettings(model_path=tiny)
    engine = FakeEngine(queue_size=settings.queue_size)
    model = AyaModel(settings, engine_factory=lambda *_: engine)
    await model.initialize()
    text = " ".join(f"Sentence {number} is here." for number in range(20))
    items = ServiceSettings().max_batch_items
    done = await asyncio.gather(*(model.translate(f"{n} {text}", *PAIR) for n in range(items)))
    assert done == [backwards(f"{n} {text}") for n in range(items)]
    await model.cleanup()


async def test_a_failing_engine_is_unavailable_for_its_callers_and_not_ready(
    model: AyaModel, engine: FakeEngine
) -> None:
    engine.failure = EngineFailedError("gone")
    with pytest.raises(ModelNotReadyError) as refused:
        await model.translate("Hello.", *PAIR)
    assert refused.value.details["retry_after_s"]
    assert not await model.health_check()
    engine.failure = None
    assert await model.health_check()
    assert await model.translate("Hello.", *PAIR) == backwards("Hello.")


async def test_a_failing_text_fails_alone(model: AyaModel, engine: FakeEngine) -> None:
    engine.poison = "train"
    good = asyncio.create_task(model.translate("All is well.", *PAIR))
    with pytest.raises(ModelNotReadyError):
        await model.translate("A train. A bus.", *PAIR)
    assert await good == backwards("All is well.")


async def test_what_no_prompt_can_hold_is_too_long(model: AyaModel, engine: FakeEngine) -> None:
    engine.failure = PromptTooLongError(3000, 2048)
    with pytest.raises(TextTooLongError):
        await model.translate("Hello.", *PAIR)


async def test_a_cancelled_caller_frees_what_he_held_and_the_others_go_on(
    model: AyaModel, engine: FakeEngine
) -> None:
    first = await busy(model, engine)
    text = " ".join(f"Sentence {number} is gone." for number in range(40))
    gone = asyncio.create_task(model.translate(text, *PAIR))
    await until(lambda: engine.working == 5)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert (engine.working, engine.left) == (1, 4)
    engine.gate.set()
    assert await first == backwards("Go on.")


async def test_a_reader_who_leaves_frees_what_he_held(model: AyaModel, engine: FakeEngine) -> None:
    text = " ".join(f"Sentence {number} is here." for number in range(40))
    async with aclosing(model.stream(text, *PAIR)) as segments:
        first = await anext(segments)
        engine.gate.clear()
    assert (first.index, first.total) == (0, 40)
    assert engine.working == 0
    assert len(engine.seen) < 40


async def test_the_event_loop_stays_free_while_a_text_is_cut(
    model: AyaModel, engine: FakeEngine
) -> None:
    threads = set()

    class Watched(FakeEngine):
        @override
        def tokenize(self, text: str, *, special: bool = False) -> tuple[int, ...]:
            threads.add(threading.current_thread())
            return super().tokenize(text, special=special)

    engine.__class__ = Watched
    await model.translate("Short.", *PAIR)
    assert threads == {threading.main_thread()}
    threads.clear()
    text = " ".join(f"Sentence {number} is here." for number in range(200))
    await model.translate(text, *PAIR)
    assert len(threads) == 1
    assert threading.main_thread() not in threads


async def test_cleanup_finishes_what_was_begun_and_refuses_what_is_new(
    model: AyaModel, engine: FakeEngine
) -> None:
    text = " ".join(f"Sentence {number} is here." for number in range(20))
    begun = await busy(model, engine, text)
    closing = asyncio.create_task(model.cleanup())
    await asyncio.sleep(0)
    with pytest.raises(ModelNotReadyError):
        await model.translate("New.", *PAIR)
    assert not await model.health_check()
    engine.gate.set()
    assert await begun == backwards(text)
    await closing
    assert engine.is_closed


async def test_cleanup_does_not_wait_for_ever(engine: FakeEngine, tiny: Path) -> None:
    settings = AyaSettings(model_path=tiny, drain_s=0.05)
    model = AyaModel(settings, engine_factory=lambda *_: engine)
    await model.initialize()
    stuck = await busy(model, engine)
    await asyncio.wait_for(model.cleanup(), 20)
    with pytest.raises(LinguaNexusError, match="shutting down"):
        await stuck


async def test_what_is_loaded_is_told(model: AyaModel) -> None:
    details = model.get_model_details()
    assert (details.engine, details.quantization) == ("llama.cpp", "Q8_0")
    assert (details.weights, details.license, details.demo) == ("tests/tiny", "MIT", False)
    assert details.memory_bytes is not None
    assert AyaModel().get_model_details().quantization is None
    assert model.get_model_info().name == "aya-expanse-8b"


def tokens(direction: str) -> float:
    labels = {"model": "aya", "direction": direction}
    return REGISTRY.get_sample_value("translation_tokens_total", labels) or 0.0


async def test_tokens_are_counted(model: AyaModel) -> None:
    before = tokens("in"), tokens("out")
    detail = await model.translate_in_detail("Hello. How are you?", *PAIR)
    assert detail.tokens_in == len("Hello.How are you?")
    assert tokens("in") - before[0] == detail.tokens_in
    assert tokens("out") - before[1] == detail.tokens_out


async def test_asking_again_gives_the_same(model: AyaModel, engine: FakeEngine) -> None:
    def answer(seen: Seen) -> str:
        sampling = seen.request.sampling
        return "" if sampling.temperature == 0 else f"Texte {sampling.seed}."

    engine.answer = answer
    assert await model.translate("Hello.", *PAIR) == await model.translate("Hello.", *PAIR)
