from pathlib import Path

import pytest

from common.paths import link_below, stays_below


@pytest.mark.parametrize("name", ["a", "a.b", "a/b/c.bin", "..a", "a..b", "ümlaut", "-x", "a b"])
def test_relative_name_stays(name: str) -> None:
    assert stays_below(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "/a", "a/", "a//b", "a/./b", "a/../b", "../a", "a\\b", "C:a", "a\0b"),
        *("a\nb", "a\x7f", "x" * 256, "/".join(["x" * 200] * 6)),
    ],
)
def test_name_that_leaves_or_means_something_else_elsewhere_does_not(name: str) -> None:
    assert not stays_below(name)


def test_link_is_found_wherever_it_is_in_the_name(tmp_path: Path) -> None:
    (tmp_path / "real" / "inner").mkdir(parents=True)
    (tmp_path / "real" / "linked").symlink_to(tmp_path)
    assert link_below(tmp_path, "real/inner/x") is None
    assert link_below(tmp_path, "real/linked/x") == tmp_path / "real" / "linked"
    assert link_below(tmp_path / "real" / "linked", "real/inner") is None
