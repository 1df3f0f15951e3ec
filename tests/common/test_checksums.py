import hashlib
from pathlib import Path

from common.checksums import git_blob, sha256


def test_digests_are_those_of_the_whole_content(tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    path = tmp_path / "file"
    path.write_bytes(content)
    assert sha256(path) == hashlib.sha256(content).hexdigest()
    expected = hashlib.sha1(b"blob 2560000\0" + content, usedforsecurity=False).hexdigest()
    assert git_blob(path) == expected


def test_empty_file_has_gits_own_digest(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert git_blob(tmp_path / "file") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
