import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.markup.html_tokens import Attribute, Token, TokenKind, attributes, tokens

PIECES = st.lists(st.sampled_from([*"<>/!-=\"'ab \n&;?[]", "<script>", "</script>", "<!--", "-->"]))
HOSTILE = [
    "<",
    "<a ",
    '<a href="',
    "<!--",
    "<![CDATA[",
    "<b>",
    "</b",
    "<script>",
    "<?",
    "</ ",
    "<a =",
]


def kinds(source: str) -> list[tuple[str, str]]:
    return [(token.kind.name, token.raw) for token in tokens(source)]


@given(PIECES.map("".join))
def test_tokens_joined_are_the_source(source: str) -> None:
    assert "".join(token.raw for token in tokens(source)) == source


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b > c", [("TEXT", "a < b > c")]),
        ("<p>x</p >", [("START", "<p>"), ("TEXT", "x"), ("END", "</p >")]),
        ("<!-- <b> -->x", [("OTHER", "<!-- <b> -->"), ("TEXT", "x")]),
        ("<!-->x", [("OTHER", "<!-->"), ("TEXT", "x")]),
        ("<!doctype html>", [("OTHER", "<!doctype html>")]),
        ("<?php a->b ?>x", [("OTHER", "<?php a->b ?>"), ("TEXT", "x")]),
        ("<![CDATA[<b>]]>x", [("OTHER", "<![CDATA[<b>]]>"), ("TEXT", "x")]),
        ("</>x", [("OTHER", "</>"), ("TEXT", "x")]),
        ("<a b='>' c=\">\">", [("START", "<a b='>' c=\">\">")]),
        ('<a b="c', [("OTHER", '<a b="c')]),
        ("<script>a<b</script>", [("START", "<script>"), ("OTHER", "a<b"), ("END", "</script>")]),
        ("<title>a<b</title>", [("START", "<title>"), ("TEXT", "a<b"), ("END", "</title>")]),
        ("<script/>a", [("START", "<script/>"), ("TEXT", "a")]),
        ("<script/></script>a", [("START", "<script/>"), ("END", "</script>"), ("TEXT", "a")]),
        ("<style>a", [("START", "<style>"), ("OTHER", "a")]),
        ("<script></script>", [("START", "<script>"), ("END", "</script>")]),
    ],
)
def test_a_source_is_cut_as_browsers_do(source: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(source) == expected


def test_names_are_in_lower_case() -> None:
    assert [token.name for token in tokens("<DIV/>x</Div>")] == ["div", "", "div"]


def test_attributes_have_their_places() -> None:
    tag = Token(TokenKind.START, "<a B='x' c=\"y\" d=z e>", "a")
    found = list(attributes(tag))
    assert found == [
        Attribute("b", "x", 6, 7, "'"),
        Attribute("c", "y", 12, 13, '"'),
        Attribute("d", "z", 17, 18, ""),
        Attribute("e", "", 20, 20, ""),
    ]
    assert [tag.raw[one.start : one.end] for one in found] == ["x", "y", "z", ""]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_broken_document_takes_linear_time(piece: str) -> None:
    began = time.perf_counter()
    assert sum(len(token.raw) for token in tokens(piece * 100_000)) == len(piece) * 100_000
    assert time.perf_counter() - began < 20
