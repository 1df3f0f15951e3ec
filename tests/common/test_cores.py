from pathlib import Path

import pytest

from common.cores import usable_cores


@pytest.mark.parametrize(
    ("content", "cores"), [("50000 100000", 1), ("100000 100000", 1), ("1 1000000", 1)]
)
def test_a_containers_quota_bounds_the_threads(tmp_path: Path, content: str, cores: int) -> None:
    (tmp_path / "cpu.max").write_text(content)
    assert usable_cores(tmp_path / "cpu.max") == cores


@pytest.mark.parametrize("content", ["max 100000", ""])
def test_without_a_quota_all_cores_are_used(tmp_path: Path, content: str) -> None:
    (tmp_path / "cpu.max").write_text(content)
    assert usable_cores(tmp_path / "cpu.max") == usable_cores(tmp_path / "missing") >= 1
