import pytest
from lxml import etree

from common.files import docx as docx_format
from common.files import odt as odt_format
from common.files.document import FileOptions, Limits
from common.files.office.direction import (
    is_right_to_left,
    turn_drawing_paragraph,
    turn_word_paragraph,
    turn_word_style,
)
from common.files.office.trees import local_name
from tests.common.files.office.made import A, W, docx, odt, paragraph, root, run, unzipped


def turned(content: str, *, to_left: bool) -> str:
    element = etree.fromstring(content.replace("<p", f'<p xmlns="{W}"', 1))
    turn_word_paragraph(element, to_left=to_left)
    return etree.tostring(element).decode().replace(f' xmlns="{W}"', "")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ar", True),
        ("he", True),
        ("fr", False),
        ("pt-BR", False),
        (None, None),
        ("xx-nowhere", None),
    ],
)
def test_direction_is_that_of_the_language(language: str | None, expected: bool | None) -> None:
    assert is_right_to_left(language) is expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<p><r/></p>", "<p><pPr><bidi/></pPr><r/></p>"),
        ("<p><pPr><pStyle/><jc/></pPr></p>", "<p><pPr><pStyle/><bidi/><jc/></pPr></p>"),
        ("<p><pPr><pStyle/></pPr></p>", "<p><pPr><pStyle/><bidi/></pPr></p>"),
        ('<p><pPr><bidi val="0"/></pPr></p>', "<p><pPr><bidi/></pPr></p>"),
    ],
)
def test_paragraph_runs_to_the_left(before: str, after: str) -> None:
    assert turned(before, to_left=True) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<p><r/></p>", "<p><r/></p>"),
        ("<p><pPr><bidi/><jc/></pPr></p>", "<p><pPr><jc/></pPr></p>"),
    ],
)
def test_paragraph_runs_to_the_right(before: str, after: str) -> None:
    assert turned(before, to_left=False) == after


def test_style_is_that_of_the_other_letters_too() -> None:
    style = etree.fromstring(f'<rPr xmlns="{W}"><b/><i/><iCs/><sz val="2"/><u/><lang/></rPr>')
    turn_word_style(style, to_left=True)
    assert [local_name(one) for one in style] == [
        "b",
        "bCs",
        "i",
        "iCs",
        "sz",
        "szCs",
        "u",
        "rtl",
        "lang",
    ]
    assert style[5].get("val") == "2"
    turn_word_style(style, to_left=False)
    assert "rtl" not in [local_name(one) for one in style]


def drawn(paragraph_xml: str, place: str = "body") -> etree._Element:
    shape = etree.fromstring(f'<sp xmlns="{A}"><ph type="{place}"/>{paragraph_xml}</sp>')
    return shape[1]


@pytest.mark.parametrize(
    ("content", "place", "to_left", "expected"),
    [
        ("<p/>", "body", True, {"rtl": "1", "algn": "r"}),
        ("<p/>", "title", True, {"rtl": "1"}),
        ('<p><pPr algn="l"/></p>', "title", True, {"rtl": "1", "algn": "r"}),
        ('<p><pPr algn="ctr"/></p>', "body", True, {"rtl": "1", "algn": "ctr"}),
        ('<p><pPr rtl="1" algn="r"/></p>', "body", False, {"rtl": "0", "algn": "l"}),
        ('<p><pPr rtl="1" algn="l"/></p>', "body", True, {"rtl": "1", "algn": "l"}),
        ('<p><pPr algn="r"/></p>', "body", False, {"algn": "r"}),
    ],
)
def test_drawn_paragraph_begins_at_the_side_it_runs_from(
    content: str, place: str, to_left: bool, expected: dict[str, str]
) -> None:
    element = drawn(content, place)
    turn_drawing_paragraph(element, to_left=to_left)
    assert dict(element[0].attrib) == expected


def test_drawn_paragraph_of_no_shape_is_turned() -> None:
    element = etree.fromstring(f'<p xmlns="{A}"/>')
    turn_drawing_paragraph(element, to_left=True)
    assert element[0].get("algn") == "r"


def test_only_what_is_new_is_turned() -> None:
    data = docx(paragraph(run("One", "<w:b/>")) + paragraph(run("two")))
    document = docx_format.read(data, Limits(), FileOptions(target_lang="ar"))
    first, second = root(document.render(["واحد", "two"]), "word/document.xml").iter(f"{{{W}}}p")
    assert [local_name(one) for one in first.iter()][1:8] == [
        "pPr",
        "bidi",
        "r",
        "rPr",
        "b",
        "bCs",
        "rtl",
    ]
    assert second.find(f"{{{W}}}pPr") is None


STYLES = (
    '<a xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"><style:default-style>'
    '<style:text-properties fo:language="en"/></style:default-style>'
    "<style:page-layout-properties/></a>"
)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ar", ('fo:language="ar"', 'fo:country="none"', 'style:writing-mode="rl-tb"')),
        ("pt-BR", ('fo:language="pt"', 'fo:country="BR"', 'style:writing-mode="lr-tb"')),
        ("xx", ('fo:language="xx"', "<style:page-layout-properties/>")),
    ],
)
def test_open_document_says_its_language_and_direction(
    language: str, expected: tuple[str, ...]
) -> None:
    data = odt("<text:p>One</text:p>", {"styles.xml": STYLES})
    document = odt_format.read(data, Limits(), FileOptions(target_lang=language))
    styles = unzipped(document.render(["1st"]))["styles.xml"].decode()
    assert [sign for sign in expected if sign not in styles] == []
    assert document.render(["One"]) == data


def test_open_document_without_a_language_says_what_it_said() -> None:
    data = odt("<text:p>One</text:p>", {"styles.xml": STYLES})
    document = odt_format.read(data, Limits(), FileOptions())
    assert b'fo:language="en"' in unzipped(document.render(["1st"]))["styles.xml"]


def test_paragraph_of_very_many_texts_is_turned_once() -> None:
    lines = '<w:r><w:t xml:space="preserve">a</w:t><w:tab/></w:r>' * 5_000
    document = docx_format.read(docx(paragraph(lines)), Limits(), FileOptions(target_lang="ar"))
    new = root(document.render(["b"] * 5_000), "word/document.xml")
    assert len([*new.iter(f"{{{W}}}bidi")]) == 1
