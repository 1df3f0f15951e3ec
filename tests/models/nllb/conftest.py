"""A tiny NLLB, as the hub has it and as a pull leaves it."""

import shutil
from pathlib import Path

import pytest

from models.base.weights import PullRequest
from models.nllb import source
from tests.tiny import silent, tiny_nllb


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_nllb(tmp_path_factory.mktemp("original"))


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Path:
    return shutil.copytree(original, tmp_path / "copy")


@pytest.fixture(scope="module")
def made(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights as a pull leaves them; not to be changed."""
    request = PullRequest(folder=original, quantization="int8")
    return source.plan(request, tmp_path_factory.mktemp("work")).make(silent)
