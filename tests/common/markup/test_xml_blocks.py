import pytest

from common.markup.blocks import Block
from common.markup.document import parse
from common.markup.errors import MalformedError
from common.markup.xml_blocks import XmlOptions, parts_of


def texts(source: str, options: XmlOptions | None = None) -> list[str]:
    parts = parts_of(source, options or XmlOptions())
    return [part.text for part in parts if isinstance(part, Block)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('<?xml version="1.0" encoding="latin-1"?>\n<d><a>x</a><b>y</b></d>', ["x", "y"]),
        ("\ufeff<d>x</d>", ["x"]),
        ("Hello <x id='1'/> <b>big <i>world</i></b>", ["Hello big world"]),
        ("<p>a <b>c</b></p><p>d</p>", ["a c", "d"]),
        ("<p> <b>c</b> <b>d</b> </p>", ["c", "d"]),
        ("<p>a &amp; b &#233;</p>", ["a & b é"]),
        ("<p>a <![CDATA[<b>]]> c</p>", ["a {0} c"]),
        ("<p><![CDATA[text]]></p>", []),
        ("<p>a <!-- x --> c <?pi x?></p>", ["a c"]),
        ("<p translate='no'>a</p><p>b</p>", ["b"]),
        ("<p>a <n its:translate='no'>b</n> <n translate='no'/>c</p>", ["a {0} c"]),
        ("<p title='x'/>", []),
        ("<svg><style>a { b: c }</style><h:script>d</h:script><text>e</text></svg>", ["e"]),
        ("<p xml:space='preserve'>a\n  b</p><p>a\n  b</p>", ["a\n  b", "a b"]),
        ("<d xml:space='preserve'><p xml:space='default'>a\n  b</p></d>", ["a b"]),
    ],
)
def test_texts_follow_from_what_stands_beside_an_element(source: str, expected: list[str]) -> None:
    assert texts(source) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (XmlOptions(), ["a b c", "d"]),
        (XmlOptions(ignore_tags={"i"}), ["a {0} c", "d"]),
        (XmlOptions(ignore_tags={"p"}), ["d"]),
        (XmlOptions(splitting_tags={"i"}), ["a", "b", "c", "d"]),
        (XmlOptions(non_splitting_tags={"p", "q"}), ["a b cd"]),
        (XmlOptions(outline=False), ["a b cd"]),
        (XmlOptions(outline=False, splitting_tags={"q"}), ["a b c", "d"]),
    ],
)
def test_a_caller_may_say_how_elements_are_taken(options: XmlOptions, expected: list[str]) -> None:
    source = "<d><p>a <i>b</i> c</p><q>d</q></d>"
    assert texts(source, options) == expected
    assert parse(source, "xml", options).render({}) == source


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("<a><b></a>", "line 1: mismatched tag"),
        ("<a>\n&nbsp;</a>", "line 2: undefined entity"),
        ("<?xml version='1.0'\n?><a", "line 2: "),
        ("a & b", "line 1: not well-formed"),
        ("</_><_>", "line 1: "),
        ("<a", "line 1: "),
        ("\x00", "line 1: not well-formed"),
        ("<!DOCTYPE a><a/>", "line 1: a document type declaration is not taken"),
        (
            "<?xml version='1.0'?>\n<!DOCTYPE l [<!ENTITY a 'aa'><!ENTITY b '&a;&a;'>]><l>&b;</l>",
            "line 2: a document type declaration is not taken",
        ),
        ("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", "declaration"),
    ],
)
def test_what_is_not_well_formed_is_refused_with_its_line(source: str, reason: str) -> None:
    with pytest.raises(MalformedError) as refused:
        parts_of(source)
    assert reason in str(refused.value)


def test_depth_is_no_danger() -> None:
    source = "<a>x" * 20_000 + "</a>" * 20_000
    marked = parse(source, "xml")
    assert marked.render(dict.fromkeys(marked.texts(), "y")).count("</a>") == 20_000
