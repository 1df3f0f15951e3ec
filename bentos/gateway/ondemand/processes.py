"""What a process and all below it hold: memory, a port; starts and ends none."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import psutil

Kind = Literal["pss", "uss", "rss"]


@dataclass(frozen=True, slots=True)
class Measured:
    """A sum, and what was summed."""

    size_bytes: int
    kind: Kind
    """Of pages that several processes share, PSS counts each one's part, USS none, RSS all."""


def tree(pid: int) -> list[psutil.Process]:
    """A process and all below it; empty where it is not there."""
    try:
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def runs(process: psutil.Process) -> bool:
    """Whether it has not ended."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def measure(processes: Iterable[psutil.Process]) -> Measured | None:
    """Their sum, of the best that may be read; None where none runs. Blocks for milliseconds."""
    found: list[Measured] = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            found.append(_of(process))
    if not found:
        return None
    size = sum(each.size_bytes for each in found)
    # Where one process hides what it shares, the sum is no better than that.
    return Measured(size, min((each.kind for each in found), key=("rss", "uss", "pss").index))


def listening(processes: Iterable[psutil.Process], port: int) -> list[psutil.Process]:
    """Those that do, or may as far as they let it be known."""
    return [process for process in processes if _listens(process, port)]


def _listens(process: psutil.Process, port: int) -> bool:
    try:
        sockets = process.net_connections("tcp")
    except psutil.AccessDenied:
        return True
    except psutil.NoSuchProcess:
        return False
    return any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in sockets)


def _of(process: psutil.Process) -> Measured:
    try:
        full = process.memory_full_info()
    except psutil.AccessDenied:
        return Measured(process.memory_info().rss, "rss")
    if hasattr(full, "pss"):
        return Measured(full.pss, "pss")
    return Measured(full.uss, "uss")
