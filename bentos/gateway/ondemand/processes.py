"""What a process and all below it hold: memory, a port; starts and ends none."""

import contextlib
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


def measure(pid: int) -> Measured | None:
    """Of the whole tree, the best that may be read; None where it is not there. Blocks for ms."""
    found: list[Measured] = []
    for process in tree(pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            found.append(_of(process))
    if not found:
        return None
    size = sum(each.size_bytes for each in found)
    # Where one process hides what it shares, the sum is no better than that.
    return Measured(size, min((each.kind for each in found), key=("rss", "uss", "pss").index))


def tree(pid: int) -> list[psutil.Process]:
    """A process and all below it; empty where it is not there."""
    try:
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def listens(pid: int, port: int) -> bool:
    """Whether one of the tree does, as far as that may be known."""
    for process in tree(pid):
        try:
            sockets = process.net_connections("tcp")
        except psutil.AccessDenied:
            return True
        except psutil.NoSuchProcess:
            continue
        if any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in sockets):
            return True
    return False


def _of(process: psutil.Process) -> Measured:
    try:
        full = process.memory_full_info()
    except psutil.AccessDenied:
        return Measured(process.memory_info().rss, "rss")
    if hasattr(full, "pss"):
        return Measured(full.pss, "pss")
    return Measured(full.uss, "uss")
