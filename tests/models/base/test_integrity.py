from pathlib import Path

import pytest

from common.checksums import sha256
from models.base.integrity import claims, damages
from models.base.manifest import MANIFEST, Manifest, write_manifest
from tests.unprivileged import read_only, readable_folder


def describe(folder: Path, sizes: dict[str, int], checksums: dict[str, str]) -> None:
    manifest = Manifest(
        name="nllb",
        version="1",
        source="org/model",
        license="MIT",
        quantization="int8",
        languages=("eng_Latn", "fra_Latn"),
        sizes=sizes,
        checksums=checksums,
    )
    write_manifest(folder, manifest)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inner").mkdir()
    files = {"model.bin": b"weights", "inner/note": b"x"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    sizes = {name: len(content) for name, content in files.items()}
    describe(tmp_path, sizes, {name: sha256(tmp_path / name) for name in files})
    return tmp_path


def test_whole_weights_have_no_damage(folder: Path) -> None:
    assert damages(folder) == []


def test_every_damage_is_named(folder: Path) -> None:
    (folder / "model.bin").write_bytes(b"weight5")
    (folder / "inner" / "note").write_bytes(b"")
    (folder / "planted").write_bytes(b"x")
    (folder / "beside").write_bytes(b"x")
    assert damages(folder, {"beside"}) == [
        "inner/note has 0 bytes, not 1.",
        "model.bin was changed: its checksum is another.",
        "planted is there, but not in lingua-nexus.json.",
    ]
    (folder / "model.bin").unlink()
    assert "model.bin is missing." in damages(folder)


@pytest.mark.parametrize("manifest", [None, b"", b"{", b'{"sizes": 1}', b"\xff"])
def test_manifest_that_says_nothing_is_a_damage(folder: Path, manifest: bytes | None) -> None:
    file = folder / MANIFEST
    file.unlink() if manifest is None else file.write_bytes(manifest)
    assert claims(folder) is None
    assert damages(folder) == [f"{MANIFEST} is missing or broken: the files cannot be verified."]


def test_manifest_without_checksums_verifies_nothing(folder: Path) -> None:
    describe(folder, {"model.bin": 7}, {})
    assert damages(folder) == [f"{MANIFEST} has no checksums: the files cannot be verified."]


def test_file_without_a_checksum_is_not_verified(folder: Path) -> None:
    sizes = {"model.bin": 7, "inner/note": 1}
    describe(folder, sizes, {"model.bin": sha256(folder / "model.bin")})
    assert damages(folder) == [f"inner/note has no checksum in {MANIFEST}."]


@pytest.mark.parametrize("name", ["../outside", "/etc/hostname", "linked"])
def test_file_elsewhere_is_not_read(folder: Path, name: str) -> None:
    (folder / "linked").symlink_to("/etc/hostname")
    describe(folder, {}, {name: "0" * 64})
    assert f"{MANIFEST} names a file outside its folder: {name!r}." in damages(folder)


def test_file_that_may_not_be_read_is_a_damage() -> None:
    with readable_folder() as folder:
        file = folder / "model.bin"
        file.write_bytes(b"weights")
        describe(folder, {}, {"model.bin": sha256(file)})
        assert damages(folder) == []
        with read_only(folder, unreadable=file):
            assert damages(folder) == ["model.bin cannot be read: Permission denied."]


def test_manifest_of_a_model_with_more_to_say_is_read_too(folder: Path) -> None:
    file = folder / MANIFEST
    file.write_text(file.read_text().replace("{", '{"shortlist": ["fra_Latn"],', 1))
    assert damages(folder) == []
