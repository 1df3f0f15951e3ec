"""Real files of several programs: what is in them comes back as it was, but for the words."""

from importlib import import_module
from io import BytesIO
from pathlib import Path

import openpyxl
import pptx
import pytest
import xlsxwriter
from docx import Document as WordDocument
from docx.enum.text import WD_BREAK
from docx.shared import RGBColor
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.table import Table
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from common.files.document import Document, FileOptions, FileRefusedError, Limits
from common.files.registry import FORMATS, read
from tests.common.files.office.made import render, texts, unzipped, zipped

DATA = Path(__file__).parents[2] / "data" / "files"
LIBRE_OFFICE = ["museum.docx", "museum.odt", "plan.odp", "plan.pptx", "stock.xlsx"]


def opened(data: bytes, name: str) -> Document:
    [kind] = [one for one in FORMATS if one.name == name]
    return read(data, kind, Limits(), FileOptions(target_lang="fr"))


def of_libre_office(name: str) -> tuple[bytes, Document]:
    data = (DATA / name).read_bytes()
    return data, opened(data, name.rpartition(".")[2])


def by_python_docx() -> bytes:
    document = WordDocument()
    document.add_heading("A heading", level=1)
    line = document.add_paragraph("This is ", style="List Bullet")
    line.add_run("bold").bold = True
    last = line.add_run(" text")
    last.font.color.rgb = RGBColor(200, 0, 0)
    last.add_break(WD_BREAK.PAGE)
    document.add_table(1, 2).cell(0, 1).text = "In a cell"
    document.sections[0].header.paragraphs[0].text = "Above"
    document.core_properties.title = "Stays"
    return saved(document)


def by_openpyxl() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    rows = [("Fruit", "Number"), ("Red apples", 3), ("Pears", "=B2+1")]
    for row in rows:
        sheet.append(row)
    sheet.add_table(Table(displayName="Stock", ref="A1:B3"))
    sheet.title = "Cellar"
    return saved(book)


def by_xlsxwriter() -> bytes:
    out = BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("Cellar")
    bold = book.add_format({"bold": True})
    sheet.write_rich_string("A1", "Very ", bold, "old", " apples")
    sheet.write("A2", "Pears")
    sheet.write_formula("B2", '=IF(A2="Pears",1,2)')
    chart = book.add_chart({"type": "bar"})
    chart.add_series({"values": "=Cellar!$B$1:$B$2"})
    chart.set_title({"name": "What there is"})
    sheet.insert_chart("D1", chart)
    sheet.insert_textbox("D20", "Look here")
    book.close()
    return out.getvalue()


def by_python_pptx() -> bytes:
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[1])
    slide.shapes.title.text = "A plan"
    frame = slide.placeholders[1].text_frame
    frame.text = "First "
    bold = frame.paragraphs[0].add_run()
    bold.text, bold.font.bold = "point", True
    data = CategoryChartData()
    data.categories = ["Spring"]
    data.add_series("Trees", (3,))
    place = (Inches(1), Inches(1), Inches(4), Inches(3))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *place, data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Trees by season"
    slide.shapes.add_table(1, 1, *place).table.cell(0, 0).text = "In a cell"
    slide.notes_slide.notes_text_frame.text = "Say thanks"
    return saved(show)


def saved(document: object) -> bytes:
    out = BytesIO()
    document.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


WRITTEN = {
    "docx": by_python_docx,
    "xlsx": by_openpyxl,
    "pptx": by_python_pptx,
}


@pytest.mark.parametrize("name", LIBRE_OFFICE)
def test_file_with_its_own_texts_is_itself(name: str) -> None:
    data, document = of_libre_office(name)
    assert document.render(texts(document)) == data


@pytest.mark.parametrize("name", LIBRE_OFFICE)
def test_texts_of_the_result_are_the_translations(name: str) -> None:
    _, document = of_libre_office(name)
    again = opened(render(document), name.rpartition(".")[2])
    assert [text.replace("<G", "<g") for text in texts(again)] == [
        text.text.upper().replace("<G", "<g").replace("</G", "</g").replace("<X", "<x")
        for text in document.texts
    ]


@pytest.mark.parametrize("name", LIBRE_OFFICE)
def test_parts_without_text_are_as_they_were(name: str) -> None:
    data, document = of_libre_office(name)
    old, new = unzipped(data), unzipped(render(document))
    assert [*old] == [*new]
    changed = {part for part in old if old[part] != new[part]}
    assert changed < {part for part in old if part.endswith(".xml")}
    assert not any("theme" in part or "rels" in part or "settings" in part for part in changed)


def test_texts_of_a_libre_office_document_are_found_in_their_order() -> None:
    for name in ("museum.docx", "museum.odt"):
        title, first, *_ = texts(of_libre_office(name)[1])
        assert title == "Visiting the museum"
        assert first.startswith(
            "The museum is <g1>open every day</g1> from nine to five.<x2/> See "
        )
        assert first.endswith("See <g3>the map</g3> for the way.")


