"""The guide lists what is mended."""

from pathlib import Path

from bentos.gateway.legacy.mended import MENDED, table

GUIDE = Path(__file__).parents[4] / "docs" / "migration.md"


def test_the_guide_holds_the_table() -> None:
    assert table() in GUIDE.read_text("utf-8")


def test_each_is_told_once_and_differs() -> None:
    assert len({(row.where, row.was) for row in MENDED}) == len(MENDED)
    assert all(row.was != row.now for row in MENDED)
