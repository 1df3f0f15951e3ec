from collections import Counter
from collections.abc import Mapping
from html.parser import HTMLParser
from xml.parsers import expat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from common.markup.document import Format, parse
from common.markup.html_tokens import TokenKind, tokens

WORDS = st.sampled_from(
    ["one", "Two.", "three", "l'eau", "中文字。", "4", "été", "a < b", "&", "{0}"]
)
TRANSLATIONS = st.lists(
    st.sampled_from([*"abc .,!?{}<>&\"'0", "un ", "deux", "三四", "{0}", "{1}"])
)
NOISE = st.lists(
    st.sampled_from([*"<>/!?-=\"'&;# \n\r\tab*_`[]()|~\\{}.:1中é\0", "<b>", "</b>", "<a href=x>"])
).map("".join)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


@st.composite
def trees(draw: st.DrawFn, depth: int = 4) -> str:
    """Well-formed content: words, elements, points, and what is not translated."""
    parts = []
    for _ in range(draw(st.integers(0, 4))):
        kind = draw(st.integers(0, 7 if depth else 3))
        number = draw(st.integers(0, 99))
        if kind <= 2:
            parts.append(escaped(draw(WORDS)) + draw(st.sampled_from(["", " ", "\n "])))
        elif kind == 3:
            parts.append(draw(st.sampled_from(["<br/>", f'<x id="{number}"/>', "<!-- c -->"])))
        elif kind == 4:
            parts.append(f'<span translate="no">{escaped(draw(WORDS))}</span>')
        else:
            name = draw(st.sampled_from(["b", "i", "u"]))
            parts.append(f'<{name} n="{number}">{draw(trees(depth - 1))}</{name}>')
    return "".join(parts)


def tags_of(source: str) -> Counter[str]:
    kinds = {TokenKind.START, TokenKind.END, TokenKind.OTHER}
    return Counter(token.raw for token in tokens(source) if token.kind in kinds)


