import asyncio
import json
import re
import shutil
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from typing_extensions import override

from models.base.exceptions import (
    EmptyTextError,
    InitializationError,
    ModelNotReadyError,
    OverloadedError,
    SameLanguageError,
    TranslationError,
    UnsupportedLanguageError,
)
from models.base.translation_model import TranslationOptions, WarningCode
from models.nllb import NLLBModel
from models.nllb.backend import DecodedSegment, Decoding, EncodedSegment
from models.nllb.settings import NLLBSettings
from models.nllb.tokenizer import NLLBTokenizer
from models.nllb.weights import DEMO
from tests.models.nllb.fakes import FakeBackend

PAIR = ("eng_Latn", "fra_Latn")
TOKENIZER = NLLBTokenizer(DEMO / "tokenizer.json")


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> FakeBackend:
    fake = FakeBackend()
    monkeypatch.setattr("models.nllb.loading.load_backend", lambda *_: fake)
    return fake


@pytest.fixture
async def model(backend: FakeBackend) -> AsyncIterator[NLLBModel]:
    settings = NLLBSettings(max_batch_segments=4, queue_size=32, drain_s=20)
    model = NLLBModel(settings)
    await model.initialize()
    backend.calls.clear()
    yield model
    backend.gate.set()
    await model.cleanup()


async def busy(backend: FakeBackend, model: NLLBModel, text: str = "Go on.") -> asyncio.Task[str]:
    """A translation that the engine is held up in."""
    backend.gate.clear()
    backend.entered.clear()
    task = asyncio.create_task(model.translate(text, *PAIR))
    await asyncio.to_thread(backend.entered.wait, 20)
    return task


async def test_nothing_is_translated_before_loading_and_after_cleanup(backend: FakeBackend) -> None:
    model = NLLBModel()
    with pytest.raises(ModelNotReadyError):
        await model.translate("Hello.", *PAIR)
    assert not await model.health_check()
    await model.initialize()
    assert await model.health_check()
    await model.cleanup()
    await model.cleanup()
    assert backend.closed
    assert not await model.health_check()
    with pytest.raises(ModelNotReadyError):
        await model.translate("Hello.", *PAIR)


async def test_loading_translates_once_and_health_never(backend: FakeBackend) -> None:
    model = NLLBModel()
    await model.initialize()
    assert len(backend.calls) == 1
    assert await model.health_check()
    assert len(backend.calls) == 1
    await model.cleanup()


async def test_an_engine_that_cannot_translate_is_not_ready(backend: FakeBackend) -> None:
    backend.poison = TOKENIZER.pieces("Hello.")[0]
    model = NLLBModel()
    with pytest.raises(InitializationError):
        await model.initialize()
    assert backend.closed
    assert not await model.health_check()
    await model.cleanup()


async def test_the_callers_mistakes_are_his(model: NLLBModel) -> None:
    with pytest.raises(EmptyTextError):
        await model.translate(" \n", *PAIR)
    with pytest.raises(SameLanguageError):
        await model.translate("Hello.", "eng_Latn", "eng_Latn")


async def test_a_language_the_demo_lacks_is_refused_with_the_remedy(model: NLLBModel) -> None:
    with pytest.raises(UnsupportedLanguageError, match="make pull:nllb") as refused:
        await model.translate("Hello.", "eng_Latn", "jpn_Jpan")
    assert refused.value.details["language"] == "jpn_Jpan"
    with pytest.raises(UnsupportedLanguageError) as unknown:
        await model.translate("Hello.", "xxx_Latn", "fra_Latn")
    assert "make pull" not in unknown.value.message


async def test_a_long_text_keeps_order_and_everything_between(
    model: NLLBModel, backend: FakeBackend
) -> None:
    text = "\n\n".join(f"  Sentence {number} is here.   Again!" for number in range(60)) + "\n"
    assert await model.translate(text, *PAIR) == text
    assert max(len(batch) for batch, _ in backend.calls) == 4


async def test_repeated_sentences_stay_as_many_and_are_computed_once(
    model: NLLBModel, backend: FakeBackend
) -> None:
    text = "I am here. " * 50
    detail = await model.translate_in_detail(text, *PAIR)
    assert detail.text == text
    assert len(detail.segments) == 50
    assert sum(len(batch) for batch, _ in backend.calls) == 1


async def test_a_text_without_letters_comes_back_uncomputed(
    model: NLLBModel, backend: FakeBackend
) -> None:
    assert await model.translate(" 42 - 17\n", *PAIR) == " 42 - 17\n"
    assert backend.calls == []


