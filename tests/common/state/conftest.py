"""Files of the state's tests."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def sealed() -> Iterator[Path]:
    """A folder that everybody may reach, unlike `tmp_path`; its rights are the test's to take."""
    folder = Path(tempfile.mkdtemp(prefix="lingua-nexus-test-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)
