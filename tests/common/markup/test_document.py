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
@settings(max_examples=400)
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
@settings(max_examples=300)
@pytest.mark.parametrize("markup", ["html", "markdown"])
def test_whatever_a_document_holds_it_can_be_translated(
    markup: Format, source: str, translation: str
) -> None:
    assert isinstance(translated(source, markup, translation), str)


@given(trees(), TRANSLATIONS.map("".join))
@settings(max_examples=400)
def test_tags_of_html_come_back_each_once_and_well_nested(source: str, translation: str) -> None:
    result = translated(source, "html", translation)
    assert tags_of(result) == tags_of(source)
    nesting = Nesting()
    nesting.feed(result)
    nesting.close()
    assert nesting.open == []


@given(trees(), TRANSLATIONS.map("".join))
@settings(max_examples=400)
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