async def test_callers_share_batches_across_language_pairs(
    model: NLLBModel, backend: FakeBackend
) -> None:
    first = await busy(backend, model)
    pairs = [PAIR, ("deu_Latn", "spa_Latn"), ("fra_Latn", "eng_Latn")]
    others = [asyncio.create_task(model.translate("Tom.", *pair)) for pair in pairs]
    await asyncio.sleep(0)
    backend.gate.set()
    await asyncio.gather(first, *others)
    batch = backend.calls[-1][0]
    assert {(item.source_lang, item.target_lang) for item in batch} == set(pairs)


async def test_options_reach_the_engine_or_are_told(model: NLLBModel, backend: FakeBackend) -> None:
    options = TranslationOptions(beam_size=3, max_output_tokens=7, formality="formal")
    detail = await model.translate_in_detail("Hi. You.", *PAIR, options)
    assert (backend.calls[0][1].beam_size, backend.calls[0][1].max_pieces) == (3, 7)
    assert [warning.code for warning in detail.warnings] == [WarningCode.OPTION_IGNORED]


async def test_callers_with_different_options_keep_their_own(
    model: NLLBModel, backend: FakeBackend
) -> None:
    first = await busy(backend, model)
    others = [
        asyncio.create_task(
            model.translate_in_detail("Tom.", *PAIR, TranslationOptions(beam_size=beam))
        )
        for beam in (1, 4)
    ]
    await asyncio.sleep(0)
    backend.gate.set()
    await asyncio.gather(first, *others)
    assert sorted(decoding.beam_size for _, decoding in backend.calls[1:]) == [1, 4]


async def test_warnings_name_their_segment(model: NLLBModel, backend: FakeBackend) -> None:
    def answer(segment: EncodedSegment, _: Decoding) -> DecodedSegment:
        return DecodedSegment(segment.pieces, finished="▁train" not in segment.pieces)

    backend.answer = answer
    detail = await model.translate_in_detail("Hello. A train. Bye.", *PAIR)
    assert [(w.code, w.segment) for w in detail.warnings] == [(WarningCode.TRUNCATED, 1)]


async def test_a_failing_text_fails_alone(model: NLLBModel, backend: FakeBackend) -> None:
    first = await busy(backend, model)
    good = asyncio.create_task(model.translate("All is well.", *PAIR))
    bad = asyncio.create_task(model.translate("A train.", *PAIR))
    await asyncio.sleep(0)
    backend.poison = "▁train"
    backend.gate.set()
    assert await first == "Go on."
    assert await good == "All is well."
    with pytest.raises(TranslationError):
        await bad


async def test_a_full_queue_is_an_overload_with_a_time_to_wait(
    model: NLLBModel, backend: FakeBackend
) -> None:
    first = await busy(backend, model)
    waiting = [asyncio.create_task(model.translate(f"Text {n}.", *PAIR)) for n in range(32)]
    await asyncio.sleep(0)
    with pytest.raises(OverloadedError) as refused:
        await model.translate("One more.", *PAIR)
    assert 1 <= refused.value.retry_after_s <= 60
    backend.gate.set()
    await asyncio.gather(first, *waiting)


async def test_a_cancelled_caller_leaves_the_queue_and_the_others_go_on(
    model: NLLBModel, backend: FakeBackend
) -> None:
    first = await busy(backend, model)
    text = " ".join(f"Sentence {number} is gone." for number in range(40))
    gone = asyncio.create_task(model.translate(text, *PAIR))
    other = asyncio.create_task(model.translate("I stay.", *PAIR))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    backend.gate.set()
    assert (await first, await other) == ("Go on.", "I stay.")
    assert sum(len(batch) for batch, _ in backend.calls) == 2


async def test_a_stream_gives_the_first_segment_before_the_last_is_computed(
    model: NLLBModel, backend: FakeBackend
) -> None:
    text = " ".join(f"Sentence {number} is here." for number in range(200))
    async with aclosing(model.stream(text, *PAIR)) as segments:
        first = await anext(segments)
        assert (first.index, first.total) == (0, 200)
        assert sum(len(batch) for batch, _ in backend.calls) < 100


