"""Where the command line writes: pages and JSON to stdout, what is said beside to stderr."""

import sys

from pydantic import BaseModel
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

_NARROWEST = 80


def show(shape: BaseModel, page: RenderableType, *, as_json: bool) -> None:
    """The answer, for a program or for a person; a text goes out as it is, not wrapped."""
    if as_json:
        write(shape.model_dump_json(indent=2))
    elif isinstance(page, str):
        write(page)
    else:
        _print(terminal(), page)


def _print(console: Console, page: RenderableType) -> None:
    """To a file without the spaces that fill a table's lines."""
    if console.is_terminal:
        console.print(page)
        return
    with console.capture() as captured:
        console.print(page)
    for line in captured.get().splitlines():
        write(line.rstrip())


def write(text: str) -> None:
    """A line on stdout, as it is."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """A line for the operator, at once."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def terminal(*, stderr: bool = False) -> Console:
    """Colours only where rich finds them welcome; texts are never taken for markup.

    A narrower terminal wraps by itself; rich would cut what is too long for it.
    """
    console = Console(stderr=stderr, markup=False, emoji=False, highlight=False)
    console.width = max(console.width, _NARROWEST)
    return console


def columns(*titles: str, right: tuple[str, ...] = (), whole: tuple[str, ...] = ()) -> Table:
    """A table without lines. Columns in `whole` are never broken: one copies from them."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title in titles:
        table.add_column(
            title,
            justify="right" if title in right else "left",
            no_wrap=title in whole,
            overflow="ignore" if title in whole else "fold",
        )
    return table


def facts(pairs: dict[str, RenderableType]) -> Table:
    """A label and what is to say of it, a line each or more."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in pairs.items():
        table.add_row(label, value)
    return table


def title(text: str) -> Text:
    """Of a part of a page."""
    return Text(text, style="bold")
