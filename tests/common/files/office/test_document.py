import pytest

from common.files import docx as docx_format
from common.files.document import FileOptions, FileTooLargeError, Limits
from tests.common.files.office.made import (
    Parts,
    W,
    docx,
    paragraph,
    render,
    run,
    said,
    texts,
    unzipped,
)

FOOTER = "application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"


def with_footer() -> bytes:
    footer = f'<w:ftr xmlns:w="{W}">{paragraph(run("Below"))}</w:ftr>'
    parts: Parts = {"word/footer1.xml": footer, "word/theme.bin": b"\0\1"}
    return docx(paragraph(run("One")) + paragraph(run("two")), parts, {"word/footer1.xml": FOOTER})


def test_file_with_its_own_texts_is_itself() -> None:
    data = with_footer()
    document = docx_format.read(data, Limits(), FileOptions())
    assert document.render(texts(document)) == data


def test_part_without_another_text_is_as_it_was() -> None:
    data = with_footer()
    document = docx_format.read(data, Limits(), FileOptions())
    assert texts(document) == ["One", "two", "Below"]
    old, new = unzipped(data), unzipped(document.render(["One", "zwei", "Below"]))
    assert [name for name in old if old[name] != new[name]] == ["word/document.xml"]
    assert [*old] == [*new]


def test_result_is_read_as_what_was_put_in() -> None:
    document = docx_format.read(with_footer(), Limits(), FileOptions())
    again = docx_format.read(render(document), Limits(), FileOptions())
    assert texts(again) == ["ONE", "TWO", "BELOW"]
    assert said(document.render(["a", "b", "c"]), "word/footer1.xml") == ["c"]


def test_document_may_be_rendered_twice() -> None:
    document = docx_format.read(with_footer(), Limits(), FileOptions())
    first = document.render(["a", "b", "c"])
    assert document.render(["d", "e", "f"]) != first
    assert unzipped(document.render(["a", "b", "c"])) == unzipped(first)


@pytest.mark.parametrize("translations", [["a"], ["a", "b", "c", "d"]])
def test_as_many_translations_as_texts_are_wanted(translations: list[str]) -> None:
    document = docx_format.read(with_footer(), Limits(), FileOptions())
    with pytest.raises(ValueError, match="as many"):
        document.render(translations)


def test_number_of_texts_is_bounded() -> None:
    with pytest.raises(FileTooLargeError, match="more than 2 texts"):
        docx_format.read(with_footer(), Limits(max_texts=2), FileOptions())
