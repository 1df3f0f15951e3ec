import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from common.files.document import FileDamagedError, FileRefusedError, FileTooLargeError
from common.files.office import trees
from common.files.office.trees import (
    legal,
    local_name,
    namespace_of,
    parsed,
    refuse_dtd,
    serialized,
)

LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10) for level in range(1, 10)
)


@pytest.mark.parametrize(
    "attack",
    [
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha">' + LAUGHS + b"]><a>&l9;</a>",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]><a/>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>',
        b"<!-- first --><!DOCTYPE a><a/>",
        '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode("utf-16"),
    ],
    ids=["laughs", "file", "parameter", "external", "comment", "utf-16"],
)
def test_document_type_is_refused_whatever_is_in_it(attack: bytes) -> None:
    with pytest.raises(FileRefusedError, match="document type"):
        parsed(attack, 10)
    with pytest.raises(FileRefusedError, match="document type"):
        refuse_dtd(attack)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text",
        b"<a>",
        b"<a></b>",
        b"<a>&unknown;</a>",
        b"\0" * 100,
        b'<?xml version="1.0" encoding="nonsense"?><a/>',
        b"<!--" + b" " * 100_000 + b"--><a/>",
    ],
)
def test_what_is_not_well_formed_is_damaged(data: bytes) -> None:
    with pytest.raises(FileDamagedError, match="not XML"):
        parsed(data, 10)


def test_depth_is_bounded() -> None:
    assert parsed(b"<a>" * 10 + b"</a>" * 10, 10).tag == "a"
    with pytest.raises(FileTooLargeError, match="more than 9 deep"):
        parsed(b"<a>" * 10 + b"</a>" * 10, 9)
    with pytest.raises(FileRefusedError):
        parsed(b"<a>" * 100_000 + b"</a>" * 100_000, 200)


def test_number_of_nodes_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "MAX_MARKS", 20)
    parsed(b"<a>" + b"<b/>" * 18 + b"</a>", 10)
    with pytest.raises(FileTooLargeError, match="too many elements"):
        parsed(b"<a>" + b"<b/>" * 19 + b"</a>", 10)
    with pytest.raises(FileTooLargeError, match="too many elements"):
        parsed(b"<a " + b" ".join(b'b%d=""' % at for at in range(20)) + b"/>", 10)


@pytest.mark.parametrize("standalone", ["", ' standalone="yes"'])
def test_what_stands_around_the_root_is_written_again(standalone: str) -> None:
    data = f'<?xml version="1.0"{standalone}?><?a b?><x:r xmlns:x="urn:x">é<!-- c --></x:r>'
    written = serialized(parsed(data.encode(), 10)).decode()
    assert written.replace("'", '"').replace("\n", "") == data.replace(
        'version="1.0"', 'version="1.0" encoding="UTF-8"'
    )


def test_names_are_those_of_elements_alone() -> None:
    root = etree.fromstring('<a xmlns:x="urn:x"><x:b/><!-- c --></a>')
    assert [local_name(one) for one in root.iter()] == ["a", "b", ""]
    assert [namespace_of(one) for one in root.iter()] == ["", "urn:x", ""]


@given(st.text(st.characters()))
@settings(deadline=None)
def test_legal_text_is_written_and_what_was_legal_stays(text: str) -> None:
    root = etree.Element("a")
    root.text = legal(text)
    assert legal(legal(text)) == legal(text)
    kept = [char for char in text if char in legal(text)]
    assert "".join(kept) == legal(text)


def test_illegal_characters_are_left_out() -> None:
    assert legal("a\x0bb\x00c\ud800d\ufffee\U0001f600\tf\n") == "abcde\U0001f600\tf\n"
