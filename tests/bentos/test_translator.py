import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from typing_extensions import override

from common.settings import ServiceSettings
from common.state.file import StateFile
from common.state.records import Usage
from models.base.confidence import Calibration
from models.base.exceptions import (
    DeadlineExceededError,
    EmptyTextError,
    LinguaNexusError,
    ModelNotReadyError,
    OverloadedError,
    TextTooLongError,
    TranslationError,
    UnsupportedLanguageError,
)
from models.base.request_models import TranslationRequest, TranslationResponse
from models.base.translation_model import (
    SegmentTranslation,
    TranslationOptions,
    WarningCode,
)
from tests.fakes import MANIFEST, EchoModel, Served

ASKED = TranslationRequest(text="one. two", source_lang="en", target_lang="fr")


def asked(text: str, **others: Any) -> TranslationRequest:
    return TranslationRequest(text=text, **{"source_lang": "en", "target_lang": "fr", **others})


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, {"model": "echo", **labels}) or 0.0


@pytest.fixture
async def served() -> Served:
    return await Served().load()


async def test_the_answer_says_what_was_done(served: Served) -> None:
    answer = await served.translator.translate(ASKED)
    assert answer.translated_text == "ONE. TWO"
    assert (answer.source_lang, answer.target_lang) == ("eng_Latn", "fra_Latn")
    assert (answer.detected_source_lang, answer.confidence) == (None, None)
    assert answer.model_name == "echo"
    assert answer.metadata == {"segments": 2, "tokens_in": 2, "tokens_out": 4, "demo": True}
    assert answer.processing_time_ms > 0


async def test_a_text_in_the_target_language_is_not_sent_to_the_model(served: Served) -> None:
    text = "Good morning, how are you today?  \n"
    answer = await served.translator.translate(asked(text, source_lang="auto", target_lang="en"))
    assert answer.translated_text == text
    assert answer.detected_source_lang == "eng_Latn"
    assert served.model.calls == []


@pytest.mark.parametrize("text", ["", " ", "\n\t\u2003"])
async def test_a_blank_text_is_refused(served: Served, text: str) -> None:
    with pytest.raises(EmptyTextError):
        await served.translator.translate(asked(text))
    with pytest.raises(EmptyTextError):
        await served.translator.detect(text)


async def test_a_text_over_the_limit_is_refused_and_one_at_it_is_not() -> None:
    served = await Served(settings=ServiceSettings(max_text_chars=5)).load()
    assert (await served.translator.translate(asked("12 ab"))).translated_text == "12 AB"
    with pytest.raises(TextTooLongError) as refused:
        await served.translator.translate(asked("123456"))
    assert refused.value.details == {"limit": 5, "characters": 6}
    with pytest.raises(TextTooLongError):
        await served.translator.detect("123456")


async def test_nothing_is_translated_before_the_model_is_ready() -> None:
    with pytest.raises(ModelNotReadyError):
        await Served().translator.translate(ASKED)


async def test_the_deadline_ends_the_work() -> None:
    served = await Served(settings=ServiceSettings(timeout_s=0.05)).load()
    served.model.gate.clear()
    with pytest.raises(DeadlineExceededError, match=r"0\.05 seconds"):
        await served.translator.translate(ASKED)
    assert served.model.cancelled.is_set()


async def test_a_timeout_of_the_model_itself_is_not_the_deadline(served: Served) -> None:
    served.model.failure = TimeoutError("inside")
    with pytest.raises(TimeoutError, match="inside"):
        await served.translator.translate(asked("poison"))


async def test_a_stream_gives_each_segment_and_then_the_whole(served: Served) -> None:
    *segments, whole = [part async for part in served.translator.stream(ASKED)]
    assert [part.text for part in segments if isinstance(part, SegmentTranslation)] == [
        "ONE",
        "TWO",
    ]
    assert isinstance(whole, TranslationResponse)
    assert whole.translated_text == "ONE. TWO"
    assert whole.metadata == (await served.translator.translate(ASKED)).metadata


class SureModel(EchoModel):
    """An echo that knows how sure it is of each sentence, and another way to say it."""

    confidences: tuple[float | None, ...] = (0.9, 0.3)

    @override
    async def stream(
        self,
        text: str,
        source_lang: str,
        target_lang: str,
        options: TranslationOptions = TranslationOptions(),  # noqa: B008 - frozen
    ) -> AsyncIterator[SegmentTranslation]:
        async for segment in super().stream(text, source_lang, target_lang):
            others = (segment.text.title(),) if options.alternatives else ()
            sure = self.confidences[segment.index]
            yield replace(segment, confidence=sure, alternatives=others)


