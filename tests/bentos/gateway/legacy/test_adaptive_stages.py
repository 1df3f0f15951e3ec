from dataclasses import replace

import pytest

from bentos.gateway.legacy.adaptive_stages import off_loop, piece_of
from tests.bentos.gateway.legacy.adaptive_runs import WANTED


@pytest.mark.parametrize("part", ["", " \n", "text", "  two words\r\n\t", "\u3000文\u3000"])
def test_a_piece_keeps_its_white_space_to_itself(part: str) -> None:
    piece = piece_of(part)
    assert piece.text == part.strip()
    assert f"{piece.head}{piece.text}{piece.tail}" == part
    piece.translation = piece.text
    assert piece.whole() == part


@pytest.mark.parametrize(
    ("preference", "threshold"),
    [("fast", 0), ("balanced", 0.8), ("quality", 0.85), ("unheard of", 0.8)],
)
def test_a_preference_says_below_what_is_optimised(preference: str, threshold: float) -> None:
    assert replace(WANTED, preference=preference).threshold == threshold


@pytest.mark.parametrize("size", [1, 1_000_000])
async def test_the_result_is_the_same_on_a_thread(size: int) -> None:
    assert await off_loop(size, sorted, [2, 1], reverse=True) == [2, 1]