async def test_the_event_loop_stays_free_while_a_text_is_cut(model: NLLBModel) -> None:
    threads = set()
    pieces = NLLBTokenizer.pieces

    class Watched(NLLBTokenizer):
        @override
        def pieces(self, text: str) -> tuple[str, ...]:
            threads.add(threading.current_thread())
            return pieces(self, text)

    loaded = model._ready()
    loaded.tokenizer.__class__ = Watched
    await model.translate("Short.", *PAIR)
    assert threads == {threading.main_thread()}
    threads.clear()
    text = " ".join(f"Sentence {number} is here." for number in range(200))
    await model.translate(text, *PAIR)
    assert threading.main_thread() not in threads


async def test_cleanup_finishes_what_was_begun_and_refuses_what_is_new(
    model: NLLBModel, backend: FakeBackend
) -> None:
    text = " ".join(f"Sentence {number} is here." for number in range(40))
    begun = await busy(backend, model, text)
    closing = asyncio.create_task(model.cleanup())
    await asyncio.sleep(0)
    with pytest.raises(ModelNotReadyError):
        await model.translate("New.", *PAIR)
    assert not await model.health_check()
    backend.gate.set()
    assert await begun == text
    await closing
    assert backend.closed


async def test_cleanup_does_not_wait_for_a_reader_who_stopped_reading(
    backend: FakeBackend,
) -> None:
    model = NLLBModel(NLLBSettings(drain_s=0.05))
    await model.initialize()
    async with aclosing(model.stream("One is here. Two is there.", *PAIR)) as segments:
        await anext(segments)
        await asyncio.wait_for(model.cleanup(), 20)
    assert backend.closed


async def test_cleanup_while_loading_waits_for_it(backend: FakeBackend) -> None:
    model = NLLBModel()
    backend.gate.clear()
    loading = asyncio.create_task(model.initialize())
    await asyncio.to_thread(backend.entered.wait, 20)
    loading.cancel()
    closing = asyncio.create_task(model.cleanup())
    await asyncio.sleep(0)
    assert not closing.done()
    backend.gate.set()
    await closing
    with pytest.raises(asyncio.CancelledError):
        await loading


async def test_what_is_loaded_is_told(model: NLLBModel) -> None:
    details = model.get_model_details()
    assert (details.engine, details.quantization, details.device) == ("ctranslate2", "int8", "cpu")
    assert details.demo
    assert details.license
    assert details.memory_bytes is not None
    assert NLLBModel().get_model_details().quantization is None


def tokens(direction: str) -> float:
    labels = {"model": "nllb", "direction": direction}
    return REGISTRY.get_sample_value("translation_tokens_total", labels) or 0.0


async def test_tokens_are_counted(model: NLLBModel) -> None:
    before = tokens("in"), tokens("out")
    detail = await model.translate_in_detail("Hello. How are you?", *PAIR)
    assert detail.tokens_in > 0
    assert tokens("in") - before[0] == detail.tokens_in
    assert tokens("out") - before[1] == detail.tokens_out


async def test_the_demo_translates() -> None:
    model = NLLBModel(NLLBSettings(device="cpu"))
    await model.initialize()
    greeting = await model.translate("Good morning, Tom!", *PAIR)
    assert "Tom" in greeting
    assert greeting != "Good morning, Tom!"
    await model.cleanup()


async def test_a_shortlist_restricts_only_the_languages_it_was_made_for(tmp_path: Path) -> None:
    folder = shutil.copytree(DEMO, tmp_path / "weights")
    manifest = json.loads((folder / "lingua-nexus.json").read_text())
    manifest |= {"shortlist": ["fra_Latn"], "sizes": {}}
    (folder / "lingua-nexus.json").write_text(json.dumps(manifest))
    allowed = ["fra_Latn", "</s>", *TOKENIZER.pieces("Je ne sais pas.")]
    (folder / "vmap.txt").write_text("\t" + " ".join(allowed) + "\n", encoding="utf-8")
    free, short = (
        NLLBModel(NLLBSettings(model_path=folder, device="cpu", shortlist=shortlist))
        for shortlist in (False, True)
    )
    await free.initialize()
    await short.initialize()
    text, german = "Where is the train station?", ("eng_Latn", "deu_Latn")
    assert await short.translate(text, *german) == await free.translate(text, *german)
    restricted, unrestricted = await short.translate(text, *PAIR), await free.translate(text, *PAIR)
    # A piece of the source may always be copied.
    words = set(re.findall(r"\w+", f"Je ne sais pas {text}"))
    assert set(re.findall(r"\w+", restricted)) <= words
    assert not set(re.findall(r"\w+", unrestricted)) <= words
    await free.cleanup()
    await short.cleanup()
