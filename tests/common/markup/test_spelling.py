from xml.parsers import expat

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from common.markup import spelling

TEXTS = st.text(st.characters(codec="utf-8"))


def read_by_expat(written: str) -> str:
    found: list[str] = []
    parser = expat.ParserCreate()
    parser.CharacterDataHandler = found.append
    parser.Parse(f"<a>{written}</a>".encode(), True)
    return "".join(found)


@given(TEXTS)
def test_html_reads_back_what_it_writes(text: str) -> None:
    plain = text.replace("\0", "").replace("\xad", "")
    assert spelling.decode_html(spelling.html_encoder("")(text)) == plain


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs", "Cc"])))
def test_a_parser_reads_back_what_xml_writes(text: str) -> None:
    written = spelling.xml_encoder("")(text)
    assert spelling.decode_xml(written) == read_by_expat(written).replace("\r\n", "\n") or (
        "\r" in written  # which a parser takes for a line's end
    )


def test_a_reference_of_the_source_is_one_again() -> None:
    encode = spelling.html_encoder("caf&eacute;&nbsp;&mdash; d\u2019&#x41;")
    assert encode("é\xa0\u2014 \u2019A") == "&eacute;&nbsp;&mdash; \u2019A"
    assert spelling.html_encoder("&eacute; é")("é") == "é"


def test_what_is_markup_is_always_a_reference() -> None:
    assert spelling.html_encoder("AT&T")("<a> & b") == "&lt;a&gt; &amp; b"


@pytest.mark.parametrize(
    ("quote", "expected"),
    [('"', "a &quot;b' &lt;"), ("'", 'a "b&#39; &lt;'), ("", '"a &quot;b\' &lt;"')],
)
def test_a_value_stays_within_its_quotes(quote: str, expected: str) -> None:
    assert spelling.attribute_encoder("a", quote)("a \"b' <") == expected


def test_xml_has_its_own_references() -> None:
    assert spelling.decode_xml("&lt;&#65;&#x42;&apos;&quot;&gt;&amp;amp;") == "<AB'\">&amp;"
    assert spelling.xml_encoder("")("a\x0cb\ufffe") == "ab"


def test_white_space_is_one_space_and_other_spaces_stay() -> None:
    assert spelling.collapsed("a \n\tb\xa0 c") == "a b\xa0 c"


@pytest.mark.parametrize("raw", ["", "a * b [x]", "# a"])
@given(text=st.text(st.sampled_from([*"ab1 *_`[]<>\\#-+.)|~!&é"])))
def test_markdown_reads_a_translation_as_text(raw: str, text: str) -> None:
    written = spelling.markdown_encoder("", line_start=True)(text.strip())
    [*_, html] = [MarkdownIt("commonmark").render(written)]
    assert "<em>" not in html
    assert "<h" not in html
    assert "<li>" not in html
    assert "<code>" not in html
    assert isinstance(spelling.markdown_encoder(raw)(text), str)


def test_markdown_writes_as_its_source_does() -> None:
    assert spelling.markdown_encoder("2 * 3")("3 * 2") == "3 * 2"
    assert spelling.markdown_encoder("")("snake_case _x_ *y* `z` a < b <i>") == (
        r"snake_case \_x\_ \*y\* \`z\` a < b \<i>"
    )
    assert spelling.markdown_encoder("[x]")("[y] ~") == r"[y] \~"
    assert spelling.markdown_encoder("x", table=True)("a|b") == r"a\|b"
    assert spelling.markdown_encoder("- x")("- y") == "- y"
    assert spelling.markdown_encoder("x")("1. y") == r"1\. y"
    assert spelling.markdown_encoder("x", line_start=False)("# y") == "# y"
    assert spelling.decode_markdown(r"a \* &amp; \q") == r"a * & \q"
