import json
import os
import shutil
from pathlib import Path

import pytest

from models.aya import weights
from models.aya.prompt import NAMES
from models.base.exceptions import InitializationError
from models.base.manifest import MANIFEST, Manifest, write_manifest
from tests.tiny_gguf import tiny_gguf


def fill(folder: Path, layers: int = 2) -> Path:
    """Weights as a pull leaves them."""
    file = tiny_gguf(folder, name="aya-expanse-8b-Q8_0.gguf", layers=layers)
    manifest = Manifest(
        name="aya",
        version=folder.name,
        source="bartowski/aya-expanse-8b-GGUF",
        license="CC-BY-NC-4.0",
        quantization="Q8_0",
        languages=tuple(NAMES),
        sizes={file.name: file.stat().st_size},
    )
    write_manifest(folder, manifest)
    return folder


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    return fill(tmp_path / "models" / "aya" / "one")


def test_explicit_path_goes_before_the_store_and_the_store_before_the_demo(
    stored: Path, tmp_path: Path
) -> None:
    other = fill(tmp_path / "other")
    assert weights.candidates(other, stored) == (other,)
    assert weights.candidates(None, stored) == (stored,)
    assert weights.candidates(None, None) == (weights.DEMO,)


def test_folder_of_a_pull_holds_the_file_and_what_is_said_of_it(stored: Path) -> None:
    found = weights.read(stored)
    assert found.path == stored / "aya-expanse-8b-Q8_0.gguf"
    assert (found.version, found.license) == ("one", "CC-BY-NC-4.0")


def test_file_named_by_itself_needs_no_manifest(tmp_path: Path) -> None:
    file = tiny_gguf(tmp_path, name="mine.gguf")
    found = weights.read(file)
    assert (found.path, found.version, found.source) == (file, "mine", "file mine.gguf")
    assert (found.quantization, found.license, found.demo) == ("Q8_0", "unknown", False)
    assert found.languages == tuple(NAMES)


@pytest.mark.parametrize("name", [MANIFEST, "aya-expanse-8b-Q8_0.gguf"])
def test_missing_file_is_named_with_what_to_do(stored: Path, name: str) -> None:
    (stored / name).unlink()
    named = MANIFEST if name == MANIFEST else "the GGUF file"
    with pytest.raises(InitializationError, match=f"{named} missing. .*make pull:aya"):
        weights.read(stored)


def test_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InitializationError, match=r"lingua-nexus\.json, the GGUF file missing"):
        weights.read(tmp_path / "none")


def test_embedded_demo_that_is_broken_is_to_be_installed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "DEMO", tmp_path)
    with pytest.raises(InitializationError, match="install again"):
        weights.read(tmp_path)


def test_two_files_are_too_many(stored: Path) -> None:
    tiny_gguf(stored, name="b.gguf")
    with pytest.raises(InitializationError, match=r"aya-expanse-8b-Q8_0\.gguf, b\.gguf; name one"):
        weights.read(stored)


def test_truncated_file_is_named_before_it_is_read(stored: Path) -> None:
    os.truncate(stored / "aya-expanse-8b-Q8_0.gguf", 1000)
    with pytest.raises(InitializationError, match=r"has 1000 bytes, not \d+: it is damaged"):
        weights.read(stored)


def test_file_of_another_kind_is_refused_by_name(tmp_path: Path) -> None:
    file = tiny_gguf(tmp_path, architecture="llama")
    with pytest.raises(
        InitializationError, match="no command-r model: its architecture is 'llama'"
    ):
        weights.read(file)
    file.write_bytes(b"<html>not found</html>")
    with pytest.raises(InitializationError, match=r"tiny\.gguf is not a GGUF file"):
        weights.read(file)
    os.truncate(tiny_gguf(tmp_path), 50_000)
    with pytest.raises(InitializationError, match=r"tiny\.gguf is truncated: it has 50000 bytes"):
        weights.read(file)


def test_file_without_the_prompts_tokens_is_refused(tmp_path: Path) -> None:
    file = tiny_gguf(tmp_path)
    file.write_bytes(file.read_bytes().replace(b"<|CHATBOT_TOKEN|>", b"<|CHATTER_TOKEN|>"))
    with pytest.raises(InitializationError, match=r"lacks the special tokens <\|CHATBOT_TOKEN\|>"):
        weights.read(file)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"languages": ["eng_Latn", "tlh_Latn"]}, "names other languages: tlh_Latn"),
        ({"surprise": 1}, "is not valid: surprise: Extra inputs are not permitted"),
    ],
)
def test_manifest_that_is_not_valid_is_named(
    stored: Path, change: dict[str, object], message: str
) -> None:
    manifest = json.loads((stored / MANIFEST).read_bytes())
    (stored / MANIFEST).write_text(json.dumps(manifest | change))
    with pytest.raises(InitializationError, match=message):
        weights.read(stored)


def test_smaller_weights_of_the_store_are_candidates_largest_first(stored: Path) -> None:
    store = stored.parent
    smaller = fill(store / "smaller", layers=1)
    fill(store / "larger", layers=3)
    (store / "latest").write_text("one")
    (store / "empty").mkdir()
    smallest = shutil.copytree(smaller, store / "smallest")
    os.truncate(smallest / "aya-expanse-8b-Q8_0.gguf", 100)
    assert weights.candidates(None, stored) == (stored, smaller, smallest)
