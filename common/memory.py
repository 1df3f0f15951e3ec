"""How much main memory this process may still take; a GPU's own is not counted."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from typing_extensions import override

from common.downloads import gigabytes

_CGROUPS = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")


@dataclass(frozen=True, slots=True)
class Memory:
    """What is there, and whose limit that is."""

    available: int
    limited_by: str

    @override
    def __str__(self) -> str:
        return f"{gigabytes(self.available)} {self.limited_by}"


def available(cgroups: Path = _CGROUPS, own: Path = _OWN) -> Memory:
    """What the machine has free, or a container's limit leaves, whichever is less."""
    free = Memory(psutil.virtual_memory().available, "free on this machine")
    left = [Memory(size, "left of the container's limit") for size in _left(cgroups, own)]
    return min([free, *left], key=lambda memory: memory.available)


def _left(cgroups: Path, own: Path) -> Iterator[int]:
    """What each limit above this process leaves; page cache gives way, so it counts as free."""
    for folder, limit, used, cache in _limits(cgroups, own):
        most, taken = _number(folder / limit), _number(folder / used)
        if most is not None and taken is not None:
            yield max(0, most - taken + _statistic(folder / "memory.stat", cache))


def _limits(cgroups: Path, own: Path) -> Iterator[tuple[Path, str, str, str]]:
    for line in own.read_text().splitlines() if own.exists() else []:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            names = ("memory.max", "memory.current", "inactive_file")
            root = cgroups
        elif "memory" in controllers.split(","):
            names = (
                "memory.limit_in_bytes",
                "memory.usage_in_bytes",
                "total_inactive_file",
            )
            root = cgroups / "memory"
        else:
            continue
        # In a container the path may be the host's; the container's own limit is at the root then.
        group = root / path.lstrip("/")
        for folder in {root, group, *(each for each in group.parents if root in each.parents)}:
            yield folder, *names


def _number(file: Path) -> int | None:
    """None where there is no such file, or it says that there is no limit."""
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None


def _statistic(file: Path, name: str) -> int:
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name} ")), 0)
