"""A run of the demo's training, small enough for a test."""

from pathlib import Path

import pytest

from tests.models.aya.demo.runs import run


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty steps on 200 sentence pairs."""
    out = tmp_path_factory.mktemp("run")
    run(out, steps=20)
    return out
