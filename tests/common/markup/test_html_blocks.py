import pytest

from common.markup.blocks import Block, Part, Value
from common.markup.html_blocks import markup_of, parts_of
from common.markup.html_tokens import Token, TokenKind


def texts(source: str) -> list[str]:
    return [part.text for part in parts_of(source) if isinstance(part, Block)]


def markup(parts: list[Part]) -> str:
    found = []
    for part in parts:
        match part:
            case str():
                found.append(part)
            case Value():
                found.append(f"[{part.raw}]")
            case Block():
                found.append("(" + markup(list(part.markup)) + ")")
    return "".join(found)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Hello", ["Hello"]),
        ("<p>One<p>Two", ["One", "Two"]),
        ("<ul><li>One <b>x</b><li>Two</ul>three", ["One x", "Two", "three"]),
        ("<td>a<td>b", ["a", "b"]),
        ("<title>T</title><h1>H</h1>", ["T", "H"]),
        ("<button>Save</button> <button>Cancel</button>", ["Save", "Cancel"]),
        ("<select><option>One<option>Two</select>", ["One", "Two"]),
        ("a<!-- c -->b", ["ab"]),
        ("trans&shy;late A&amp;B caf&eacute;", ["translate A&B café"]),
        ("<my-element>x</my-element> y", ["x y"]),
        ("<noscript>turn it on</noscript>", ["turn it on"]),
        ("1 &nbsp; 2", []),
    ],
)
def test_texts_are_what_blocks_hold(source: str, expected: list[str]) -> None:
    assert texts(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "<script>var a = 'b'</script>",
        "<style>a { b: c }</style>",
        "<textarea>a</textarea>",
        "<pre>a <b>c</b></pre>",
        "<p translate=no>a</p>",
        "<p class='x notranslate'>a</p>",
        "<div translate='NO'><div>a</div>b</div>",
        "<li class=notranslate>a",
        "<svg><title>a</title></svg>",
        "<img alt='1'>",
        "<meta name=viewport content='width'>",
        "<input value='typed'>",
        "<a href='about' data-x=y></a>",
        "<hr translate=no title=x>",
        "<!-- a --><![CDATA[b]]><?c d?><!doctype e>",
    ],
)
def test_some_is_never_translated(source: str) -> None:
    assert all(isinstance(part, str) for part in parts_of(source))
    assert "".join(map(str, parts_of(source))) == source


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Use <code>x</code> or <kbd>y <b>z</b></kbd>.", "Use {0} or {1}."),
        ("See <span translate=no>a<br>b</span> now", "See {0} now"),
        ("An <svg><path/></svg> icon", "An icon"),
        ("x <var>y z", "x {0}"),
        ("freedom<sup><a href='#1'>[1]</a></sup> and", "freedom and"),
        ("the 4<sup>th</sup> of", "the 4th of"),
        ("x<sup><code>y</code></sup> z", "x{0} z"),
        ("H<sub>2</sub>O", "H2O"),
    ],
)
def test_what_is_kept_within_a_sentence_has_a_place_in_it(source: str, expected: str) -> None:
    assert texts(source) == [expected]


def test_what_is_kept_and_is_a_block_ends_the_text() -> None:
    assert texts("a <span translate=no><div>b</div></span> c") == ["a", "c"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>Use <code>foo</p><p>More</p>", ["Use {0}", "More"]),
        ("<ul><li translate=no>a<li>b</ul>c", ["b", "c"]),
        ("<ul><li translate=no>a<ul><li>b</ul></ul>c", ["c"]),
        ("<p translate=no>a<i>x</i></b> <p>b", ["b"]),
    ],
)
def test_what_is_kept_ends_where_its_element_does(source: str, expected: list[str]) -> None:
    assert texts(source) == expected


@pytest.mark.parametrize(
    ("tag", "values"),
    [
        ('<img alt="A dog" src=x title=\'Its "name"\'>', ["A dog", 'Its "name"']),
        ("<input placeholder=Name aria-label='Your name'>", ["Name", "Your name"]),
        ("<input type=Submit value=Send>", ["Send"]),
        ("<meta name=description content='About us'>", ["About us"]),
        ("<meta content='About us' property='og:title'>", ["About us"]),
        ("<option label=One value=one>", ["One"]),
        ("<table summary=Prices>", ["Prices"]),
        ("<a label=x title=''>", []),
    ],
)
def test_attributes_that_people_read_are_texts(tag: str, values: list[str]) -> None:
    token = Token(TokenKind.START, tag, tag[1:].partition(" ")[0])
    assert [part.raw for part in markup_of(token) if isinstance(part, Value)] == values


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p><b>All</b></p>", "<p><b>(All)</b></p>"),
        ("<p><b>Some</b> more</p>", "<p>(<b>Some</b> more)</p>"),
        ("<b><p>x</p></b>", "<b><p>(x)</p></b>"),
        ("<a title=T>x</a> y", "(<a title=[T]>x</a> y)"),
        ("<b>a</i> c", "<b>(a</i> c)"),
        ("a</p>b</b>", "(a)</p>(b)</b>"),
    ],
)
def test_tags_around_a_text_are_no_part_of_it(source: str, expected: str) -> None:
    assert markup(parts_of(source)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<div translate=no>a <p translate=yes>b <i>c</i></p> d</div>e", ["b c", "e"]),
        ("<body class=notranslate><ul><li translate=YES>a<li>b</ul></body>", ["a"]),
        ("<p>a <b translate=no>c <i translate=yes>d</i></b>", ["a {0}"]),
        ("<div translate=no>" + "<p translate=yes>a</p>" * 60 + "</div>", ["a"] * 50),
    ],
)
def test_an_element_within_one_that_is_kept_may_be_translated(
    source: str, expected: list[str]
) -> None:
    assert texts(source)[: len(expected)] == expected
    assert len(texts(source)) <= max(len(expected), 50)


def test_elements_that_end_themselves_hold_nothing() -> None:
    assert texts("<head><script src=x /><title/><code/></head><p>a") == ["a"]


def test_statements_of_a_template_are_no_text() -> None:
    source = "<p>{% if user %}Hello {{ user }}{% else %}Log in{% endif %} {# a note #} now</p>"
    assert texts(source) == ["Hello {{ user }}", "Log in", "now"]
