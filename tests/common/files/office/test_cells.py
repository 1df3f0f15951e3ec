import pytest
from lxml import etree

from common.files.office.cells import CellText, Recalculated, literals_of
from tests.common.files.office.made import S


def strings(*items: str) -> etree._Element:
    each = "".join(f"<si>{item}</si>" for item in items)
    return etree.fromstring(f'<sst xmlns="{S}">{each}</sst>')


def run(text: str, style: str = "") -> str:
    return f'<r><rPr>{style}</rPr><t xml:space="preserve">{text}</t></r>'


def replaced(
    root: etree._Element, *translations: str, kept: frozenset[str] = frozenset()
) -> list[str]:
    part = CellText(root, kept)
    for place, translation in zip(part.texts, translations, strict=True):
        place.replace(translation)
    part.close()
    return [
        etree.tostring(item)
        .decode()
        .replace(f' xmlns="{S}"', "")
        .replace(' xml:space="preserve"', "")
        for item in root
    ]


def texts(root: etree._Element, kept: frozenset[str] = frozenset()) -> list[str]:
    return [place.text.text for place in CellText(root, kept).texts]


def test_plain_and_rich_strings_are_texts() -> None:
    root = strings("<t>One</t>", run("Red ") + run("apples", "<b/>") + run(" here"), "<t>12</t>")
    assert texts(root) == ["One", "Red <g1>apples</g1> here"]
    assert replaced(root, "Eins", "<g1>Äpfel</g1> rot") == [
        "<si><t>Eins</t></si>",
        "<si><r><rPr><b/></rPr><t>&#196;pfel</t></r><r><rPr/><t> rot</t></r></si>",
        "<si><t>12</t></si>",
    ]


def test_run_without_properties_is_written_without() -> None:
    root = strings("<r><t>One </t></r>" + run("two", "<b/>"))
    assert replaced(root, "Eins <g1>zwei</g1>") == [
        "<si><r><t>Eins </t></r><r><rPr><b/></rPr><t>zwei</t></r></si>"
    ]


def test_several_lines_of_a_cell_stay_lines() -> None:
    root = strings("<t>One_x000D_\ntwo</t>")
    assert texts(root) == ["One\ntwo"]
    assert replaced(root, "Eins\nzwei") == ["<si><t>Eins\nzwei</t></si>"]


def test_pronunciation_goes_with_the_text_it_was_of() -> None:
    said = '<rPh sb="0" eb="2"><t>とうきょう</t></rPh><phoneticPr fontId="1"/>'
    root = strings(f"<t>東京</t>{said}", f"<t>京都</t>{said}")
    assert texts(root) == ["東京", "京都"]
    first, second = replaced(root, "Tokyo", "京都")
    assert first == "<si><t>Tokyo</t></si>"
    assert "rPh" in second
    assert "phoneticPr" in second


def test_text_that_something_knows_the_cell_by_stays() -> None:
    root = strings("<t> Fresh </t>", "<t>Fresh apples</t>", run("fre") + run("sh", "<b/>"))
    assert texts(root, frozenset({"fresh"})) == ["Fresh apples"]


def test_text_in_the_cell_itself_is_a_text() -> None:
    root = etree.fromstring(
        f'<worksheet xmlns="{S}"><c t="inlineStr"><is><t>One</t></is></c><c><f>A1</f><v>Two</v></c>'
        "</worksheet>"
    )
    assert texts(root) == ["One"]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (b'<c><f>IF(A1="Open",1,2)</f></c>', ["open", "open"]),
        (b"<c><f t='shared'>COUNTIF(A:A,&quot;To do&quot;)</f></c>", ["to do", "to do"]),
        (b'<x:f>A1="Fish &amp; chips"</x:f>', ["fish & chips", "fish & chips"]),
        (b'<formula1>"Yes, No"</formula1>', ["yes, no", "yes", "no"]),
        (b'<formula>$A1="old"</formula>', ["old", "old"]),
        (b'<definedName name="n">"named"</definedName>', ["named", "named"]),
        (b'<f>A1=""</f><f/><f>SUM(A1)</f>', []),
        (b'<v>"Open"</v><feature>"x"</feature>', []),
        (b'<f>A1="' + b"a" * 256 + b'"</f>', []),
    ],
)
def test_what_formulas_compare_with_is_found(part: bytes, expected: list[str]) -> None:
    assert [*literals_of(part)] == expected


def test_part_of_nothing_but_beginnings_is_read_in_time() -> None:
    assert [*literals_of(b"<f " * 300_000 + b'<f>"' * 300_000)] == []


def test_workbook_is_calculated_anew_where_it_calculates() -> None:
    root = etree.fromstring(f'<workbook xmlns="{S}"><calcPr calcId="1"/></workbook>')
    part = Recalculated(root)
    assert part.texts == ()
    part.close()
    assert root[0].get("fullCalcOnLoad") == "1"
