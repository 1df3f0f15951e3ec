import random
import sys
from dataclasses import replace

import pytest

from common.state.records import Use, Weights
from common.state.tally import Tally

WEIGHTS = Weights("nllb", "1", "a/b", "int8")


def tally_of(uses: list[Use]) -> Tally:
    tally = Tally()
    for place, use in enumerate(uses):
        tally.count(use, 1000.0 + place)
    return tally


def test_failures_have_no_part_in_times_and_tokens_do() -> None:
    uses = [Use(0.1, succeeded=True, tokens_in=3, tokens_out=4), Use(9.0, succeeded=False)]
    usage = tally_of([*uses, Use(0.3, succeeded=True, tokens_in=1)]).usage(WEIGHTS)
    assert (usage.uses, usage.succeeded, usage.tokens_in, usage.tokens_out) == (3, 2, 4, 4)
    assert usage.mean_ms == pytest.approx(200)
    assert usage.p95_ms == pytest.approx(300, rel=0.05)
    assert usage.last_used.timestamp() == 1002


def test_where_nothing_succeeded_there_is_no_time() -> None:
    usage = tally_of([Use(9.0, succeeded=False)]).usage(WEIGHTS)
    assert (usage.uses, usage.mean_ms, usage.p95_ms) == (1, 0, 0)


def test_two_add_up_to_what_one_would_have_counted() -> None:
    chance = random.Random(2)
    uses = [
        Use(chance.expovariate(1), succeeded=chance.random() < 0.9, tokens_in=n) for n in range(99)
    ]
    added, rest, whole = Tally(), Tally(), tally_of(uses)
    for place, use in enumerate(uses):
        (added if chance.random() < 0.3 else rest).count(use, 1000.0 + place)
    added.add(rest)
    assert added.seconds == pytest.approx(whole.seconds)
    added.seconds = whole.seconds
    assert added == whole


def test_it_does_not_grow_with_the_number_of_requests() -> None:
    chance = random.Random(3)
    tally = Tally()
    for _ in range(20_000):
        tally.count(Use(chance.lognormvariate(0, 9), succeeded=True), 1.0)
    assert len(tally.durations) <= 201
    assert sys.getsizeof(tally.durations) < 20_000


def test_an_earlier_use_that_is_added_later_is_not_the_last() -> None:
    tally, earlier = tally_of([Use(1, succeeded=True)]), Tally(last_used=10.0)
    tally.add(replace(earlier))
    assert tally.last_used == 1000
