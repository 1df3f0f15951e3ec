import zlib
from io import BytesIO
from pathlib import Path

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from common.files import pdf
from common.files.document import (
    Document,
    FileDamagedError,
    FileOptions,
    FileRefusedError,
    FileTooLargeError,
    Limits,
)
from tests.common.files.office.made import render, texts

MUSEUM = (Path(__file__).parents[2] / "data" / "files" / "museum.pdf").read_bytes()
WORDS = b"BT /F1 12 Tf 50 700 Td (Some words on a page) Tj ET"


def read(data: bytes, limits: Limits = Limits()) -> Document:  # noqa: B008 - it is frozen
    return pdf.read(data, limits, FileOptions(target_lang="de"))


def made(content: bytes, *, filters: str = "", pages: str = "[3 0 R]", page: str = "") -> bytes:
    """A PDF of one page, by hand: its table of objects is for the reader to recover."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count 1/Kids{pages}>>".encode(),
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 5 0 R{page}"
        "/Resources<</Font<</F1 4 0 R>>>>>>".encode(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        f"<</Length {len(content)}{filters}>>".encode() + b"stream\n" + content + b"\nendstream",
    ]
    body = b"%PDF-1.7\n"
    places = []
    for number, one in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj" % number + one + b"endobj\n"
    table = b"xref\n0 6\n0000000000 65535 f \n" + b"".join(
        b"%010d 00000 n \n" % at for at in places
    )
    return body + table + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(body)


def test_paragraphs_of_a_real_file_become_those_of_a_word_document() -> None:
    document = read(MUSEUM)
    assert texts(document)[1] == "Visiting the museum"
    assert "Bring a bottle of water." in " ".join(texts(document))
    opened = docx.Document(BytesIO(render(document)))
    lines = [one.text for one in opened.paragraphs]
    assert lines == [text.upper() for text in texts(document)]
    assert opened.paragraphs[1].style is not None
    assert opened.paragraphs[1].style.name == "Heading 1"


def test_what_has_no_letter_stays_between() -> None:
    document = read(
        made(WORDS + WORDS.replace(b"700", b"600").replace(b"Some words on a page", b"12"))
    )
    assert texts(document) == ["Some words on a page"]
    opened = docx.Document(BytesIO(document.render(["Worte"])))
    assert [one.text for one in opened.paragraphs] == ["Worte", "12"]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"hello" * 400 + b"%PDF-1.7"])
def test_what_is_no_pdf_is_damaged(data: bytes) -> None:
    with pytest.raises(FileDamagedError, match="no PDF"):
        read(data)


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7", b"%PDF-1.7\n" + bytes(2000), MUSEUM[: len(MUSEUM) // 9]]
)
def test_pdf_that_cannot_be_read_is_damaged(data: bytes) -> None:
    with pytest.raises(FileDamagedError, match="damaged"):
        read(data)


@pytest.mark.parametrize("content", [b"", b"BT /F1 12 Tf (12 - 14) Tj ET", b"q 10 0 0 10 0 0 cm Q"])
def test_pdf_without_text_is_refused(content: bytes) -> None:
    with pytest.raises(FileRefusedError, match="OCR"):
        read(made(content))


@pytest.mark.parametrize("password", ["secret", ""])
def test_protected_pdf_is_refused(password: str) -> None:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(MUSEUM)))
    writer.encrypt(password, "owner", algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    with pytest.raises(FileRefusedError, match="protected"):
        read(out.getvalue())


def deflated(size: int, times: int) -> bytes:
    content = b" " * size
    for _ in range(times):
        content = zlib.compress(content, 9)
    return content


@pytest.mark.parametrize("times", [1, 2])
def test_stream_that_unpacks_to_far_too_much_is_refused(times: int) -> None:
    data = made(deflated(200_000_000, times), filters=f"/Filter[{'/FlateDecode' * times}]")
    assert len(data) < 1_000_000
    with pytest.raises(FileTooLargeError):
        read(data)


def test_stream_that_takes_more_memory_than_there_is_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pdf, "_MEMORY", 200_000_000)
    data = made(deflated(70_000_000, 1), filters="/Filter/FlateDecode")
    with pytest.raises(FileTooLargeError):
        read(data)


def test_page_that_takes_more_time_than_there_is_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pdf, "_SECONDS", 1)
    with pytest.raises(FileTooLargeError):
        read(made(WORDS * 200_000))


def test_pages_and_characters_are_bounded() -> None:
    with pytest.raises(FileTooLargeError):
        read(MUSEUM, Limits(max_parts=0))
    with pytest.raises(FileTooLargeError):
        read(MUSEUM, Limits(max_chars=100))


@pytest.mark.parametrize("pages", ["[2 0 R]", "[99 0 R]", "3 0 R", "[1 0 R]"])
def test_pages_in_a_circle_or_nowhere_are_refused(pages: str) -> None:
    with pytest.raises(FileRefusedError):
        read(made(WORDS, pages=pages))


def test_nothing_that_a_pdf_would_run_is_looked_at() -> None:
    script = "/AA<</O<</S/JavaScript/JS(app.launchURL)>>>>"
    assert texts(read(made(WORDS, page=script))) == ["Some words on a page"]


@given(st.data())
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_bytes_are_read_or_refused(data: st.DataObject) -> None:
    whole = bytearray(made(WORDS))
    for _ in range(data.draw(st.integers(1, 30))):
        whole[data.draw(st.integers(8, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert render(read(bytes(whole)))
    except FileRefusedError:
        return
