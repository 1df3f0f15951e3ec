from dataclasses import replace

import pytest

from models.base.exceptions import OverloadedError
from tests.bentos.gateway.legacy.adaptive_models import (
    DEUXIEME,
    ENGLISH,
    FRENCH,
    LONG,
    SECOND,
    Book,
    Translate,
)
from tests.bentos.gateway.legacy.adaptive_runs import (
    WANTED,
    bad_unless_in_context,
    bad_unless_short,
    finished_by,
)


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


async def test_a_failure_after_the_draft_leaves_it_standing() -> None:
    models = Book(lambda request: request.text)
    models.failing_from, models.error = 1, OverloadedError("Full.")
    finished = await finished_by(models, replace(WANTED, text=ENGLISH))
    assert finished.translation == ENGLISH
    optimization = finished.details["optimization"]
    assert isinstance(optimization, dict)
    assert optimization["stopped"] == "overloaded"
