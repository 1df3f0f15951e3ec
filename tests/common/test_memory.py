from pathlib import Path

import psutil
import pytest

from common.memory import available

MIB = 2**20


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "cgroup"


def limit(folder: Path, most: int | str, used: int, cache: int = 0, *, old: bool = False) -> None:
    names = (
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        if old
        else ("memory.max", "memory.current", "inactive_file")
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / names[0]).write_text(f"{most}\n")
    (folder / names[1]).write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 5\n{names[2]} {cache}\nslab 1\n")


def test_without_limits_it_is_what_the_machine_has_free(tmp_path: Path, own: Path) -> None:
    found = available(tmp_path / "none", own)
    assert found.limited_by == "free on this machine"
    assert found.available <= psutil.virtual_memory().total


def test_containers_limit_counts_where_it_is_lower(tmp_path: Path, own: Path) -> None:
    own.write_text("0::/\n")
    limit(tmp_path, 100 * MIB, 60 * MIB)
    found = available(tmp_path, own)
    assert (found.available, found.limited_by) == (40 * MIB, "left of the container's limit")


def test_page_cache_counts_as_free(tmp_path: Path, own: Path) -> None:
    own.write_text("0::/\n")
    limit(tmp_path, 100 * MIB, 60 * MIB, cache=30 * MIB)
    assert available(tmp_path, own).available == 70 * MIB


def test_tightest_limit_of_all_groups_above_counts(tmp_path: Path, own: Path) -> None:
    own.write_text("0::/a/b/c\n")
    limit(tmp_path / "a", 90 * MIB, 60 * MIB)
    limit(tmp_path / "a" / "b", 50 * MIB, 30 * MIB)
    limit(tmp_path / "a" / "b" / "c", "max", 10 * MIB)
    assert available(tmp_path, own).available == 20 * MIB


def test_limit_of_the_older_hierarchy_is_read_too(tmp_path: Path, own: Path) -> None:
    own.write_text("12:cpu,cpuacct:/x\n4:memory:/docker/abc\n")
    limit(tmp_path / "memory", 80 * MIB, 60 * MIB, cache=5 * MIB, old=True)
    assert available(tmp_path, own).available == 25 * MIB


def test_group_over_its_limit_leaves_nothing(tmp_path: Path, own: Path) -> None:
    own.write_text("0::/\n")
    limit(tmp_path, 10 * MIB, 60 * MIB)
    assert available(tmp_path, own).available == 0


@pytest.mark.parametrize("missing", ["memory.current", "memory.stat", "memory.max"])
def test_missing_file_is_no_failure(tmp_path: Path, own: Path, missing: str) -> None:
    own.write_text("0::/\n")
    limit(tmp_path, 50 * MIB, 10 * MIB)
    (tmp_path / missing).unlink()
    is_read = missing == "memory.stat"
    assert (available(tmp_path, own).available == 40 * MIB) == is_read
