import pytest

from models.base.quality import expected_pieces, is_loop

SENTENCE = ["▁the", "▁man", "▁goes", "▁home", "▁at", "▁night", "▁and", "▁sleeps", "."]


def test_growth_is_bounded_by_the_source_and_by_the_limit() -> None:
    assert expected_pieces(10, 1000) < expected_pieces(20, 1000) < expected_pieces(10_000, 1000)
    assert expected_pieces(10_000, 1000) == 1000


@pytest.mark.parametrize(
    "output",
    [
        ["▁no"] * 9,
        ["▁de", "▁la"] * 5,
        SENTENCE * 3,
        ["▁He", "▁said", *(["▁that", "▁he", "▁said"] * 6)],
    ],
)
def test_saying_it_over_and_over_is_a_loop(output: list[str]) -> None:
    assert is_loop(output, SENTENCE)


@pytest.mark.parametrize(
    "output",
    [
        [],
        SENTENCE,
        SENTENCE * 2,
        ["▁very", "▁very", "▁very", "▁good", "."],
        ["▁1", *"000" * 4],
        ["-"] * 60,
        [piece for animal in ("▁dog", "▁cat", "▁cow", "▁hen") for piece in ("▁and", "▁a", animal)],
    ],
)
def test_ordinary_repetition_is_none(output: list[str]) -> None:
    assert not is_loop(output, SENTENCE)


def test_what_the_source_repeats_may_be_repeated() -> None:
    assert not is_loop(["▁non"] * 10, ["▁no"] * 10)
    assert is_loop(["▁non"] * 40, ["▁no"] * 10)
