from contextlib import aclosing
from dataclasses import replace

import pytest

from bentos.gateway.contract import Call
from bentos.gateway.legacy.adaptive_cache import AnswerCache
from bentos.gateway.legacy.adaptive_pipeline import Pipeline
from bentos.gateway.legacy.adaptive_quality import Assessor
from bentos.gateway.legacy.adaptive_stages import Finished, Progress, Stage, Wanted
from models.base.exceptions import OverloadedError, TranslationError
from models.base.request_models import TranslationRequest
from tests.bentos.gateway.legacy.adaptive_models import (
    DEUXIEME,
    ENGLISH,
    FRENCH,
    LONG,
    LONG_FRENCH,
    SECOND,
    Book,
    Translate,
    by_book,
)

WANTED = Wanted(text=LONG, source="eng_Latn", target="fra_Latn")
ASSESSOR = Assessor()


class Ticking:
    """A clock that gains a second each time it is read."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def pipeline_of(models: Book, entries: int = 0) -> Pipeline:
    return Pipeline(models, ASSESSOR, AnswerCache(entries, 60), Ticking())


async def stages_of(pipeline: Pipeline, wanted: Wanted) -> list[Stage]:
    async with aclosing(pipeline.stages(wanted, Call())) as stages:
        return [stage async for stage in stages]


async def finished_by(models: Book, wanted: Wanted) -> Finished:
    *_, last = await stages_of(pipeline_of(models), wanted)
    assert isinstance(last, Finished)
    return last


def bad_unless_in_context(request: TranslationRequest) -> str:
    return by_book(request) if request.options.context else "mauvais " * 20


def bad_unless_short(request: TranslationRequest) -> str:
    return by_book(request) if len(request.text) <= 100 else "mauvais " * 20


async def test_the_draft_of_a_good_model_stands() -> None:
    models = Book()
    finished = await finished_by(models, WANTED)
    assert finished.translation == LONG_FRENCH
    assert (finished.optimised, finished.cache_hit) == (False, False)
    assert finished.details["needs_optimization"] is False
    assert "\n\n".join(request.text for request, _ in models.asked) == LONG


async def test_what_is_quick_begins_with_one_chunk() -> None:
    first, *_ = await stages_of(pipeline_of(Book()), replace(WANTED, quick=True))
    assert isinstance(first, Progress)
    assert first.details == {"chunks_done": 1, "chunks": 6}
    assert LONG_FRENCH.startswith(first.translation)


async def test_a_text_of_many_chunks_comes_in_batches() -> None:
    text = "\n\n".join([ENGLISH] * 200)
    stages = await stages_of(pipeline_of(Book()), replace(WANTED, text=text))
    drafts = [s for s in stages if isinstance(s, Progress) and s.stage == "semantic"]
    assert len(drafts) > 2
    assert drafts[-1].translation == "\n\n".join([FRENCH] * 200)


@pytest.mark.parametrize("better", [bad_unless_in_context, bad_unless_short])
async def test_a_weak_chunk_is_tried_again_in_other_ways(better: Translate) -> None:
    finished = await finished_by(Book(better), replace(WANTED, text=f"{ENGLISH} {SECOND}"))
    assert finished.translation == f"{FRENCH} {DEUXIEME}"
    assert finished.optimised
    assert finished.assessment.grade == "A"


async def test_what_does_not_help_is_not_taken() -> None:
    finished = await finished_by(Book(lambda request: request.text), WANTED)
    assert (finished.translation, finished.optimised) == (LONG, False)
    assert finished.assessment.grade == "F"
    assert finished.details["needs_optimization"] is True


async def test_fast_is_never_optimised_unless_forced() -> None:
    fast = replace(WANTED, preference="fast")
    models = Book(bad_unless_in_context)
    assert not (await finished_by(models, fast)).optimised
    assert all(request.options.context is None for request, _ in models.asked)
    assert (await finished_by(models, replace(fast, forced=True))).optimised


async def test_quality_asks_for_more_than_balanced() -> None:
    assert replace(WANTED, preference="quality").threshold == 0.85
    assert WANTED.threshold == replace(WANTED, preference="unheard of").threshold == 0.8


async def test_optimisation_ends_with_its_time() -> None:
    wanted = replace(WANTED, optimisation_s=0)
    finished = await finished_by(Book(bad_unless_in_context), wanted)
    assert finished.details["optimization"] == {
        "attempts": 0,
        "chunks_replaced": 0,
        "stopped": "time",
    }


async def test_an_attempt_that_takes_too_long_is_given_up() -> None:
    models = Book(bad_unless_in_context)
    models.hold_from = 1
    wanted = replace(WANTED, text=ENGLISH, optimisation_s=1.01)
    finished = await finished_by(models, wanted)
    assert models.cancelled.is_set()
    assert not finished.optimised


async def test_a_draft_that_fails_is_an_error() -> None:
    models = Book()
    models.failing_from, models.error = 2, TranslationError("It broke.")
    with pytest.raises(TranslationError):
        await finished_by(models, WANTED)


async def test_a_failure_after_the_draft_leaves_it_standing() -> None:
    models = Book(lambda request: request.text)
    models.failing_from, models.error = 1, OverloadedError("Full.")
    finished = await finished_by(models, replace(WANTED, text=ENGLISH))
    assert finished.translation == ENGLISH
    optimization = finished.details["optimization"]
    assert isinstance(optimization, dict)
    assert optimization["stopped"] == "overloaded"


async def test_an_answer_cut_short_by_time_is_not_kept() -> None:
    models = Book(bad_unless_in_context)
    pipeline = pipeline_of(models, entries=5)
    wanted = replace(WANTED, text=ENGLISH, optimisation_s=0)
    await stages_of(pipeline, wanted)
    *_, last = await stages_of(pipeline, replace(wanted, optimisation_s=9))
    assert isinstance(last, Finished)
    assert (last.cache_hit, last.translation) == (False, FRENCH)


async def test_one_language_is_found_for_the_whole_text() -> None:
    models = Book()
    finished = await finished_by(models, replace(WANTED, source="auto"))
    assert {request.source_lang for request, _ in models.asked} == {"eng_Latn"}
    assert finished.details["detected_source"] == "eng_Latn"


async def test_a_short_text_is_left_to_the_model_to_detect() -> None:
    models = Book()
    finished = await finished_by(models, replace(WANTED, text=ENGLISH, source="auto"))
    assert [request.source_lang for request, _ in models.asked] == ["auto"]
    assert finished.details["detected_source"] == "eng_Latn"


async def test_closing_ends_the_work() -> None:
    models = Book()
    stages = pipeline_of(models).stages(replace(WANTED, quick=True), Call())
    await anext(stages)
    await stages.aclose()
    assert len(models.asked) == 1