async def test_a_text_has_the_confidence_of_its_segments_by_length() -> None:
    served = await Served(SureModel()).load()
    before = metric("translation_confidence_count")
    answer = await served.translator.translate(asked("A long one. Two"))
    assert metric("translation_confidence_count") == before + 1
    assert answer.confidence is None  # that is the detection's
    assert answer.metadata["segment_confidences"] == [0.9, 0.3]
    assert answer.metadata["confidence"] == pytest.approx((0.9 * 10 + 0.3 * 3) / 13, abs=1e-4)
    assert answer.metadata["confidence_calibrated"] is False
    assert answer.alternatives == []


async def test_segments_without_a_confidence_are_told_apart_and_do_not_count() -> None:
    model = SureModel()
    model.confidences = (None, 0.3)
    served = await Served(model).load()
    metadata = (await served.translator.translate(ASKED)).metadata
    assert (metadata["confidence"], metadata["segment_confidences"]) == (0.3, [None, 0.3])


async def test_what_weights_with_a_table_say_is_calibrated() -> None:
    model = SureModel()
    table = Calibration(good="?", knots=((-1, 0), (0, 1)))
    model.manifest = MANIFEST.model_copy(update={"calibration": table})
    served = await Served(model).load()
    assert (await served.translator.translate(ASKED)).metadata["confidence_calibrated"] is True
    model.manifest = None
    assert (await served.translator.translate(ASKED)).metadata["confidence_calibrated"] is False


async def test_alternatives_of_the_whole_come_where_they_are_asked_for() -> None:
    served = await Served(SureModel()).load()
    request = asked("one. two", options={"alternatives": 1})
    answer = await served.translator.translate(request)
    assert (answer.translated_text, answer.alternatives) == ("ONE. TWO", ["One. Two"])
    *_, whole = [part async for part in served.translator.stream(request)]
    assert isinstance(whole, TranslationResponse)
    assert (whole.alternatives, whole.metadata) == (answer.alternatives, answer.metadata)


async def test_a_stream_may_take_the_deadline_for_every_segment() -> None:
    served = await Served(settings=ServiceSettings(timeout_s=0.05)).load()
    parts = served.translator.stream(ASKED)
    assert isinstance(await anext(parts), SegmentTranslation)
    served.model.gate.clear()
    with pytest.raises(DeadlineExceededError):
        await anext(parts)
    assert served.model.cancelled.is_set()


async def test_a_stream_that_is_left_ends_the_work(served: Served) -> None:
    served.model.gate.clear()
    parts = served.translator.stream(ASKED)
    waiting = asyncio.ensure_future(anext(parts))
    await served.model.busy.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert served.model.cancelled.is_set()


async def test_one_bad_item_of_a_batch_fails_alone_and_order_is_kept(served: Served) -> None:
    served.model.failure = TranslationError("The engine failed.")
    good = {"text": "good", "source_lang": "en", "target_lang": "fr"}
    items = [
        good,
        {**good, "text": " "},
        {"text": "no target"},
        17,
        {**good, "text": "poison"},
        {**good, "target_lang": "ja"},
        {**good, "source_lang": "fr"},
        {**good, "text": "last"},
    ]
    results = (await served.translator.translate_batch(items)).results
    outcomes = [
        one.error.code if one.error else one.result and one.result.translated_text
        for one in results
    ]
    assert outcomes == [
        "GOOD",
        "empty_text",
        "invalid_request",
        "invalid_request",
        "translation",
        "unsupported_language",
        "same_language",
        "LAST",
    ]
    assert all((one.result is None) != (one.error is None) for one in results)


async def test_an_unforeseen_error_in_an_item_says_nothing_of_the_inside(served: Served) -> None:
    item = {"text": "poison", "source_lang": "en", "target_lang": "fr"}
    [result] = (await served.translator.translate_batch([item])).results
    assert result.error is not None
    assert result.error.code == "internal"
    assert "poisoned" not in result.model_dump_json()


async def test_too_many_items_are_refused_whole() -> None:
    served = await Served(settings=ServiceSettings(max_batch_items=2)).load()
    assert len((await served.translator.translate_batch([1, 2])).results) == 2
    with pytest.raises(TextTooLongError):
        await served.translator.translate_batch([1, 2, 3])