class Nesting(HTMLParser):
    """What is open at each place; fails where an end tag is not that of the last start tag."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert isinstance(attrs, list)
        self.open += [] if tag in {"br", "x"} else [tag]

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag not in {"br", "x"}:
            assert self.open.pop() == tag


def translated(source: str, markup: Format, translation: str) -> str:
    marked = parse(source, markup)
    return marked.render(dict.fromkeys(marked.texts(), translation))


@given(st.text() | NOISE)
@settings(max_examples=200)
@pytest.mark.parametrize("markup", ["html", "markdown"])
def test_what_is_not_translated_comes_back_as_it_was(markup: Format, source: str) -> None:
    marked = parse(source, markup)
    assert marked.render({}) == source
    assert marked.render({text: text for text in marked.texts("eng_Latn")}) == source


@given(trees())
def test_xml_that_is_not_translated_comes_back_as_it_was(source: str) -> None:
    marked = parse(source, "xml")
    assert marked.render({text: text for text in marked.texts()}) == source


@given(NOISE, TRANSLATIONS.map("".join))
@settings(max_examples=150)
@pytest.mark.parametrize("markup", ["html", "markdown"])
def test_whatever_a_document_holds_it_can_be_translated(
    markup: Format, source: str, translation: str
) -> None:
    assert isinstance(translated(source, markup, translation), str)


@given(trees(), TRANSLATIONS.map("".join))
@settings(max_examples=200)
def test_tags_of_html_come_back_each_once_and_well_nested(source: str, translation: str) -> None:
    result = translated(source, "html", translation)
    assert tags_of(result) == tags_of(source)
    nesting = Nesting()
    nesting.feed(result)
    nesting.close()
    assert nesting.open == []


@given(trees(), TRANSLATIONS.map("".join))
@settings(max_examples=200)
def test_tags_of_xml_come_back_each_once_and_well_nested(source: str, translation: str) -> None:
    result = translated(source, "xml", translation)
    expat.ParserCreate().Parse(f"<_>{result}</_>".encode(), True)
    assert tags_of(result) == tags_of(source)


@given(trees(), st.data())
def test_each_text_may_have_a_translation_of_its_own(source: str, data: st.DataObject) -> None:
    marked = parse(source, "html")
    found: Mapping[str, str] = {
        text: data.draw(TRANSLATIONS.map("".join)) for text in marked.texts()
    }
    assert tags_of(marked.render(found)) == tags_of(source)


def test_texts_are_each_once_blocks_before_spans() -> None:
    marked = parse("<p title='Hi'>A <b>b</b></p><p>A <i>b</i></p><p>c <b>A b</b></p>", "html")
    assert marked.blocks == ("Hi", "A b", "c A b")
    assert marked.spans() == ("b",)
    assert marked.texts() == ["Hi", "A b", "c A b", "b"]
    assert marked.visible() == "Hi\nA b\nc A b"


def test_only_what_is_less_than_a_sentence_is_a_span() -> None:
    marked = parse("<p><b>Hello there.</b> <i>How are</i> you? <u>1</u></p>", "html")
    assert marked.spans("eng_Latn") == ("How are",)


def test_spans_are_together_no_longer_than_their_block() -> None:
    source = "<p>a " + "<b>word " * 30 + "</b>" * 30 + "</p>"
    marked = parse(source, "html")
    assert sum(map(len, marked.spans())) <= len(marked.blocks[0])
    assert parse(f"<p>a <b>{'word ' * 100}</b></p>", "html").spans() == ()


def test_attributes_are_translated_within_their_quotes() -> None:
    marked = parse("<p>x <img alt='a dog'> <i title=y>z</i></p>", "html")
    found = {"a dog": "l'un", "y": "y y", "x z": "xx zz", "z": "zz"}
    assert marked.render(found) == "<p>xx <img alt='l&#39;un'> <i title=\"y y\">zz</i></p>"


def test_what_has_no_translation_stays_as_it_is() -> None:
    source = "<p>a   <b title=x>b</b></p><p>c</p>"
    assert parse(source, "html").render({"c": "d"}) == "<p>a   <b title=x>b</b></p><p>d</p>"


@pytest.mark.parametrize(
    ("translation", "expected"),
    [
        ("{0} est bon", "<code>x</code> est bon"),
        ("est {0} et {0} bon", "est <code>x</code> et  bon"),
        ("est bon {1}", "est <code>x</code> bon {1}"),
    ],
)
def test_what_is_kept_is_there_once(translation: str, expected: str) -> None:
    rendered = parse("<p>is <code>x</code> good</p>", "html").rendered({"is {0} good": translation})
    assert rendered.text.removeprefix("<p>").removesuffix("</p>").split() == expected.split()
    assert rendered.lost == ("{0}" not in translation)


def test_what_is_lost_stands_apart_from_words() -> None:
    rendered = parse("<p>we use <code>x</code> here</p>", "html").rendered(
        {"we use {0} here": "wir hier"}
    )
    assert rendered.text == "<p>wir <code>x</code> hier</p>"


def test_a_line_break_takes_the_place_of_its_space() -> None:
    assert translated("<p>one<br>\n two</p>", "html", "un deux") == "<p>un<br>deux</p>"


def test_a_point_between_spaces_stays_between_them() -> None:
    assert translated("<p>one <img> two</p>", "html", "un deux") == "<p>un <img> deux</p>"


def test_sentences_tell_where_tags_belong() -> None:
    marked = parse("<p>One <b>it</b>. Two it.</p>", "html")
    pairs = [("One it.", "Deux fois cela."), (" ", " "), ("Two it.", "Un cela.")]
    assert marked.render({"One it. Two it.": pairs, "it": "cela"}) == (
        "<p>Deux fois <b>cela</b>. Un cela.</p>"
    )


def test_sentences_that_are_not_the_texts_are_taken_as_a_whole() -> None:
    marked = parse("<p>One <b>it</b>.</p>", "html")
    assert marked.render({"One it.": [("One", "Un "), ("it.", "cela.")], "it": "cela"}) == (
        "<p>Un <b>cela</b>.</p>"
    )


@pytest.mark.parametrize(
    "source",
    ["<b>" * 6_000, "<b>x " * 3_000, "<b>x" * 3_000 + "</b>" * 3_000, "x<br>" * 3_000,
     "<b>x</b> " * 3_000, "<code>x</code> a " * 3_000, '<a href="' * 3_000, "&" * 50_000],
)  # fmt: skip
def test_hostile_html_is_read_and_written(source: str) -> None:
    marked = parse(source, "html")
    louder = marked.render({text: text.upper() for text in marked.texts()})
    assert tags_of(louder) == tags_of(source)


@pytest.mark.parametrize(
    "source",
    ["*a " * 6_000, "[" * 100_000, "> " * 5_000, "- " * 5_000, "`a" * 6_000, "<" * 9_999],
)
def test_hostile_markdown_is_read_and_written(source: str) -> None:
    assert parse(source, "markdown").render({}) == source
