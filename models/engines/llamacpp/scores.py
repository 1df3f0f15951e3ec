"""How likely chosen tokens were, by a step's scores; computes no step and chooses nothing."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_AT_ONCE = 1 << 18
"""Scores whose exponentials are held at a time: so many stay in a core's own cache."""


def log_probabilities(scores: NDArray[np.float32], tokens: Sequence[int]) -> list[float]:
    """Of a token of each row, under the softmax of the row; `scores` are left as they are."""
    at_once = max(1, _AT_ONCE // scores.shape[1])
    found: list[float] = []
    for first in range(0, len(tokens), at_once):
        rows, chosen = scores[first : first + at_once], tokens[first : first + at_once]
        highest = rows.max(axis=1)
        shifted = rows - highest[:, np.newaxis]
        own = shifted[np.arange(len(chosen)), chosen]
        np.exp(shifted, out=shifted)
        found += (own - np.log(shifted.sum(axis=1))).tolist()
    return found
