import pytest
from lxml import etree

from common.files import epub
from common.files.document import (
    Document,
    FileDamagedError,
    FileOptions,
    FileRefusedError,
    FileTooLargeError,
    Limits,
)
from tests.common.files.office.made import HEAD, NONE, Parts, render, texts, unzipped, zipped

CONTAINER = (
    f'{HEAD}<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/>'
    "</rootfiles></container>"
)
PACKAGE = (
    f'{HEAD}<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<metadata><dc:title>Stays</dc:title><dc:language>en</dc:language></metadata><manifest>"
    '<item id="a" href="one%20page.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="b" href="one%20page.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="c" href="gone.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="d" href="../toc.ncx" media-type="application/x-dtbncx+xml"/>'
    '<item id="e" href="style.css" media-type="text/css"/></manifest></package>'
)
PAGE = (
    f'{HEAD}<!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml" lang="en"><head>'
    "<title>The book</title></head><body><h1>Chapter one</h1>"
    "<p>It was <b>dark</b> &amp; late.<br/></p>"
    "<script>run()</script></body></html>"
)
NCX = (
    f'{HEAD}<!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "ncx-2005-1.dtd"><ncx><navMap>'
    "<navPoint><navLabel><text>Chapter one &amp; more</text></navLabel>"
    '<content src="OEBPS/one%20page.xhtml"/>'
    "</navPoint><navPoint><navLabel><text>12</text></navLabel></navPoint></navMap></ncx>"
)
FIRST = "OEBPS/one page.xhtml"


def book(parts: Parts = NONE) -> bytes:
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OEBPS/content.opf": PACKAGE,
            FIRST: PAGE,
            "toc.ncx": NCX,
            "OEBPS/style.css": "p { color: red }",
            **parts,
        }
    )


def read(data: bytes, limits: Limits = Limits()) -> Document:  # noqa: B008 - it is frozen
    return epub.read(data, limits, FileOptions(target_lang="fr"))


def test_pages_and_the_table_of_contents_are_texts() -> None:
    document = read(book())
    assert [text.split("</")[0].rpartition(">")[2] for text in texts(document)] == [
        "The book",
        "Chapter one",
        "dark",
        "Chapter one & more",
    ]


def test_book_with_its_own_texts_is_itself() -> None:
    document = read(book())
    assert document.render(texts(document)) == book()


def test_translated_book_is_one_in_another_language() -> None:
    document = read(book())
    new = unzipped(render(document))
    assert [*new] == [*unzipped(book())]
    page, contents = new[FIRST].decode(), new["toc.ncx"].decode()
    assert "<p>IT WAS <b>DARK</b> &amp; LATE.<br/></p>" in page
    assert "<script>run()</script>" in page
    assert etree.fromstring(page.encode()).get("lang") == "fr"
    assert "<text>CHAPTER ONE &amp; MORE</text>" in contents
    assert "<text>12</text>" in contents
    assert b"language>fr</dc:language>" in new["OEBPS/content.opf"]
    assert new["OEBPS/style.css"] == b"p { color: red }"


def test_book_of_no_known_language_says_what_it_said() -> None:
    document = epub.read(book(), Limits(), FileOptions())
    assert b"language>en<" in unzipped(render(document))["OEBPS/content.opf"]


def test_as_many_translations_as_texts_are_wanted() -> None:
    with pytest.raises(ValueError, match="as many"):
        read(book()).render(["one"])


@pytest.mark.parametrize(
    "data",
    [
        zipped({"mimetype": "application/zip", "META-INF/container.xml": CONTAINER}),
        zipped({"META-INF/container.xml": CONTAINER}),
        zipped({"mimetype": "application/epub+zip"}),
        book({"META-INF/container.xml": "<container/>"}),
        book({"OEBPS/content.opf": "text"}),
    ],
)
def test_what_is_no_book_is_damaged(data: bytes) -> None:
    with pytest.raises(FileDamagedError):
        read(data)


def locked(name: str) -> str:
    return f'{HEAD}<encryption><CipherReference URI="{name}"/></encryption>'


def test_protected_book_is_refused_and_one_with_protected_fonts_is_not() -> None:
    with pytest.raises(FileRefusedError, match="DRM"):
        read(book({"META-INF/encryption.xml": locked("OEBPS/one%20page.xhtml")}))
    assert texts(read(book({"META-INF/encryption.xml": locked("OEBPS/font.otf")})))


@pytest.mark.parametrize(
    "name", ["META-INF/container.xml", "META-INF/encryption.xml", "OEBPS/content.opf"]
)
def test_document_type_is_refused_where_xml_is_read(name: str) -> None:
    with pytest.raises(FileRefusedError, match="document type"):
        read(book({name: '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'}))


def test_number_of_texts_is_bounded() -> None:
    with pytest.raises(FileTooLargeError, match="more than 2 texts"):
        read(book(), Limits(max_texts=2))


def test_labels_that_never_end_are_read_in_time() -> None:
    assert texts(read(book({"toc.ncx": "<text " * 200_000 + "<text>" * 200_000})))
