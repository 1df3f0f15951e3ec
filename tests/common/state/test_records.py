from dataclasses import FrozenInstanceError

import pytest

from common.state.records import Use, Weights


def test_weights_are_a_key() -> None:
    made = {Weights("nllb", "1", "a/b", "int8"): 1}
    assert made[Weights("nllb", "1", "a/b", "int8")] == 1
    assert Weights("nllb", "1", "a/b") not in made
    with pytest.raises(FrozenInstanceError):
        next(iter(made)).bento = "aya"  # type: ignore[misc]


def test_a_use_may_have_had_no_tokens() -> None:
    use = Use(1.5, succeeded=False)
    assert (use.tokens_in, use.tokens_out) == (0, 0)
