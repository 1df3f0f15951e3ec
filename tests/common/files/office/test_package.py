import pytest

from common.files.document import FileDamagedError, FileRefusedError, Limits
from common.files.office.archive import Archive
from common.files.office.package import Package, is_elsewhere
from tests.common.files.office.made import (
    DOCX,
    PPTX,
    TYPES,
    docx,
    package,
    relationships,
    word,
    zipped,
)

DOCUMENT_RELATIONSHIPS = "word/_rels/document.xml.rels"


def opened(data: bytes) -> Package:
    return Package(Archive(data, Limits()), Limits(), DOCX, "Word document")


def test_parts_are_found_by_their_type_and_in_the_order_of_their_numbers() -> None:
    header = f"{TYPES}.wordprocessingml.header+xml"
    names = [f"word/header{number}.xml" for number in (10, 9, 1)]
    found = opened(docx("", dict.fromkeys(names, "<a/>"), dict.fromkeys(names, header)))
    assert found.of_type(DOCX, header) == ["word/document.xml", *names[::-1]]
    assert found.of_type("image/png") == []
    assert found.type("word/_rels/document.xml.rels").endswith("relationships+xml")
    assert found.type("word/image.png") == ""
    assert found.read("word/header1.xml") == b"<a/>"


def test_types_are_compared_without_their_case() -> None:
    data = package({"Word/Document.xml": DOCX.upper()}, {"Word/Document.xml": word("")})
    assert opened(data).of_type(DOCX) == ["Word/Document.xml"]


@pytest.mark.parametrize(
    "data",
    [
        zipped({"a.txt": "some text"}),
        package({}, {"word/document.xml": word("")}),
        package({"ppt/presentation.xml": PPTX}, {"ppt/presentation.xml": "<a/>"}),
        package(
            {"word/document.xml": DOCX.replace("document.main", "template.main")},
            {"word/document.xml": word("")},
        ),
        package({"word/document.xml": DOCX}, {}),
    ],
    ids=["zip", "untyped", "presentation", "template", "missing"],
)
def test_another_kind_of_file_is_not_what_its_name_says(data: bytes) -> None:
    with pytest.raises(FileDamagedError, match="no Word document"):
        opened(data)


@pytest.mark.parametrize(
    ("types", "parts", "reason"),
    [
        ({}, {"word/vbaProject.bin": "x"}, "macros"),
        ({"word/any.bin": "application/vnd.ms-office.vbaProject"}, {"word/any.bin": "x"}, "macros"),
        (
            {"word/document.xml": "application/vnd.ms-word.document.macroEnabled.main+xml"},
            {},
            "macros",
        ),
        (
            {"xl/macrosheets/sheet1.xml": "application/vnd.ms-excel.macrosheet+xml"},
            {"xl/macrosheets/sheet1.xml": "<a/>"},
            "macros",
        ),
        (
            {"word/a.xml": "application/vnd.ms-office.activeX+xml"},
            {"word/a.xml": "<a/>"},
            "ActiveX",
        ),
        ({}, {"word/activeX/activeX1.bin": "x"}, "ActiveX"),
        ({"word/a.bin": f"{TYPES}.oleObject"}, {"word/a.bin": "x"}, "OLE"),
        ({}, {"word/embeddings/oleObject1.bin": "x"}, "OLE"),
        ({}, {DOCUMENT_RELATIONSHIPS: relationships("vbaProject", target="a.bin")}, "macros"),
        ({}, {DOCUMENT_RELATIONSHIPS: relationships("oleObject", target="a.bin")}, "OLE"),
        ({}, {DOCUMENT_RELATIONSHIPS: relationships("control", target="a.bin")}, "embedded"),
        ({}, {DOCUMENT_RELATIONSHIPS: relationships("package", target="a.xlsx")}, "embedded"),
        ({}, {DOCUMENT_RELATIONSHIPS: relationships("aFChunk", target="a.mht")}, "embedded"),
    ],
)  # fmt: skip
def test_what_runs_is_refused(types: dict[str, str], parts: dict[str, str], reason: str) -> None:
    with pytest.raises(FileRefusedError, match=reason):
        opened(docx("", parts, types))


@pytest.mark.parametrize(
    "kind", ["attachedTemplate", "image", "frame", "video", "externalLinkPath"]
)
@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1/a", "HTTPS://127.0.0.1/a", "\\\\host\\share\\a", "file://host/share/a"],
)
@pytest.mark.parametrize(
    "name", [DOCUMENT_RELATIONSHIPS, "word/_rels/settings.xml.rels", "_rels/.rels"]
)
def test_what_loads_from_elsewhere_is_refused(kind: str, target: str, name: str) -> None:
    data = docx("", {name: relationships(kind, target=target, external=True)})
    with pytest.raises(FileRefusedError, match="loads something from elsewhere"):
        opened(data)


@pytest.mark.parametrize("kind", ["subDocument", "frame"])
def test_another_document_taken_in_is_refused_wherever_it_is(kind: str) -> None:
    data = docx("", {DOCUMENT_RELATIONSHIPS: relationships(kind, target="a", external=True)})
    with pytest.raises(FileRefusedError, match="takes in other files"):
        opened(data)


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("hyperlink", "https://example.org/"),
        ("hyperlink", "mailto:a@example.org"),
        ("hyperlink", "file://host/share/a.docx"),
        ("attachedTemplate", "file:///C:\\Users\\A\\Normal.dotm"),
        ("attachedTemplate", "C:\\Users\\A\\Normal.dotm"),
        ("image", "pictures/one.png"),
    ],
)
def test_what_only_a_reader_follows_or_lies_beside_is_taken(kind: str, target: str) -> None:
    data = docx("", {DOCUMENT_RELATIONSHIPS: relationships(kind, target=target, external=True)})
    assert opened(data).of_type(DOCX)


def test_workbook_behind_a_chart_is_taken_and_nowhere_else() -> None:
    behind = relationships("package", target="../embeddings/a.xlsx")
    assert opened(docx("", {"word/charts/_rels/chart1.xml.rels": behind})).of_type(DOCX)
    with pytest.raises(FileRefusedError, match="embedded"):
        opened(docx("", {"word/charts/sub/_rels/chart1.xml.rels": behind}))
    of_macros = {"word/embeddings/a.xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12"}
    with pytest.raises(FileRefusedError, match="macros"):
        opened(
            docx(
                "",
                {"word/charts/_rels/chart1.xml.rels": behind, **dict.fromkeys(of_macros, "x")},
                of_macros,
            )
        )


@pytest.mark.parametrize(
    "part", ["word/theme/theme1.xml", "word/_rels/document.xml.rels", "customXml/a.XML"]
)
def test_document_type_is_refused_in_any_part(part: str) -> None:
    with pytest.raises(FileRefusedError, match="document type"):
        opened(docx("", {part: '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'}))


def test_part_that_is_no_xml_is_damage() -> None:
    with pytest.raises(FileDamagedError):
        opened(docx("", {"word/theme/theme1.xml": "text"}))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("", False),
        ("media/image1.png", False),
        ("../media/image1.png", False),
        ("#bookmark", False),
        ("c:/a.png", False),
        ("file:///c:/a.png", False),
        ("file:////host/a.png", True),
        ("  http://127.0.0.1", True),
        ("//host/a", True),
        ("smb://host/a", True),
        ("mhtml:http://127.0.0.1", True),
        ("http://[bad", True),
    ],
)
def test_elsewhere_is_on_another_machine(target: str, expected: bool) -> None:
    assert is_elsewhere(target) is expected
