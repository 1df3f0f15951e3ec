"""Finds processes, and waits for what they come to."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

from bentos.gateway.ondemand import guardian
from bentos.gateway.ondemand.processes import runs

STAND_IN = Path(__file__).with_name("stand_in.py")
SECONDS = 30
_MARK = "XDG_STATE_HOME"
"""Made anew for each run of the tests."""


def command(*options: str) -> list[str]:
    """Serves a stand-in."""
    return [sys.executable, "-S", str(STAND_IN), *options]


def below() -> list[psutil.Process]:
    """Every guardian and stand-in of these tests that runs, orphans too."""
    files, found = {str(STAND_IN), guardian.__file__}, []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if not files & set(process.cmdline()) or process.status() == psutil.STATUS_ZOMBIE:
                continue
            # Another run of the tests, or a gateway beside it, has its own.
            if process.environ().get(_MARK) == os.environ[_MARK]:  # noqa: TID251 - no setting
                found.append(process)
    return found


def tree(pid: int) -> list[psutil.Process]:
    top = psutil.Process(pid)
    return [top, *top.children(recursive=True)]


def stand_ins(pid: int) -> list[psutil.Process]:
    """Those below a guardian, parents first."""
    found = []
    for process in tree(pid):
        with contextlib.suppress(psutil.Error):
            arguments = process.cmdline()
            if str(STAND_IN) in arguments and guardian.__file__ not in arguments:
                found.append(process)
    return found


def gone(processes: Iterable[psutil.Process]) -> bool:
    return not any(map(runs, processes))


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "It did not come to pass."
        await asyncio.sleep(0.01)
