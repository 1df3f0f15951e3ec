import pytest

from common.files import docx as docx_format
from common.files.document import Document, FileOptions, FileRefusedError, Limits
from common.files.office.trees import local_name
from tests.common.files.office.made import (
    W,
    docx,
    paragraph,
    render,
    root,
    run,
    said,
    texts,
    unzipped,
)

BOLD, SLANTED = "<w:b/>", "<w:i/>"
MAIN = "word/document.xml"


def read(*body: str, language: str | None = None) -> Document:
    return docx_format.read(docx("".join(body)), Limits(), FileOptions(target_lang=language))


def shown(data: bytes) -> list[list[tuple[str, str]]]:
    """By paragraph: each run's text and style."""
    return [
        [
            (
                "".join(text.text or "" for text in one.iter(f"{{{W}}}t")),
                "".join(local_name(style) for style in one.iterfind(f"{{{W}}}rPr/*")),
            )
            for one in line.iter(f"{{{W}}}r")
        ]
        for line in root(data, MAIN).iter(f"{{{W}}}p")
    ]


def field(instruction: str, *result: str) -> str:
    marks = [
        f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")
    ]
    asked = f"<w:r><w:instrText>{instruction}</w:instrText></w:r>"
    return f"{marks[0]}{asked}{marks[1]}{''.join(result)}{marks[2]}"


@pytest.mark.parametrize("instruction", [" PAGE ", "DATE \\@ yyyy", "REF b \\h", ""])
def test_what_a_field_computes_stays(instruction: str) -> None:
    document = read(paragraph(run("Page "), field(instruction, run("seven")), run(" of all")))
    assert texts(document) == ["Page <x1/> of all"]
    new = document.render(["Seite <x1/> von allen"])
    assert said(new) == ["Seite ", "seven", " von allen"]
    assert said(new, local="instrText") == [instruction]


def test_what_a_simple_field_computes_stays() -> None:
    simple = f'<w:fldSimple w:instr=" PAGE ">{run("one")}</w:fldSimple>'
    link = f'<w:fldSimple w:instr=" HYPERLINK a ">{run("a link")}</w:fldSimple>'
    document = read(paragraph(run("Page "), simple, run(" and "), link, run(" end")))
    assert texts(document) == ["Page <x1/> and <g2>a link</g2> end"]


def test_text_of_a_linked_field_is_text() -> None:
    link = field(' HYPERLINK "https://example.org/" ', run("the map", BOLD))
    document = read(paragraph(run("See "), link, run(" now")))
    assert texts(document) == ["See <g1>the map</g1> now"]
    new = document.render(["<g1>la carte</g1> voir"])
    assert shown(new)[0][3:] == [("la carte", "b"), ("", ""), (" voir", "")]
    kinds = [local_name(one[-1]) for one in root(new, MAIN).iter(f"{{{W}}}r")]
    assert kinds == ["fldChar", "instrText", "fldChar", "t", "fldChar", "t"]
    assert b"urn:translation" not in unzipped(new)[MAIN]


def test_entries_of_a_table_of_contents_are_texts_and_their_pages_stay() -> None:
    begin, asked, separate, *_, end = (
        field(" TOC \\o ", "").replace("</w:r>", "</w:r>|").split("|")[:-1]
    )
    number = field(" PAGEREF a ", run("seven"))
    entry = f'<w:hyperlink w:anchor="a">{run("First")}<w:r><w:tab/></w:r>{number}</w:hyperlink>'
    document = read(
        paragraph(begin, asked, separate, entry), paragraph(entry, end), paragraph(run("After"))
    )
    assert texts(document) == ["First", "First", "After"]
    assert said(render(document)) == ["FIRST", "seven", "FIRST", "seven", "AFTER"]


def test_result_of_a_field_over_several_paragraphs_stays() -> None:
    begin, asked, separate, end = field(" INDEX ", "").replace("</w:r>", "</w:r>|").split("|")[:-1]
    document = read(
        paragraph(begin, asked, separate, run("one")),
        paragraph(run("two"), end),
        paragraph(run("three")),
    )
    assert texts(document) == ["three"]


@pytest.mark.parametrize(
    "instruction",
    [
        "DDEAUTO c:\\\\windows\\\\cmd.exe",
        "dde excel a b",
        'INCLUDEPICTURE "http://127.0.0.1/a" \\d',
        'INCLUDETEXT "\\\\\\\\host\\\\a"',
    ],
)
@pytest.mark.parametrize("is_simple", [True, False])
def test_field_that_runs_or_loads_is_refused(instruction: str, is_simple: bool) -> None:
    quoted = instruction.replace('"', "&quot;")
    simple = f'<w:fldSimple w:instr="{quoted}">{run("a")}</w:fldSimple>'
    with pytest.raises(FileRefusedError, match="field"):
        read(paragraph(simple if is_simple else field(instruction, run("a"))))


def test_field_that_is_asked_for_in_pieces_is_refused_all_the_same() -> None:
    begin, _, separate, end = field("", "").replace("</w:r>", "</w:r>|").split("|")[:-1]
    pieces = [f"<w:r><w:instrText>{part}</w:instrText></w:r>" for part in ("D", "DE", "AUTO x")]
    with pytest.raises(FileRefusedError, match="DDE"):
        read(paragraph(begin, *pieces, separate, end))
    with pytest.raises(FileRefusedError, match="DDE"):
        read(paragraph(begin, *pieces, end))


def test_fields_in_a_field_are_each_what_they_are() -> None:
    inner = field(" PAGE ", run("seven"))
    link = field(' HYPERLINK "a" ', run("chapter "), inner, run(" of it"))
    document = read(paragraph(run("See "), link, run(" now")))
    assert texts(document) == ["See <g1>chapter <x2/> of it</g1> now"]
    new = document.render(["Jetzt <g1>das <x2/> Kapitel</g1> lesen"])
    assert said(new) == ["Jetzt ", "das ", "seven", " Kapitel", " lesen"]
    kinds = [one.get(f"{{{W}}}fldCharType") for one in root(new, MAIN).iter(f"{{{W}}}fldChar")]
    assert kinds == ["begin", "separate", "begin", "separate", "end", "end"]


@pytest.mark.parametrize("kind", ["begin", "separate", "end"])
def test_mark_without_its_others_is_no_field(kind: str) -> None:
    """A beginning without an end is one up to the end of the part."""
    mark = f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'
    document = read(paragraph(run("One"), mark, run(" two")))
    assert texts(document) == (["One"] if kind == "begin" else ["One<x1/> two"])


def test_field_whose_end_is_in_a_hyperlink_is_left_where_it_is() -> None:
    begin, asked, separate, end = (
        field(" HYPERLINK a ").replace("</w:r>", "</w:r>|").split("|")[:-1]
    )
    link = f'<w:hyperlink w:anchor="a">{run("two")}{end}</w:hyperlink>'
    document = read(paragraph(begin, asked, separate, run("One "), link, run(" three")))
    assert texts(document) == ["One <g1>two</g1> three"]


def test_very_many_fields_are_read_in_time() -> None:
    marks = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>' * 50_000
    assert texts(read(paragraph(run("One"), marks, run("two")))) == ["One"]
