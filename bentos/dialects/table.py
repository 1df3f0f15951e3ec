"""What is supported of other APIs, as a table for docs/api.md, read off the code that serves them.

`python -m bentos.dialects.table` prints it; with a file as argument it replaces the one in there.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from fastapi.routing import APIRoute

from bentos.dialects.dialect import Dialect
from bentos.dialects.registry import DIALECTS

BEGIN: Final = "<!-- dialects: begin -->"
END: Final = "<!-- dialects: end -->"


def table_of(dialects: Iterable[Dialect]) -> str:
    """Every operation of every one: API, method, path, and what it answers."""
    rows = [row for dialect in dialects for row in _rows(dialect)]
    return "\n".join(["| API | | path | |", "| --- | --- | --- | --- |", *rows])


def placed(page: str, table: str) -> str:
    """A page with the table between its marks.

    Raises:
        ValueError: It has no such marks.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        message = f"The page has no {BEGIN} and {END}."
        raise ValueError(message)
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def _rows(dialect: Dialect) -> Iterator[str]:
    operations: dict[tuple[str, str], list[str]] = {}
    for route in dialect.router.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            answers = " ".join(route.description.partition("\n\n")[0].split()).replace("|", "\\|")
            methods = operations.setdefault((route.path, answers), [])
            methods += sorted(route.methods or ())
    for (path, answers), methods in operations.items():
        shown = ", ".join(f"`{method}`" for method in methods)
        paths = " or ".join(f"`{base}{path}`" for base in dialect.bases)
        yield f"| {dialect.name} | {shown} | {paths} | {answers} |"


def main(arguments: list[str]) -> int:
    """The command; returns its exit status."""
    table = table_of(DIALECTS)
    if not arguments:
        sys.stdout.write(f"{table}\n")
        return 0
    page = Path(arguments[0])
    page.write_text(placed(page.read_text("utf-8"), table), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
