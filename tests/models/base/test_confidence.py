import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.base.confidence import BROKEN, Calibration, confidence, text_confidence

TABLE = Calibration(good="said to be good", knots=((-2.0, 0.1), (-1.0, 0.5), (-0.5, 0.5), (0, 1)))
SCORES = st.floats(-20, 0)


@pytest.mark.parametrize(
    ("score", "share"),
    [(-9, 0.1), (-2, 0.1), (-1.5, 0.3), (-1, 0.5), (-0.7, 0.5), (-0.25, 0.75), (0, 1), (0.1, 1)],
)
def test_between_knots_lie_straight_lines(score: float, share: float) -> None:
    assert TABLE.share(score) == pytest.approx(share)


@given(SCORES, SCORES)
def test_a_higher_score_is_never_less_sure(one: float, other: float) -> None:
    low, high = sorted((one, other))
    for table in (TABLE, None):
        low_share, high_share = confidence(low, table), confidence(high, table)
        assert low_share is not None
        assert high_share is not None
        assert 0 <= low_share <= high_share <= 1


@pytest.mark.parametrize(
    "knots",
    [
        ((0.0, 0.5),),
        ((-1.0, 0.5), (-2.0, 0.6)),
        ((-1.0, 0.5), (-1.0, 0.6)),
        ((-2.0, 0.6), (-1.0, 0.5)),
        ((-2.0, 0.6), (-1.0, 1.1)),
        ((-2.0, -0.1), (-1.0, 0.1)),
        ((-math.inf, 0.1), (-1.0, 0.5)),
        ((math.nan, 0.1), (-1.0, 0.5)),
    ],
)
def test_a_table_that_does_not_rise_is_refused(knots: object) -> None:
    with pytest.raises(ValidationError):
        Calibration.model_validate({"good": "?", "knots": knots})


def test_without_a_table_it_is_the_likelihood_of_a_token() -> None:
    assert confidence(math.log(0.25), None) == 0.25
    assert confidence(0.0, None) == 1.0


def test_a_broken_translation_has_next_to_none_however_sure_the_model_was() -> None:
    assert confidence(0.0, TABLE, is_broken=True) == BROKEN
    assert confidence(0.0, None, is_broken=True) == BROKEN
    assert confidence(-20.0, None, is_broken=True) == 0.0


def test_what_has_no_score_has_no_confidence() -> None:
    assert confidence(None, TABLE) is None
    assert confidence(None, TABLE, is_broken=True) is None


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_no_number_is_no_reason_to_be_sure(score: float) -> None:
    assert confidence(score, TABLE) == 0.0


def test_a_texts_is_the_mean_by_length() -> None:
    assert text_confidence([(0.9, 30), (0.1, 10)]) == 0.7
    assert text_confidence([(0.9, 30), (None, 1000)]) == 0.9
    assert text_confidence([(0.9, 0), (0.1, 0)]) == 0.5


def test_a_text_of_which_nothing_is_known_has_none() -> None:
    assert text_confidence([]) is None
    assert text_confidence([(None, 3)]) is None


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 10_000)), min_size=1))
def test_a_texts_lies_between_its_segments(segments: list[tuple[float, int]]) -> None:
    values = [value for value, _ in segments]
    whole = text_confidence(segments)
    assert whole is not None
    assert min(values) - 1e-4 <= whole <= max(values) + 1e-4
