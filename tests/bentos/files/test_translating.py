"""A file's texts through models: each once, with patience, and with what is to be said of them."""

from collections.abc import Callable

import pytest

from bentos.contract import Call
from bentos.errors import BackendError, QuotaExceededError, RateLimitedError
from bentos.files.job import FileRequest
from bentos.files.translating import FileTranslation
from common.files.document import FileText
from models.base.exceptions import (
    DeadlineExceededError,
    EmptyTextError,
    LinguaNexusError,
    ModelNotReadyError,
    OverloadedError,
    TranslationError,
    UnsupportedLanguageError,
)
from models.base.request_models import TranslationRequest
from models.base.translation_model import TranslationOptions, WarningCode
from tests.bentos.files.fakes import ShoutingModels

ENGLISH = FileRequest(source_lang="en", target_lang="fr")
KEEPING = FileRequest(source_lang="en", target_lang="fr", on_error="keep")


class Desk:
    """A translation over models, and how long it slept."""

    def __init__(
        self, models: ShoutingModels, wanted: FileRequest = ENGLISH, patience_s: float = 60
    ) -> None:
        self.models = models
        self.slept: list[float] = []
        self.translation = FileTranslation(
            models, Call(model="m"), wanted, patience_s=patience_s, sleep=self._sleep
        )

    async def run(self, *texts: str) -> list[str]:
        return await self.translation.run([FileText(text) for text in texts])

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def first(
    times: int, error: LinguaNexusError
) -> Callable[[TranslationRequest], LinguaNexusError | None]:
    """Fails so many times, then no more."""
    left = [error] * times
    return lambda _: left.pop() if left else None


async def test_texts_come_back_in_order_and_each_is_asked_for_once() -> None:
    desk = Desk(ShoutingModels())
    assert await desk.run("a", "42", "b", "a", " ") == ["A", "42", "B", "A", " "]
    [batch] = desk.models.batches
    assert [request.text for request in batch] == ["a", "b"]
    report = desk.translation.report
    assert (report.texts, report.texts_done, report.characters, report.progress) == (3, 3, 2, 1)
    assert report.model == "m"


async def test_the_same_text_in_another_format_is_another() -> None:
    desk = Desk(ShoutingModels())
    await desk.translation.run([FileText("a"), FileText("a", "html")])
    assert [request.format for request in desk.models.batches[0]] == ["text", "html"]


async def test_so_few_go_together_that_others_come_between() -> None:
    desk = Desk(ShoutingModels())
    await desk.run(*(f"text {n}" for n in range(60)), "x" * 5000, "y" * 2000, "z" * 2000)
    assert [len(batch) for batch in desk.models.batches] == [24, 24, 12, 1, 1, 1]


async def test_the_language_is_told_once_from_many_texts() -> None:
    desk = Desk(ShoutingModels(language="deu_Latn"), FileRequest(target_lang="fr"))
    texts = [FileText("<p>eins</p>", "html"), *(FileText(f"wort {n} " * 50) for n in range(100))]
    await desk.translation.run(texts)
    [sample] = desk.models.samples
    assert sample.startswith(" eins \nwort 0")
    assert 10_000 <= len(sample) < 11_000
    assert {request.source_lang for batch in desk.models.batches for request in batch} == {
        "deu_Latn"
    }
    assert desk.translation.report.detected_source_lang == "deu_Latn"


@pytest.mark.parametrize(
    ("language", "code"),
    [("und", WarningCode.LOW_CONFIDENCE), ("fra_Latn", WarningCode.SAME_LANGUAGE)],
)
async def test_what_needs_no_translation_stays(language: str, code: WarningCode) -> None:
    desk = Desk(ShoutingModels(language=language), FileRequest(target_lang="fr"))
    assert await desk.run("a b") == ["a b"]
    assert desk.models.batches == []
    assert desk.translation.report.warnings == {code: 1}


async def test_nothing_to_translate_asks_nobody() -> None:
    desk = Desk(ShoutingModels(), FileRequest(target_lang="fr"))
    assert await desk.run("1", "") == ["1", ""]
    assert desk.models.samples == []
    assert desk.translation.report.progress == 0


async def test_options_go_along_and_what_became_of_terms_comes_back() -> None:
    options = TranslationOptions(glossary={"a": "b", "c": "d"})
    desk = Desk(ShoutingModels(), FileRequest(source_lang="en", target_lang="fr", options=options))
    await desk.run("a", "c")
    report = desk.translation.report
    assert (list(report.applied), list(report.missed)) == (["a"], ["c"])
    assert report.warnings == {WarningCode.REPETITION: 2}


