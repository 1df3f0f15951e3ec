"""Tiny random weights, as a store or a demo has them; not to be changed."""

from pathlib import Path

import pytest

from models.aya.prompt import NAMES
from models.base.manifest import Manifest, write_manifest
from tests.tiny_gguf import tiny_gguf

SPOKEN = ("eng_Latn", "fra_Latn", "deu_Latn", "spa_Latn")


def folder_of_weights(folder: Path, *, demo: bool = False, layers: int = 2) -> Path:
    tiny_gguf(folder, name="tiny.gguf", layers=layers)
    manifest = Manifest(
        name="tiny",
        version=folder.name,
        source="tests/tiny",
        license="MIT",
        quantization="Q8_0",
        languages=SPOKEN if demo else tuple(NAMES),
        demo=demo,
    )
    write_manifest(folder, manifest)
    return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of weights that speak all languages."""
    return folder_of_weights(tmp_path_factory.mktemp("aya") / "full")


@pytest.fixture(scope="session")
def tiny_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of weights that say they are a demo."""
    return folder_of_weights(tmp_path_factory.mktemp("aya") / "demo", demo=True)
