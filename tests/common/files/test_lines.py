"""Texts in lines and shares: cut at words, about where they should be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.files.lines import shares, width_of, wrapped


@pytest.mark.parametrize(
    ("text", "weights", "pieces"),
    [
        ("one two three four", [1, 1], ["one two", "three four"]),
        ("one, two three four", [1, 2], ["one,", "two three four"]),
        ("a <b>bold word</b>", [1, 1], ["a <b>bold", "word</b>"]),
        ("一二三四五六", [1, 2], ["一二", "三四五六"]),
        ("one", [1, 1, 1], ["one", "", ""]),
        ("", [1, 1], ["", ""]),
    ],
)
def test_shares_are_cut_at_words(text: str, weights: list[int], pieces: list[str]) -> None:
    assert shares(text, weights) == pieces


def test_a_tag_is_not_cut() -> None:
    assert shares('<i class="a b c d e f">x</i> y', [9, 1])[0].startswith('<i class="a b c d e f">')


def test_lines_are_as_many_as_before_or_as_it_takes() -> None:
    assert wrapped("short", 2, 42) == ["short"]
    assert len(wrapped("word " * 9, 2, 42)) == 2
    assert len(wrapped("word " * 20, 1, 42)) == 3
    assert all(width_of(line) <= 42 for line in wrapped("word " * 20, 1, 42))


def test_wide_letters_are_two_columns_and_tags_none() -> None:
    assert (width_of("日本"), width_of("ab"), width_of("<b>ab</b>")) == (4, 2, 2)


@settings(deadline=None)
@given(st.text("ab ,<>日"), st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_no_word_is_lost(text: str, weights: list[int]) -> None:
    pieces = shares(text, weights)
    assert len(pieces) == len(weights)
    assert "".join("".join(pieces).split()) == "".join(text.split())
