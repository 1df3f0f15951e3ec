"""How far a pull is: a bar on a terminal, a line a file elsewhere, or JSON; pulls nothing."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from typing_extensions import override

from bentos.cli.formats import printable, size
from bentos.cli.output import say, terminal, write
from bentos.management.shapes import PullEvent


class Report(Protocol):
    """Told of each event."""

    def __call__(self, event: PullEvent) -> None: ...


@contextmanager
def reporting(*, as_json: bool) -> Iterator[Report]:
    """The report that suits where the command runs."""
    console = terminal(stderr=True)
    if as_json:
        yield _as_json
    elif sys.stderr.isatty() and not console.is_dumb_terminal:
        bar = Progress(
            BarColumn(bar_width=None),
            TaskProgressColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
            expand=True,
        )
        with bar:
            yield _Bar(bar)
    else:
        yield _Lines()


def _as_json(event: PullEvent) -> None:
    write(event.model_dump_json(exclude_defaults=True))


class _Lines:
    """A line where a file begins, and each message."""

    def __init__(self) -> None:
        self._file: str | None = None

    def __call__(self, event: PullEvent) -> None:
        if event.message:
            self._say(printable(event.message))
        if event.file is not None:
            if event.file != self._file:
                self._say(f"Downloading {printable(event.file)}, {size(event.total)}.")
                self._begin(event)
            self._file = event.file
            self._go_on(event)

    def _say(self, text: str) -> None:
        say(text)

    def _begin(self, event: PullEvent) -> None:
        """Another file from here on."""

    def _go_on(self, event: PullEvent) -> None:
        """More of the same file."""


class _Bar(_Lines):
    """The same lines, and a bar below them for the file that is being downloaded."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress
        self._task: TaskID | None = None

    @override
    def _say(self, text: str) -> None:
        self._progress.console.print(text)

    @override
    def _begin(self, event: PullEvent) -> None:
        self._end()
        # What an earlier pull left is no speed of this one.
        self._task = self._progress.add_task("", total=event.total, completed=event.completed or 0)

    @override
    def _go_on(self, event: PullEvent) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=event.completed)
        if event.completed == event.total:
            self._end()

    def _end(self) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = None
