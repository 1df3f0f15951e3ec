from dataclasses import replace

from bentos.contract import Call
from bentos.gateway.legacy.adaptive_stages import Finished
from tests.bentos.gateway.legacy.adaptive_models import (
    ENGLISH,
    FRENCH,
    LONG,
    LONG_FRENCH,
    Book,
)
from tests.bentos.gateway.legacy.adaptive_runs import (
    WANTED,
    bad_unless_in_context,
    finished_by,
    pipeline_of,
    stages_of,
)


async def test_the_draft_of_a_good_model_stands() -> None:
    models = Book()
    finished = await finished_by(models, WANTED)
    assert finished.translation == LONG_FRENCH
    assert (finished.optimised, finished.cache_hit) == (False, False)
    assert finished.details["needs_optimization"] is False
    assert "\n\n".join(request.text for request, _ in models.asked) == LONG


async def test_fast_is_never_optimised_unless_forced() -> None:
    fast = replace(WANTED, preference="fast")
    models = Book(bad_unless_in_context)
    assert not (await finished_by(models, fast)).optimised
    assert all(request.options.context is None for request, _ in models.asked)
    assert (await finished_by(models, replace(fast, forced=True))).optimised


async def test_quality_asks_for_more_than_balanced() -> None:
    assert replace(WANTED, preference="quality").threshold == 0.85
    assert WANTED.threshold == replace(WANTED, preference="unheard of").threshold == 0.8


async def test_an_answer_cut_short_by_time_is_not_kept() -> None:
    models = Book(bad_unless_in_context)
    pipeline = pipeline_of(models, entries=5)
    wanted = replace(WANTED, text=ENGLISH, optimisation_s=0)
    await stages_of(pipeline, wanted)
    *_, last = await stages_of(pipeline, replace(wanted, optimisation_s=9))
    assert isinstance(last, Finished)
    assert (last.cache_hit, last.translation) == (False, FRENCH)


async def test_closing_ends_the_work() -> None:
    models = Book()
    stages = pipeline_of(models).stages(replace(WANTED, quick=True), Call())
    await anext(stages)
    await stages.aclose()
    assert len(models.asked) == 1
