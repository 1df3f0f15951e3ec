import struct
import zipfile
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.files.document import FileDamagedError, FileRefusedError, FileTooLargeError, Limits
from common.files.office.archive import Archive
from tests.common.files.office.made import unzipped, zipped

LIMITS = Limits()


def of(**parts: str) -> bytes:
    return zipped({f"{name}.xml": part for name, part in parts.items()})


def test_entries_are_read_in_their_order() -> None:
    archive = Archive(of(b="two", a="one"), LIMITS)
    assert [*archive] == ["b.xml", "a.xml"]
    assert archive.read("a.xml") == b"one"
    assert archive.read("b.xml", 2) == b"tw"
    assert archive.size("b.xml") == 3
    assert "a.xml" in archive
    assert "c.xml" not in archive


def test_archive_without_changes_is_itself() -> None:
    data = of(a="one")
    assert Archive(data, LIMITS).written({}) is data


def test_what_is_not_changed_stays_as_it_was() -> None:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as out:
        first = zipfile.ZipInfo("mimetype", (1999, 5, 4, 3, 2, 0))
        out.writestr(first, "stored")
        second = zipfile.ZipInfo("b.xml", (2001, 5, 4, 3, 2, 0))
        second.compress_type, second.external_attr = zipfile.ZIP_DEFLATED, 0o640 << 16
        out.writestr(second, "old")
    written = Archive(content.getvalue(), LIMITS).written({"b.xml": b"new"})
    assert unzipped(written) == {"mimetype": b"stored", "b.xml": b"new"}
    with zipfile.ZipFile(BytesIO(written)) as result:
        one, two = result.infolist()
    assert (one.compress_type, one.date_time) == (zipfile.ZIP_STORED, (1999, 5, 4, 3, 2, 0))
    assert (two.compress_type, two.external_attr) == (zipfile.ZIP_DEFLATED, 0o640 << 16)


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7", b"PK\x05\x06" + 18 * b"\0"])
def test_what_is_no_archive_is_damaged(data: bytes) -> None:
    with pytest.raises(FileDamagedError, match="not what its name says"):
        Archive(data, LIMITS)


def test_old_binary_format_is_refused_by_name() -> None:
    with pytest.raises(FileRefusedError, match="password, or in an old binary format"):
        Archive(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), LIMITS)


def test_archive_that_ends_too_soon_is_damaged() -> None:
    with pytest.raises(FileDamagedError, match="cannot be unpacked"):
        Archive(of(a="one" * 1000)[:-30], LIMITS)


def test_entry_with_other_content_than_its_checksum_is_damaged() -> None:
    data = zipped({"a.xml": "some content"}, zipfile.ZIP_STORED).replace(b"some", b"same")
    with pytest.raises(FileDamagedError, match="cannot be unpacked"):
        Archive(data, LIMITS).read("a.xml")


def test_entry_that_is_not_there_is_damage() -> None:
    with pytest.raises(FileDamagedError):
        Archive(of(a="one"), LIMITS).read("b.xml")


@pytest.mark.parametrize(
    "name",
    [
        "../a.xml",
        "word/../../a.xml",
        "/etc/passwd",
        "..\\a.xml",
        "C:/a.xml",
        "word/./a.xml",
        "a\0.xml",
    ],
)
def test_name_that_leads_out_is_refused(name: str) -> None:
    data = zipped({"x" * len(name): "x"}).replace(b"x" * len(name), name.encode())
    with pytest.raises(FileRefusedError, match="leads out"):
        Archive(data, LIMITS)


def test_link_is_refused() -> None:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as out:
        link = zipfile.ZipInfo("link.xml")
        link.external_attr = 0o120777 << 16
        out.writestr(link, "/etc/passwd")
    with pytest.raises(FileRefusedError, match="leads out"):
        Archive(content.getvalue(), LIMITS)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["a.xml", "A.XML"])
def test_two_entries_of_one_name_are_refused(second: str) -> None:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as out:
        out.writestr("a.xml", "one")
        out.writestr(second, "two")
    with pytest.raises(FileRefusedError, match="two parts of one name"):
        Archive(content.getvalue(), LIMITS)


def test_encrypted_entry_is_refused() -> None:
    data = bytearray(of(a="secret"))
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(sign) + offset] |= 1
    with pytest.raises(FileRefusedError, match="password"):
        Archive(bytes(data), LIMITS)


def test_unusual_method_is_refused() -> None:
    with pytest.raises(FileRefusedError, match="packed in a way"):
        Archive(zipped({"a.xml": "x"}, zipfile.ZIP_LZMA), LIMITS)


def test_entry_that_is_almost_nothing_packed_is_refused() -> None:
    data = zipped({"a.xml": bytes(20 * 1024 * 1024)})
    assert len(data) < 30_000
    with pytest.raises(FileTooLargeError, match="far more than its size"):
        Archive(data, LIMITS)


def test_archive_that_unpacks_to_too_much_is_refused() -> None:
    data = of(a="1" * 600, b="2" * 600)
    with pytest.raises(FileTooLargeError, match="more than 1000 bytes"):
        Archive(data, Limits(max_unpacked_bytes=1000))


def test_archive_of_too_many_entries_is_refused_before_its_directory_is_read() -> None:
    data = zipped({f"{number}.xml": "" for number in range(20)})
    with pytest.raises(FileTooLargeError, match="more than 19 parts"):
        Archive(data, Limits(max_parts=19))


def test_entry_that_says_less_than_it_holds_is_damaged() -> None:
    """However much there is behind: no more than was said is unpacked."""
    data = bytearray(zipped({"a.xml": bytes(100_000)}))
    for sign, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(sign) + offset, 10)
    with pytest.raises(FileDamagedError):
        Archive(bytes(data), LIMITS).read("a.xml")


def test_entries_that_share_their_content_are_bounded_by_what_they_say() -> None:
    """A bomb of one kernel that many entries of the directory point at."""
    data = zipped({"a.xml": "0" * 900_000})
    start = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entry, count = data[start:end], 200
    directory = b"".join(entry.replace(b"a.xml", f"{at:05}".encode()) for at in range(count))
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(directory), start, 0)
    with pytest.raises(FileTooLargeError, match="unpacks to more"):
        Archive(data[:start] + directory + tail, LIMITS)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused(data: st.DataObject) -> None:
    whole = bytearray(of(a="some text", b="more of it" * 20))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(4, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        archive = Archive(bytes(whole), LIMITS)
        contents = {name: archive.read(name) for name in archive}
        assert unzipped(archive.written(dict.fromkeys(contents, b""))).keys() == contents.keys()
    except FileRefusedError:
        return
