from collections.abc import Mapping

import pytest

from common.files import xlsx
from common.files.document import Document, FileOptions, FileRefusedError, Limits
from tests.common.files.office.made import (
    HEAD,
    NONE,
    TYPES,
    XLSX,
    Parts,
    S,
    package,
    render,
    root,
    said,
    texts,
    unzipped,
)

SHEETS = f"{TYPES}.spreadsheetml"
STRINGS, SHEET = "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"


def workbook(
    *strings: str, cells: str = "", parts: Parts = NONE, types: Mapping[str, str] = NONE
) -> bytes:
    shared = "".join(f"<si><t>{text}</t></si>" for text in strings)
    return package(
        {
            "xl/workbook.xml": XLSX,
            STRINGS: f"{SHEETS}.sharedStrings+xml",
            SHEET: f"{SHEETS}.worksheet+xml",
            **types,
        },
        {
            "xl/workbook.xml": f'{HEAD}<workbook xmlns="{S}"><calcPr calcId="1"/></workbook>',
            STRINGS: f'{HEAD}<sst xmlns="{S}">{shared}</sst>',
            SHEET: f'{HEAD}<worksheet xmlns="{S}"><sheetData>{cells}</sheetData></worksheet>',
            **parts,
        },
    )


def read(data: bytes) -> Document:
    return xlsx.read(data, Limits(), FileOptions())


def test_only_the_strings_are_written_anew() -> None:
    data = workbook("One", "12", cells="<c><f>SUM(A1)</f><v>3</v></c>")
    document = read(data)
    assert texts(document) == ["One"]
    old, new = unzipped(data), unzipped(render(document))
    assert [name for name in old if old[name] != new[name]] == ["xl/workbook.xml", STRINGS]
    assert said(render(document), STRINGS) == ["ONE", "12"]
    [calculation] = root(render(document), "xl/workbook.xml")
    assert calculation.get("fullCalcOnLoad") == "1"


def test_workbook_with_its_own_texts_is_itself() -> None:
    data = workbook("One")
    assert read(data).render(["One"]) == data


def test_text_in_a_cell_itself_is_a_text() -> None:
    data = workbook(cells='<c t="inlineStr"><is><t>Inside</t></is></c>')
    document = read(data)
    assert texts(document) == ["Inside"]
    assert said(render(document), SHEET) == ["INSIDE"]


def test_text_that_a_formula_compares_with_stays() -> None:
    document = read(workbook("Open", "Opened", cells='<c><f>IF(A1="open",1)</f></c>'))
    assert texts(document) == ["Opened"]


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("table", '<tableColumns><tableColumn id="1" name="Head"/></tableColumns>'),
        ("pivotCacheDefinition", '<cacheFields><cacheField name="HEAD"/></cacheFields>'),
    ],
)
def test_heading_that_something_knows_its_column_by_stays(kind: str, part: str) -> None:
    name = f"xl/{kind}1.xml"
    data = workbook(
        "Head",
        "Header",
        parts={name: f'{HEAD}<a xmlns="{S}">{part}</a>'},
        types={name: f"{SHEETS}.{kind}+xml"},
    )
    assert texts(read(data)) == ["Header"]


def test_shape_on_a_sheet_is_a_text() -> None:
    a = "http://schemas.openxmlformats.org/drawingml/2006/main"
    shape = f'{HEAD}<d xmlns:a="{a}"><a:p><a:r><a:t>Shape</a:t></a:r></a:p></d>'
    data = workbook(
        parts={"xl/drawings/drawing1.xml": shape},
        types={"xl/drawings/drawing1.xml": f"{TYPES}.drawing+xml"},
    )
    assert texts(read(data)) == ["Shape"]


@pytest.mark.parametrize("link", ["ddeLink", "oleLink"])
def test_link_to_another_program_is_refused(link: str) -> None:
    name = "xl/externalLinks/externalLink1.xml"
    part = f'{HEAD}<externalLink xmlns="{S}"><{link} ddeService="cmd"/></externalLink>'
    with pytest.raises(FileRefusedError, match="another program"):
        read(workbook(parts={name: part}, types={name: f"{SHEETS}.externalLink+xml"}))


def connection(attribute: str) -> bytes:
    part = f'{HEAD}<connections xmlns="{S}"><connection id="1"{attribute}/></connections>'
    types = {"xl/connections.xml": f"{SHEETS}.connections+xml"}
    return workbook("One", parts={"xl/connections.xml": part}, types=types)


@pytest.mark.parametrize("said_so", ["1", "true"])
def test_data_that_is_loaded_on_opening_is_refused(said_so: str) -> None:
    with pytest.raises(FileRefusedError, match="loads data from elsewhere"):
        read(connection(f' refreshOnLoad="{said_so}"'))


@pytest.mark.parametrize("attribute", ["", ' refreshOnLoad="0"'])
def test_data_that_is_loaded_when_asked_for_is_taken(attribute: str) -> None:
    assert texts(read(connection(attribute))) == ["One"]
