import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from models.engines.llamacpp.scores import log_probabilities

SCORES = arrays(
    np.float32,
    st.tuples(st.integers(1, 5), st.integers(1, 40)),
    elements=st.floats(-60, 60, width=32),
)


@given(SCORES)
def test_each_rows_probabilities_make_one_together(scores: NDArray[np.float32]) -> None:
    rows, tokens = scores.shape
    before = scores.copy()
    each = [log_probabilities(scores, [token] * rows) for token in range(tokens)]
    assert np.exp(np.array(each)).sum(axis=0) == pytest.approx(np.ones(rows), rel=1e-4)
    assert (scores == before).all()


def test_a_large_vocabulary_is_computed_in_blocks_of_rows() -> None:
    scores = np.random.default_rng(1).normal(size=(5, 120_000)).astype(np.float32)
    tokens = [7, 0, 119_999, 500, 7]
    exact = scores.astype(np.float64)
    wanted = [
        row[token] - np.log(np.exp(row).sum()) for row, token in zip(exact, tokens, strict=True)
    ]
    assert log_probabilities(scores, tokens) == pytest.approx(wanted, abs=1e-5)


def test_what_is_impossible_is_told_as_such() -> None:
    scores = np.array([[0.0, -np.inf], [1000.0, -1000.0]], np.float32)
    assert log_probabilities(scores, [1, 0]) == [-np.inf, 0.0]


def test_no_rows_have_no_scores() -> None:
    assert log_probabilities(np.empty((0, 10), np.float32), []) == []
