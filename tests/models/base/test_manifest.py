import json
from pathlib import Path

import pytest

from models.base.confidence import Calibration
from models.base.exceptions import InitializationError
from models.base.manifest import MANIFEST, Manifest, read_manifest, write_manifest

REMEDY = "Pull it again."


@pytest.fixture
def manifest() -> Manifest:
    return Manifest(
        name="some",
        version="1",
        source="somewhere",
        license="MIT",
        quantization="int8",
        languages=("eng_Latn", "fra_Latn"),
        sizes={"model.bin": 4},
    )


@pytest.fixture
def folder(tmp_path: Path, manifest: Manifest) -> Path:
    write_manifest(tmp_path, manifest)
    (tmp_path / "model.bin").write_bytes(b"1234")
    return tmp_path


def test_what_was_written_is_read(folder: Path, manifest: Manifest) -> None:
    assert read_manifest(folder, Manifest, REMEDY) == manifest
    assert "demo" not in json.loads((folder / MANIFEST).read_bytes())


def test_a_table_of_confidence_is_kept(folder: Path, manifest: Manifest) -> None:
    table = Calibration(good="chrF", knots=((-1.5, 0.25), (-0.125, 1.0)))
    calibrated = manifest.model_copy(update={"calibration": table})
    write_manifest(folder, calibrated)
    assert read_manifest(folder, Manifest, REMEDY) == calibrated


@pytest.mark.parametrize("content", [b"123", b"12345", None])
def test_file_of_another_size_is_named_with_what_to_do(folder: Path, content: bytes | None) -> None:
    if content is None:
        (folder / "model.bin").unlink()
    else:
        (folder / "model.bin").write_bytes(content)
    size = len(content or b"")
    message = rf"model\.bin has {size} bytes, not 4: it is damaged\. Pull it again\."
    with pytest.raises(InitializationError, match=message):
        read_manifest(folder, Manifest, REMEDY)


def test_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(InitializationError, match=r"lingua-nexus\.json cannot be read\. Pull it"):
        read_manifest(tmp_path, Manifest, REMEDY)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not valid: content: Invalid JSON"),
        ("{}", "is not valid: name: Field required"),
        ('{"name": 1}', "is not valid: name: Input should be a valid string"),
    ],
)
def test_manifest_that_is_not_valid_is_named(folder: Path, content: str, message: str) -> None:
    (folder / MANIFEST).write_text(content)
    with pytest.raises(InitializationError, match=message):
        read_manifest(folder, Manifest, REMEDY)


def test_model_adds_fields_of_its_own(folder: Path, manifest: Manifest) -> None:
    class Own(Manifest):
        extra: tuple[str, ...] = ()

    write_manifest(folder, Own(extra=("a",), **manifest.model_dump()))
    assert read_manifest(folder, Own, REMEDY).extra == ("a",)
    with pytest.raises(InitializationError, match="extra: Extra inputs are not permitted"):
        read_manifest(folder, Manifest, REMEDY)
