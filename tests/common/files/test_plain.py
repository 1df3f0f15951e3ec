"""Plain text comes back with its encoding, its line ends and its blank lines."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from common.files.document import FileOptions, Limits
from common.files.plain import pieces, read
from tests.common.files.rendering import texts_of, translated


def test_paragraphs_are_translated_and_all_between_them_stays() -> None:
    assert translated("\n\n one\ntwo \n\n\nthree\n 4 \n", "a.txt") == (
        "\n\n ONE\nTWO \n\n\nTHREE\n 4 \n"
    )


def test_a_long_text_is_cut_between_paragraphs() -> None:
    paragraph = "A sentence of some words. " * 30
    texts = texts_of(f"{paragraph}\n\n" * 8, "a.txt")
    assert len(texts) == 4
    assert all(text.startswith("A sentence") and text.endswith("words.") for text in texts)


def test_one_long_line_is_cut_between_sentences() -> None:
    texts = texts_of("This is one more sentence. " * 1000, "a.txt")
    assert len(texts) > 5
    assert max(map(len, texts)) <= 3000
    assert all(text.startswith("This is") and text.endswith("sentence.") for text in texts)


def test_line_ends_of_dos_are_not_shown_and_come_back() -> None:
    data = "one\r\ntwo\r\n"
    assert texts_of(data, "a.txt") == ["one\ntwo"]
    assert translated(data, "a.txt") == "ONE\r\nTWO\r\n"


def test_mixed_line_ends_stay() -> None:
    assert translated("one\r\ntwo\nthree", "a.txt") == "ONE\r\nTWO\nTHREE"


def test_without_letters_there_is_nothing_to_translate() -> None:
    assert texts_of("", "a.txt") == texts_of(" 1 + 1 = 2\n", "a.txt") == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_the_encoding_stays(encoding: str) -> None:
    text = "Überall hören wir schöne Töne über Äcker, Öfen und Straßen hinweg.\n" * 5
    data = text.encode(encoding)
    document = read(data, Limits(), FileOptions())
    assert document.render([one.text for one in document.texts]) == data
    shout = document.render([one.text.replace("wir", "ihr") for one in document.texts])
    assert shout.decode(encoding) == text.replace("wir", "ihr")


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8")))
@example("\r\n\r\r\n a")
@example("\ufeffa")
def test_what_is_not_translated_comes_back_byte_for_byte(text: str) -> None:
    data = text.replace("\0", "").encode()
    document = read(data, Limits(), FileOptions())
    assert document.render([one.text for one in document.texts]) == data


@settings(deadline=None)
@given(st.text(alphabet="a.b \n\r\t", max_size=400))
def test_pieces_are_in_order_and_between_them_is_white_space(text: str) -> None:
    done = 0
    for start, end in pieces(text):
        assert not text[done:start].strip()
        assert text[start:end].strip()
        done = end
    assert not text[done:].strip()
