"""Which kinds of files there are, how one is recognised, and what is refused before it is read."""

from collections import Counter
from importlib import import_module

import pytest

from common.files import registry
from common.files.document import FileFormat, FileRefusedError, FileTooLargeError, Limits
from common.files.registry import FORMATS, format_of, formats, result_format_of


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
def test_every_format_can_be_read_and_is_written_as_one_that_is_known(
    kind: FileFormat,
) -> None:
    assert callable(import_module(f"common.files.{kind.module}").read)
    assert kind.suffixes[0] == f".{kind.name}"
    assert result_format_of(kind) in formats()
    assert all(suffix == suffix.lower() for suffix in kind.suffixes)


def test_no_suffix_is_two_formats() -> None:
    counts = Counter(suffix for kind in FORMATS for suffix in kind.suffixes)
    assert counts.most_common(1)[0][1] == 1


def test_a_suffix_comes_before_a_media_type() -> None:
    assert format_of("Page.HTML", "text/plain").name == "html"
    assert format_of("page", "Text/HTML; charset=utf-8").name == "html"
    assert format_of("page.unknown", "text/html").name == "html"


@pytest.mark.parametrize(("name", "media"), [("a.exe", None), ("", None), ("a", "image/png")])
def test_what_is_neither_is_refused(name: str, media: str | None) -> None:
    with pytest.raises(FileRefusedError, match=r"known are .*\.txt"):
        format_of(name, media)


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(max_bytes=3), "larger than 3 bytes"),
        (Limits(max_chars=3), "more than 3 characters"),
        (Limits(max_texts=0), "more than 0 texts"),
    ],
)
def test_what_is_too_much_is_refused(limits: Limits, reason: str) -> None:
    with pytest.raises(FileTooLargeError, match=reason):
        registry.read(b"four", format_of("a.txt"), limits)
