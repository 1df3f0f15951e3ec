"""Tells a process from a later one that got its number."""

from typing import Final

import psutil

# The system reckons the time of a start from its boot's, which moves when the clock is set right.
_TOLERANCE_S: Final = 2.0


def began(pid: int) -> float | None:
    """When a process was started, in seconds since 1970; None where it is not there any more."""
    try:
        process = psutil.Process(pid)
        ended = process.status() == psutil.STATUS_ZOMBIE
        return None if ended else process.create_time()
    except psutil.Error:
        return None


def lives(pid: int, since: float) -> bool:
    """Whether the process that was started then is still there."""
    found = began(pid)
    return found is not None and abs(found - since) < _TOLERANCE_S
