import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base.demo.calibration import Sample, check, fit


def drawn(count: int, seed: int) -> list[Sample]:
    """Samples of which each is good as often as its score's exponential says."""
    chance = random.Random(seed)
    scores = [math.log(chance.uniform(0.05, 1)) for _ in range(count)]
    return [Sample(score, chance.random() < math.exp(score)) for score in scores]


def test_a_table_finds_out_what_a_score_is_worth() -> None:
    table = fit(drawn(20_000, seed=1))
    for score in (-2.5, -1.5, -0.7, -0.1):
        assert table.share(score) == pytest.approx(math.exp(score), abs=0.05)
    found = check(table, drawn(20_000, seed=2))
    assert found.samples == 20_000
    assert found.good == pytest.approx(0.525, abs=0.02)
    assert found.error < 0.02
    assert 0.7 < found.auc < 0.9


@given(st.lists(st.builds(Sample, st.floats(-9, 0), st.booleans()), max_size=100))
def test_a_table_rises_whatever_it_is_made_of(samples: list[Sample]) -> None:
    ends = [Sample(-10, is_good=False)] * 100 + [Sample(0, is_good=True)] * 100
    shares = [share for _, share in fit([*samples, *ends]).knots]
    assert shares[0] < 1 / 2 < shares[-1]
    assert shares == sorted(shares)


def test_a_check_counts_equal_confidence_as_half() -> None:
    table = fit([Sample(-2, is_good=False)] * 16 + [Sample(-1, is_good=True)] * 16)
    even = [Sample(score, is_good) for score in (-2, -1) for is_good in (True, False)]
    found = check(table, even)
    assert (found.auc, found.error, found.good) == (0.5, 0.5, 0.5)
    right = check(table, [Sample(-2, is_good=False), Sample(-1, is_good=True)])
    assert (right.auc, right.error) == (1.0, 0.0)


def test_where_all_are_good_nothing_can_be_told_apart() -> None:
    table = fit(drawn(1000, seed=3))
    found = check(table, [Sample(-0.5, is_good=True)] * 4)
    assert math.isnan(found.auc)
    assert found.error == pytest.approx(1 - table.share(-0.5))


def test_too_few_sentences_make_no_table() -> None:
    with pytest.raises(ValueError, match="15 sentences are too few"):
        fit(drawn(15, seed=1))
