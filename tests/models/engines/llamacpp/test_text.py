from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.engines.llamacpp.text import TextStream

STOPS = st.lists(st.text("ab\u00e9", min_size=1, max_size=4), max_size=3)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(places)]


@given(text=st.text(), cuts=st.lists(st.integers(0, 1000)))
def test_chunks_are_whole_characters_and_join_to_the_text(text: str, cuts: list[int]) -> None:
    stream = TextStream()
    chunks = [stream.feed(piece) for piece in pieces(text.encode(), cuts)]
    assert "\N{REPLACEMENT CHARACTER}" not in "".join(chunks) or "\ufffd" in text
    assert "".join(chunks) + stream.finish() == text


@given(text=st.text("ab\u00e9 "), stop=STOPS, cuts=st.lists(st.integers(0, 100)))
def test_text_ends_before_the_first_stop_text_however_it_is_cut(
    text: str, stop: list[str], cuts: list[int]
) -> None:
    stream = TextStream(tuple(stop))
    given = ""
    for piece in pieces(text.encode(), cuts):
        given += stream.feed(piece)
        if stream.stopped:
            break
    given += stream.finish()
    assert stream.stopped == any(each in text for each in stop)
    assert text.startswith(given)
    assert not any(each in given for each in stop)
    assert stream.stopped or given == text


def test_what_may_become_a_stop_text_is_held_back() -> None:
    stream = TextStream(("###", "END"))
    assert [stream.feed(piece) for piece in (b"a #", b"#", b"b E", b"N")] == ["a ", "", "##b ", ""]
    assert (stream.finish(), stream.stopped) == ("EN", False)


def test_nothing_comes_after_a_stop_text() -> None:
    stream = TextStream(("\n",))
    assert (stream.feed(b"one\ntwo"), stream.feed(b"three"), stream.finish()) == ("one", "", "")


@pytest.mark.parametrize("stop", [(), ("x",)])
def test_character_that_is_cut_off_at_the_end_is_replaced(stop: tuple[str, ...]) -> None:
    stream = TextStream(stop)
    assert stream.feed("\u65e5".encode()[:2]) == ""
    assert stream.finish() == "\ufffd"


def test_empty_stop_text_stops_nothing() -> None:
    assert TextStream(("",)).feed(b"text") == "text"
