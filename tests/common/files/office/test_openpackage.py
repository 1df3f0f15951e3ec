import pytest

from common.files.document import FileDamagedError, FileRefusedError, Limits
from common.files.office.archive import Archive
from common.files.office.openpackage import check
from tests.common.files.office.made import HEAD, ODT, odt, zipped

MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"


def checked(data: bytes) -> None:
    check(Archive(data, Limits()), Limits(), ODT, "OpenDocument text")


def test_text_with_what_harms_nobody_is_taken() -> None:
    body = (
        '<text:a xlink:href="https://example.org/">a</text:a>'
        '<draw:image xlink:href="Pictures/a.png"/>'
        '<draw:object xlink:href="./Object 1"/>'
    )
    entry = f'<m:manifest xmlns:m="{MANIFEST}"><m:file-entry/></m:manifest>'
    checked(
        odt(
            body, {"META-INF/manifest.xml": HEAD + entry, "layout-cache": b"\1", "settings.xml": ""}
        )
    )


@pytest.mark.parametrize(
    "data",
    [
        zipped({"content.xml": "<a/>"}),
        zipped({"mimetype": ODT}),
        zipped({"mimetype": ODT.replace("text", "spreadsheet"), "content.xml": "<a/>"}),
        zipped({"mimetype": b"\xff\xfe", "content.xml": "<a/>"}),
    ],
)
def test_another_kind_of_file_is_not_what_its_name_says(data: bytes) -> None:
    with pytest.raises(FileDamagedError, match="no OpenDocument text"):
        checked(data)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('<script:event-listener xlink:href="vnd.sun.star.script:a"/>', "macros"),
        ('<office:script script:language="Basic"/>', "macros"),
        ('<draw:object-ole xlink:href="./Object 1"/>', "OLE"),
        ('<draw:applet xlink:href="a"/>', "programs"),
        ('<draw:plugin xlink:href="a"/>', "programs"),
        ('<text:section><office:dde-source office:dde-application="cmd"/></text:section>', "DDE"),
        ('<text:dde-connection-decl office:dde-application="cmd"/>', "DDE"),
        ('<draw:image xlink:href="http://127.0.0.1/a.png"/>', "elsewhere"),
        ('<text:section-source xlink:href="file://host/share/a.odt"/>', "elsewhere"),
        ('<draw:floating-frame xlink:href="//host/a"/>', "elsewhere"),
        ('<draw:image xlink:href="\\\\host\\a.png"/>', "elsewhere"),
    ],
)  # fmt: skip
def test_what_runs_or_loads_is_refused(body: str, reason: str) -> None:
    with pytest.raises(FileRefusedError, match=reason):
        checked(odt(body))


def test_it_is_refused_in_an_object_too() -> None:
    inner = '<a xmlns:x="http://www.w3.org/1999/xlink"><image x:href="http://127.0.0.1/a"/></a>'
    with pytest.raises(FileRefusedError, match="elsewhere"):
        checked(odt("", {"Object 1/content.xml": inner}))


@pytest.mark.parametrize("name", ["Basic/Standard/a.xml", "Scripts/python/a.py", "Dialogs/a.xml"])
def test_macros_are_refused(name: str) -> None:
    with pytest.raises(FileRefusedError, match="macros"):
        checked(odt("", {name: "<a/>"}))


def test_password_is_refused() -> None:
    entry = "<m:file-entry><m:encryption-data/></m:file-entry>"
    manifest = f'<m:manifest xmlns:m="{MANIFEST}">{entry}</m:manifest>'
    with pytest.raises(FileRefusedError, match="password"):
        checked(odt("", {"META-INF/manifest.xml": manifest}))


@pytest.mark.parametrize(
    "name", ["styles.xml", "META-INF/manifest.xml", "manifest.rdf", "Object 1/a.xml"]
)
def test_document_type_is_refused_in_any_part(name: str) -> None:
    with pytest.raises(FileRefusedError, match="document type"):
        checked(odt("", {name: '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'}))
