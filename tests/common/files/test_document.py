"""What formats and those who call them agree on."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.files import registry
from common.files.document import (
    FileDamagedError,
    FileFormat,
    FileOptions,
    FileRefusedError,
    FileText,
    FileTooLargeError,
    Limits,
)

DATA = Path(__file__).parents[2] / "data"
PIECES = [
    *(
        b'"',
        b"\\",
        b"\n",
        b"\r\n",
        b"<",
        b">",
        b"</",
        b"/>",
        b"&",
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
    ),
    *(
        b"#",
        b"=",
        b"a b",
        b'msgid "',
        b'msgstr "',
        b"msgstr[1] ",
        b"WEBVTT\n",
        b"#, fuzzy\n",
        b"{0}",
    ),
    *(b"00:00:01,000 --> 00:00:02,000\n", b"<source>", b"<trans-unit>", b"</trans-unit>", b"\\u00"),
]
DOCUMENTS = sorted([*DATA.glob("documents/*"), *DATA.glob("markup/*")])


def test_every_refusal_is_one() -> None:
    assert issubclass(FileTooLargeError, FileRefusedError)
    assert issubclass(FileDamagedError, FileRefusedError)
    assert issubclass(FileRefusedError, ValueError)


def test_equal_texts_are_equal_wherever_they_stand() -> None:
    assert len({FileText("a"), FileText("a"), FileText("a", "html")}) == 2


@pytest.mark.parametrize("kind", registry.FORMATS, ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    "data", [b"", b"\0", b"\xff\xfe\x00", b"PK\x03\x04", b"%PDF-1.4", b"{" * 9]
)
def test_whatever_comes_a_format_refuses_it_or_reads_it(kind: FileFormat, data: bytes) -> None:
    with suppress(FileRefusedError):
        document = registry.read(data, kind, Limits(), FileOptions())
        assert document.render([one.text for one in document.texts]) == data


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_real_documents_are_read_and_come_back_byte_for_byte(path: Path) -> None:
    data = path.read_bytes()
    document = registry.read(data, registry.format_of(path.name), Limits())
    assert sum(len(one.text) for one in document.texts) > 100
    assert document.render([one.text for one in document.texts]) == data
    shouted = document.render([one.text.upper() for one in document.texts])
    assert shouted != data or not data.decode().isascii()  # some scripts know no capitals


@settings(deadline=None, max_examples=300)
@given(
    name=st.sampled_from(
        ["a.txt", "a.md", "a.html", "a.srt", "a.po", "a.xliff", "a.properties", "a.json", "a.csv"]
    ),
    data=st.lists(st.sampled_from(PIECES) | st.binary(max_size=3), max_size=20).map(b"".join),
)
def test_no_text_file_is_more_than_a_format_can_take(name: str, data: bytes) -> None:
    with suppress(FileRefusedError):
        document = registry.read(data, registry.format_of(name), Limits(), FileOptions())
        assert document.render([one.text for one in document.texts]) == data
        document.render([f"{one.text} é" for one in document.texts])
