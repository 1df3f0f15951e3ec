"""What the machine does beside a measurement, and what a process tree holds; asks no service."""

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

QUIET_SHARE = 0.05
"""Of the processor's time; where others took more, the numbers are marked."""
_KIB = 1024


@dataclass(frozen=True)
class Memory:
    """Resident bytes of a process tree; pages that several processes share count once."""

    total: int
    anonymous: int
    """Of them those that are no file's: what the system cannot take back."""
    processes: int

    def without(self, part: "Memory") -> "Memory":
        return Memory(
            self.total - part.total,
            self.anonymous - part.anonymous,
            self.processes - part.processes,
        )


def memory_of(pid: int) -> Memory:
    found = [_rollup(process) for process in tree(pid)]
    known = [each for each in found if each]
    return Memory(
        sum(each["Pss"] for each in known), sum(each["Pss_Anon"] for each in known), len(known)
    )


def tree(pid: int) -> list[psutil.Process]:
    """The process and all below it."""
    with contextlib.suppress(psutil.NoSuchProcess):
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    return []


def serving(pid: int, service: str) -> psutil.Process:
    """Of a tree, the oldest process whose command line has an argument that begins so.

    Raises:
        LookupError: There is none.
    """
    found = [one for one in tree(pid) if any(part.startswith(service) for part in _command(one))]
    if not found:
        raise LookupError(f"Nothing below process {pid} serves {service}")
    return min(found, key=lambda one: one.create_time())


def largest(pid: int) -> psutil.Process:
    """Of a tree, the process that holds most."""
    return max(tree(pid), key=lambda each: each.memory_info().rss)


def _command(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.cmdline()
    return []


def _rollup(process: psutil.Process) -> dict[str, int]:
    """Empty where it has ended."""
    with contextlib.suppress(OSError, ValueError):
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()[1:]
        return {name: int(rest.split()[0]) * _KIB for name, _, rest in _parted(lines)}
    return {}


def _parted(lines: list[str]) -> list[tuple[str, str, str]]:
    return [line.partition(":") for line in lines]


class Others:
    """From its construction on: which share of the processor's time was not ours."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._busy_s, self._own_s = _busy_s(), own_s()

    def share(self) -> float:
        there = (time.perf_counter() - self._began) * (os.cpu_count() or 1)
        theirs = _busy_s() - self._busy_s - (own_s() - self._own_s)
        # The clocks that count processors tick a hundred times a second.
        return min(max(0.0, theirs / there), 1.0)


def verdict(share: float) -> str:
    """A line for a terminal."""
    mark = "NOISY   " if share > QUIET_SHARE else "quiet   "
    return f"{mark} others took {share:.0%} of the processor's time meanwhile"


def _busy_s() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice)


def own_s() -> float:
    """Of this process and all below it, those that have ended included."""
    total = 0.0
    for process in tree(os.getpid()):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total
