"""The table of what is supported is what the code serves, and the page has it."""

from pathlib import Path

import pytest

from bentos.dialects.registry import DIALECTS
from bentos.dialects.table import BEGIN, END, main, placed, table_of
from tests.bentos.dialects.shouting import Shouting

API = Path(__file__).parents[3] / "docs" / "api.md"


def test_the_page_has_the_table() -> None:
    page = API.read_text("utf-8")
    assert placed(page, table_of(DIALECTS)) == page, "python -m bentos.dialects.table docs/api.md"


def test_a_row_is_an_operation() -> None:
    assert table_of([Shouting()]).splitlines()[2:] == [
        "| Shouting | `POST` | `/shouting/v9/shout` or `/v9/shout` | Loud words. |",
        "| Shouting | `GET` | `/shouting/v9/break` or `/v9/break` | Nothing. |",
        "| Shouting | `DELETE` | `/shouting/v9/shout` or `/v9/shout` | No words. |",
    ]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_every_operation_says_what_it_answers(dialect: object) -> None:
    rows = table_of([dialect]).splitlines()[2:]  # type: ignore[list-item]
    assert rows
    assert not [row for row in rows if row.endswith("|  |")]


def test_only_what_is_between_the_marks_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter")
    assert main([str(page)]) == 0
    assert page.read_text("utf-8") == f"before\n{BEGIN}\n{table_of(DIALECTS)}\n{END}\nafter"


@pytest.mark.parametrize("page", ["", BEGIN, f"{END} {BEGIN}"])
def test_a_page_without_marks_is_left(page: str) -> None:
    with pytest.raises(ValueError, match="no <!-- dialects: begin -->"):
        placed(page, "table")


def test_without_a_page_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out == f"{table_of(DIALECTS)}\n"