async def test_a_batch_before_the_model_is_ready_is_refused_whole() -> None:
    with pytest.raises(ModelNotReadyError):
        await Served().translator.translate_batch([{}])


async def test_a_cancelled_batch_ends_all_of_its_items(served: Served) -> None:
    served.model.gate.clear()
    item = {"text": "x", "source_lang": "en", "target_lang": "fr"}
    work = asyncio.ensure_future(served.translator.translate_batch([item, item]))
    await served.model.busy.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert served.model.cancelled.is_set()


async def test_options_the_model_has_not_are_said(served: Served) -> None:
    answer = await served.translator.translate(asked("x", options={"formality": "formal"}))
    assert [warning.code for warning in answer.warnings] == [WarningCode.OPTION_IGNORED]


async def test_metrics_count_texts_by_outcome_characters_and_warnings(served: Served) -> None:
    def counts() -> list[float]:
        return [
            metric("translation_requests_total", outcome="ok"),
            metric("translation_requests_total", outcome="unsupported_language"),
            metric("translation_request_seconds_count"),
            metric("translation_characters_total", direction="in"),
            metric("translation_characters_total", direction="out"),
            metric("translation_warnings_total", code="option_ignored"),
        ]

    before = counts()
    await served.translator.translate(asked("four", options={"formality": "formal"}))
    with pytest.raises(UnsupportedLanguageError):
        await served.translator.translate(asked("x", target_lang="ja"))
    after = counts()
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1, 2, 4, 4, 1]


async def test_a_caller_who_leaves_is_counted_as_cancelled() -> None:
    served = await Served(EchoModel()).load()
    before = metric("translation_requests_total", outcome="cancelled")
    served.model.gate.clear()
    work = asyncio.ensure_future(served.translator.translate(ASKED))
    await served.model.busy.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert metric("translation_requests_total", outcome="cancelled") == before + 1


class Kept(Served):
    """Writes down what it is asked."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.file = StateFile(folder / "state.sqlite3")
        super().__init__(settings=ServiceSettings(**settings), state_file=self.file.path)

    async def usage(self) -> Usage:
        await self.lifecycle.stop()
        [usage] = self.file.usage()
        return usage


async def test_each_text_is_one_use_with_its_tokens(tmp_path: Path) -> None:
    served = Kept(tmp_path)
    await served.load()
    await served.translator.translate(ASKED)
    async for _ in served.translator.stream(ASKED):
        pass
    await served.translator.translate_batch([ASKED.model_dump(exclude_none=True)] * 3)
    usage = await served.usage()
    assert (usage.uses, usage.succeeded) == (5, 5)
    assert (usage.tokens_in, usage.tokens_out) == (10, 20)
    assert 0 < usage.mean_ms < 10_000


async def test_a_callers_mistake_is_neither_a_use_nor_a_failure(tmp_path: Path) -> None:
    served = Kept(tmp_path, max_text_chars=20)
    await served.load()
    wrong = [
        asked(" "),
        asked("x" * 21),
        asked("x", target_lang="ja"),
        asked("x", source_lang="fr"),
    ]
    for request in wrong:
        with pytest.raises(LinguaNexusError):
            await served.translator.translate(request)
    await served.translator.translate(ASKED)
    usage = await served.usage()
    assert (usage.uses, usage.succeeded) == (1, 1)


@pytest.mark.parametrize(
    "failure", [TranslationError("x"), OverloadedError("x"), RuntimeError("x")], ids=repr
)
async def test_a_failure_of_the_model_is_a_use_that_did_not_succeed(
    tmp_path: Path, failure: Exception
) -> None:
    served = Kept(tmp_path)
    await served.load()
    served.model.failure = failure
    with pytest.raises(type(failure)):
        await served.translator.translate(asked("poison"))
    usage = await served.usage()
    assert (usage.uses, usage.succeeded, usage.tokens_out, usage.mean_ms) == (1, 0, 0, 0)


async def test_a_caller_who_leaves_is_no_use(tmp_path: Path) -> None:
    served = Kept(tmp_path)
    await served.load()
    parts = served.translator.stream(ASKED)
    await anext(parts)
    await parts.aclose()
    served.model.gate.clear()
    served.model.busy.clear()
    work = asyncio.ensure_future(served.translator.translate(ASKED))
    await served.model.busy.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    await served.lifecycle.stop()
    assert served.file.usage() == []
