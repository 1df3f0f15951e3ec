"""What formats and those who call them agree on."""

from contextlib import suppress
from pathlib import Path

import pytest

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