def test_texts_of_a_libre_office_workbook_are_found() -> None:
    """But for what a formula counts."""
    assert texts(of_libre_office("stock.xlsx")[1]) == [
        "Fruit in the cellar",
        "Number",
        "State",
        "Red <g1>apples</g1> from the garden",
        "Pears",
        "Old",
    ]


@pytest.mark.parametrize("name", ["plan.odp", "plan.pptx"])
def test_texts_of_a_libre_office_presentation_are_found(name: str) -> None:
    assert texts(of_libre_office(name)[1]) == [
        "A plan for the garden",
        "We plant <g1>three trees</g1> in spring.",
        "Slide <x1/> of the plan",
        "Thank everyone who helped.",
    ]


def test_word_document_of_python_docx_keeps_its_styles() -> None:
    document = opened(by_python_docx(), "docx")
    assert texts(document) == [
        "A heading",
        "This is <g1>bold</g1><g2> text</g2>",
        "In a cell",
        "Above",
    ]
    new = WordDocument(BytesIO(render(document)))
    heading, line = new.paragraphs[:2]
    assert heading.style is not None
    assert (heading.text, heading.style.name) == ("A HEADING", "Heading 1")
    assert [(run.text, run.bold) for run in line.runs][:3] == [
        ("THIS IS ", None),
        ("BOLD", True),
        (" TEXT", None),
    ]
    assert line.runs[2].font.color.rgb == RGBColor(200, 0, 0)
    assert line.runs[3].contains_page_break or line.runs[3]._r.xml.count('w:type="page"') == 1
    assert new.tables[0].cell(0, 1).text == "IN A CELL"
    assert new.sections[0].header.paragraphs[0].text == "ABOVE"
    assert new.core_properties.title == "Stays"


def test_workbook_of_openpyxl_keeps_its_formulas_and_the_headings_of_its_table() -> None:
    document = opened(by_openpyxl(), "xlsx")
    assert texts(document) == ["Red apples", "Pears"]
    sheet = openpyxl.load_workbook(BytesIO(render(document)))["Cellar"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["Fruit", "Number"],
        ["RED APPLES", 3],
        ["PEARS", "=B2+1"],
    ]
    assert sheet.tables["Stock"].column_names == ["Fruit", "Number"]


def test_workbook_of_xlsxwriter_keeps_its_rich_text_and_charts() -> None:
    document = opened(by_xlsxwriter(), "xlsx")
    assert texts(document) == ["Very <g1>old</g1> apples", "Look here", "What there is"]
    new = openpyxl.load_workbook(BytesIO(render(document)), rich_text=True)["Cellar"]
    assert str(new["A1"].value) == "VERY OLD APPLES"
    assert [getattr(part, "font", None) is not None for part in new["A1"].value] == [
        False,
        True,
        False,
    ]
    assert new["A2"].value == "Pears"
    assert b"WHAT THERE IS" in unzipped(render(document))["xl/charts/chart1.xml"]


def test_presentation_of_python_pptx_keeps_its_charts_tables_and_notes() -> None:
    document = opened(by_python_pptx(), "pptx")
    assert texts(document) == [
        "A plan",
        "First <g1>point</g1>",
        "In a cell",
        "Say thanks",
        "Trees by season",
    ] or texts(document)[:2] == ["A plan", "<g1>First </g1>point"]
    [slide] = pptx.Presentation(BytesIO(render(document))).slides
    assert slide.shapes.title.text == "A PLAN"
    runs = slide.placeholders[1].text_frame.paragraphs[0].runs
    assert [(run.text, run.font.bold) for run in runs] == [("FIRST ", None), ("POINT", True)]
    assert slide.notes_slide.notes_text_frame.text == "SAY THANKS"
    charts = [shape.chart for shape in slide.shapes if shape.has_chart]
    assert charts[0].chart_title.text_frame.text == "TREES BY SEASON"
    assert [*charts[0].plots[0].categories] == ["Spring"]


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("other", [*WRITTEN, "odt", "pdf"])
def test_file_under_another_kind_of_name_is_refused(name: str, other: str) -> None:
    if name == other:
        assert opened(WRITTEN[name](), name).texts
        return
    module = import_module(f"common.files.{other}")
    with pytest.raises(ValueError, match="is no "):
        module.read(WRITTEN[name](), Limits(), FileOptions())


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_bytes_in_any_part_are_read_or_refused(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(LIBRE_OFFICE))
    parts = unzipped((DATA / name).read_bytes())
    part = data.draw(st.sampled_from([one for one in sorted(parts) if parts[one]]))
    content = bytearray(parts[part])
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        document = opened(zipped({**parts, part: bytes(content)}), name.rpartition(".")[2])
        assert unzipped(render(document)).keys() == parts.keys()
    except FileRefusedError:
        return
