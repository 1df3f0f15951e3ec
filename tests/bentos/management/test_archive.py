import hashlib
import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from bentos.management import archive
from bentos.management.archive import BundleError

CONTENT = b"weights" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def written(tmp_path: Path) -> bytes:
    file = tmp_path / "file"
    file.write_bytes(CONTENT)
    out = io.BytesIO()
    archive.put_bytes(out, "first", b"{}")
    archive.put_file(out, DIGEST, file, len(CONTENT))
    archive.end(out)
    return out.getvalue()


def member(name: str, content: bytes = b"", **header: object) -> bytes:
    """A member as tarfile writes it."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in header.items():
        setattr(info, key, value)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def test_what_is_written_comes_back_in_order(tmp_path: Path) -> None:
    content = io.BytesIO(written(tmp_path))
    assert archive.take_bytes(content, "first", 10) == b"{}"
    archive.take_file(content, DIGEST, len(CONTENT), tmp_path / "below" / "copy")
    archive.expect_end(content)
    assert (tmp_path / "below" / "copy").read_bytes() == CONTENT


def test_size_is_known_before_anything_is_written(tmp_path: Path) -> None:
    assert len(written(tmp_path)) == archive.size_of([2, len(CONTENT)])


def test_any_tar_lists_it(tmp_path: Path) -> None:
    file = tmp_path / "x.tar"
    file.write_bytes(written(tmp_path))
    with tarfile.open(file) as tar:
        assert tar.getnames() == ["first", DIGEST]
    listed = subprocess.run(["tar", "-tf", file], capture_output=True, text=True, check=True)  # noqa: S603, S607 - the system's
    assert listed.stdout.split() == ["first", DIGEST]


def test_file_is_passed_over_unseen(tmp_path: Path) -> None:
    content = io.BytesIO(written(tmp_path))
    archive.take_bytes(content, "first", 10)
    archive.take_file(content, DIGEST, len(CONTENT), None)
    archive.expect_end(content)


def test_changed_content_is_refused(tmp_path: Path) -> None:
    content = io.BytesIO(written(tmp_path).replace(b"weights", b"WEIGHTS", 1))
    archive.take_bytes(content, "first", 10)
    with pytest.raises(BundleError, match="copy was changed"):
        archive.take_file(content, DIGEST, len(CONTENT), tmp_path / "copy")


def test_file_that_changes_while_it_is_written_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(CONTENT[:-1])
    with pytest.raises(BundleError, match="file was changed while it was exported"):
        archive.put_file(io.BytesIO(), DIGEST, file, len(CONTENT))


def test_content_that_ends_early_is_refused(tmp_path: Path) -> None:
    content = io.BytesIO(written(tmp_path)[:3000])
    archive.take_bytes(content, "first", 10)
    with pytest.raises(BundleError, match="cut short"):
        archive.take_file(content, DIGEST, len(CONTENT), tmp_path / "copy")


@pytest.mark.parametrize("rest", [b"", bytes(512), bytes(1023)])
def test_missing_end_is_refused(rest: bytes) -> None:
    with pytest.raises(BundleError, match="cut short"):
        archive.expect_end(io.BytesIO(rest))


@pytest.mark.parametrize("rest", [bytes(1024) + b"x", bytes(20_000), member("more", b"x")])
def test_anything_behind_the_end_is_refused(rest: bytes) -> None:
    with pytest.raises(BundleError, match="more than it lists"):
        archive.expect_end(io.BytesIO(rest))


def test_padding_of_tar_itself_is_an_end() -> None:
    archive.expect_end(io.BytesIO(bytes(10240)))


@pytest.mark.parametrize(
    "content",
    [
        member("../first", b"{}"),
        member("/first", b"{}"),
        member("other", b"{}"),
        member("first", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        member("first", type=tarfile.LNKTYPE, linkname="/etc/passwd"),
        member("first", type=tarfile.CHRTYPE, devmajor=1, devminor=3),
        member("first", type=tarfile.FIFOTYPE),
        member("first", type=tarfile.DIRTYPE),
        member("f" * 200, b"{}"),
        member("first", b"{}" * 10),
        b"",
        b"first",
        bytes(512),
        b"\xff" * 512,
    ],
)
def test_anything_else_than_the_file_expected_is_refused(content: bytes) -> None:
    with pytest.raises(BundleError):
        archive.take_bytes(io.BytesIO(content), "first", 10)


def test_header_that_announces_another_is_not_followed() -> None:
    """A pax header of any size would be read into memory."""
    info = tarfile.TarInfo("first")
    info.size, info.type = 2**60, tarfile.XHDTYPE
    with pytest.raises(BundleError, match="something else than plain files"):
        archive.take_bytes(io.BytesIO(info.tobuf(tarfile.GNU_FORMAT)), "first", 2**62)


def test_content_larger_than_eight_gigabytes_has_a_header() -> None:
    size = 40_000_000_000
    assert archive._next(io.BytesIO(archive._header(DIGEST, size))) == (DIGEST, size)