@pytest.mark.parametrize(
    ("error", "waits"),
    [
        (OverloadedError("Full.", 7), [7, 7]),
        (ModelNotReadyError("Loading.", retry_after_s=5), [5, 5]),
        (ModelNotReadyError("Loading.", retry_after_s=0), [1, 1]),
        (BackendError(), [1, 1]),
        (RateLimitedError(3), [3, 3]),
    ],
)
async def test_what_is_only_not_now_is_tried_again(
    error: LinguaNexusError, waits: list[float]
) -> None:
    desk = Desk(ShoutingModels(first(2, error)))
    assert await desk.run("a") == ["A"]
    assert desk.slept == waits


async def test_only_what_failed_is_asked_for_again() -> None:
    failed = first(1, OverloadedError("Full."))
    desk = Desk(ShoutingModels(lambda one: failed(one) if one.text == "b" else None))
    assert await desk.run("a", "b", "c") == ["A", "B", "C"]
    assert [[one.text for one in batch] for batch in desk.models.batches] == [
        ["a", "b", "c"],
        ["b"],
    ]


async def test_a_refusal_of_all_is_each_ones() -> None:
    models = ShoutingModels()
    models.refusal = OverloadedError("Full.", 50)
    desk = Desk(models)
    with pytest.raises(OverloadedError):
        await desk.run("a")
    assert desk.slept == [50]  # a second time would be longer than there is patience


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (BackendError(), 3),
        (ModelNotReadyError("The model is not available: failed."), 1),
        (UnsupportedLanguageError("fra_Latn"), 1),
        (QuotaExceededError(1, 0, 100), 1),
        (TranslationError("No."), 1),
    ],
)
async def test_what_stays_wrong_fails_the_file(error: LinguaNexusError, asked: int) -> None:
    desk = Desk(ShoutingModels(lambda _: error))
    with pytest.raises(type(error)):
        await desk.run("a")
    assert len(desk.models.batches) == asked


async def test_what_took_too_long_among_others_is_tried_alone() -> None:
    failed = first(1, DeadlineExceededError("Late."))
    desk = Desk(ShoutingModels(lambda one: failed(one) if one.text == "b" else None))
    assert await desk.run("a", "b") == ["A", "B"]
    assert [len(batch) for batch in desk.models.batches] == [2, 1]


async def test_after_what_took_too_long_less_goes_together() -> None:
    failed = first(1, DeadlineExceededError("Late."))
    desk = Desk(ShoutingModels(lambda one: failed(one) if one.text[0] == "0" else None))
    await desk.run(*(f"{number}{'x' * 999}" for number in range(7)))
    assert [len(batch) for batch in desk.models.batches] == [3, 1, 1, 1, 1, 1]


async def test_what_took_too_long_alone_is_not_tried_again() -> None:
    desk = Desk(ShoutingModels(lambda _: DeadlineExceededError("Late.")))
    with pytest.raises(DeadlineExceededError):
        await desk.run("a")
    assert len(desk.models.batches) == 1


async def test_markup_without_words_stays_and_is_no_failure() -> None:
    desk = Desk(ShoutingModels(lambda _: EmptyTextError("Blank.")))
    assert await desk.run("<br>") == ["<br>"]
    assert desk.translation.report.kept == []


async def test_texts_that_fail_may_be_kept_and_are_listed() -> None:
    failing = lambda one: TranslationError("No.") if one.text == "b" else None  # noqa: E731
    desk = Desk(ShoutingModels(failing), KEEPING)
    assert await desk.run("a", "b", "c", "b") == ["A", "b", "C", "b"]
    assert [(one.text, one.code) for one in desk.translation.report.kept] == [
        (1, "translation"),
        (3, "translation"),
    ]


async def test_the_list_of_kept_texts_has_an_end() -> None:
    desk = Desk(ShoutingModels(lambda _: TranslationError("No.")), KEEPING)
    await desk.run(*(f"text {n}" for n in range(1100)))
    assert len(desk.translation.report.kept) == 1000


async def test_what_would_fail_every_text_is_not_kept() -> None:
    desk = Desk(ShoutingModels(lambda _: UnsupportedLanguageError("fra_Latn")), KEEPING)
    with pytest.raises(UnsupportedLanguageError):
        await desk.run("a")
