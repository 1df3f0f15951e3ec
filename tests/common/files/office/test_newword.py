from io import BytesIO

import docx
from hypothesis import given, settings
from hypothesis import strategies as st

from common.files import docx as docx_format
from common.files.document import FileOptions, Limits
from common.files.office.newword import Paragraph, word_document
from tests.common.files.office.made import texts, unzipped

PARAGRAPHS = [
    Paragraph("Title", 1, 0),
    Paragraph("One & <two>", 0, 0),
    Paragraph("Part", 2, 1),
    Paragraph("Three\nfour\x0b", 0, 1),
]


def test_paragraphs_headings_and_pages_are_written() -> None:
    opened = docx.Document(BytesIO(word_document(PARAGRAPHS, "pt-BR")))
    assert [(one.text, one.style.name if one.style else None) for one in opened.paragraphs] == [
        ("Title", "Heading 1"),
        ("One & <two>", "Normal"),
        ("Part", "Heading 2"),
        ("Three four", "Normal"),
    ]
    breaks = [one.paragraph_format.page_break_before for one in opened.paragraphs]
    assert breaks == [None, None, True, None]


def test_language_is_said_where_it_is_known() -> None:
    assert b'"pt-BR"' in styles(word_document(PARAGRAPHS, "pt-BR"))
    assert b"w:lang" not in styles(word_document(PARAGRAPHS))


def styles(data: bytes) -> bytes:
    return unzipped(data)["word/styles.xml"]


def test_same_paragraphs_are_the_same_bytes() -> None:
    assert word_document(PARAGRAPHS) == word_document(PARAGRAPHS)


@given(st.lists(st.text(), max_size=5), st.text(max_size=5))
@settings(deadline=None)
def test_any_text_is_written(lines: list[str], language: str) -> None:
    data = word_document([Paragraph(line) for line in lines], language)
    document = docx_format.read(data, Limits(), FileOptions())
    assert len(texts(document)) <= len(lines)
