"""Which encoding a file is in: marked, declared, UTF-8, or to be guessed; else it is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.files.document import FileDamagedError, FileRefusedError
from common.files.encoding import Encoding, decode

RUSSIAN = "Съешь же ещё этих мягких французских булок, да выпей чаю. " * 4


@pytest.mark.parametrize(
    ("codec", "name"),
    [("utf-8-sig", "utf-8"), ("utf-16", "utf-16-le"), ("utf-32", "utf-32-le"), ("utf-8", "utf-8")],
)
def test_a_mark_tells_it(codec: str, name: str) -> None:
    decoded = decode(RUSSIAN.encode(codec))
    assert (decoded.text, decoded.encoding.name) == (RUSSIAN, name)


@pytest.mark.parametrize("codec", ["utf_16_be", "utf_32_be"])
def test_the_other_byte_order_is_told_too(codec: str) -> None:
    data = f"\ufeff{RUSSIAN}".encode(codec)
    decoded = decode(data)
    assert decoded.text == RUSSIAN
    assert decoded.encoding.encode(decoded.text) == data


@pytest.mark.parametrize("codec", ["cp1251", "koi8-r", "cp866"])
def test_others_are_guessed(codec: str) -> None:
    assert decode(RUSSIAN.encode(codec)).text == RUSSIAN


def test_what_is_declared_comes_before_a_guess() -> None:
    assert decode("æ".encode("cp1252"), "cp1252").text == "æ"
    assert decode("æ".encode(), "no-such-codec").text == "æ"


@pytest.mark.parametrize("name", ["utf-16-le", "UTF_32", "punycode", "unicode_escape", "rot13"])
def test_what_no_document_is_in_is_not_believed(name: str) -> None:
    assert decode(b"text", name).text == "text"


def test_what_is_declared_wrongly_is_utf8() -> None:
    assert decode("жизнь".encode(), "ascii").text == "жизнь"


@pytest.mark.parametrize(
    "data", [b"MZ\0\0\x90\0", "text".encode("utf-16-le"), b"\x01\x02\x81\xff\x04"]
)
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(FileRefusedError, match="UTF"):
        decode(data)


def test_what_is_not_what_its_mark_says_is_damaged() -> None:
    with pytest.raises(FileDamagedError, match="UTF-16-LE"):
        decode(b"\xff\xfea")


def test_what_an_encoding_lacks_is_written_in_utf8() -> None:
    assert Encoding("cp1252").encode("жук") == "жук".encode()
    assert Encoding("cp1252").encode("ж", "xmlcharrefreplace") == b"&#1078;"


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_whatever_is_taken_comes_back(data: bytes) -> None:
    try:
        decoded = decode(data)
    except FileRefusedError:
        return
    assert decoded.encoding.encode(decoded.text) == data


@pytest.mark.parametrize("data", [b"H\xffel", b"H,e\xc3", b"\xc3lo\xa9"])
def test_no_guess_is_of_two_bytes_a_letter(data: bytes) -> None:
    assert len(decode(data).text) == len(data)
