"""Which models are to stop so that another may start; measures, starts and stops none."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.downloads import gigabytes
from models.base.exceptions import OverloadedError

_SOON_S = 2
_LATER_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What all models together may take; None: as much as there is."""

    memory_bytes: int | None = None
    models: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A model that takes memory, or is about to."""

    name: str
    memory_bytes: int
    """Measured; of one that is starting, what is expected of it where that is more."""
    last_used: float
    pinned: bool = False
    busy: bool = False
    """It answers a call, has one waiting, starts or stops."""
    expired: bool = False
    """It has been idle for longer than it is kept."""


def victims(
    running: Sequence[Running], limits: Limits, *, newcomers: int = 1, expected_bytes: int = 0
) -> list[str]:
    """Those to stop, in order: what has expired, then the least recently used.

    Nothing pinned and nothing busy is stopped, and nothing that need not be.

    Raises:
        OverloadedError: Not even all of them would make the room.
    """
    chosen: list[Running] = []
    idle = sorted(
        (each for each in running if not each.pinned and not each.busy),
        key=lambda each: (not each.expired, each.last_used),
    )
    while _excess(running, chosen, limits, newcomers, expected_bytes) is not None:
        if len(chosen) == len(idle):
            raise _refusal(running, limits, newcomers, expected_bytes)
        chosen.append(idle[len(chosen)])
    # A small one need not go where a larger one after it had to.
    for spared in reversed(chosen[:-1]):
        rest = [each for each in chosen if each is not spared]
        if _excess(running, rest, limits, newcomers, expected_bytes) is None:
            chosen = rest
    return [each.name for each in chosen]


def _excess(
    running: Sequence[Running],
    without: Sequence[Running],
    limits: Limits,
    newcomers: int,
    expected_bytes: int,
) -> str | None:
    """What would be passed; None where all fit."""
    gone = {each.name for each in without}
    rest = [each for each in running if each.name not in gone]
    if limits.models is not None and len(rest) + newcomers > limits.models:
        return f"{limits.models} models may run at a time"
    taken = sum(each.memory_bytes for each in rest) + expected_bytes
    if limits.memory_bytes is not None and taken > limits.memory_bytes:
        return f"all models may take {gigabytes(limits.memory_bytes)}"
    return None


def _refusal(
    running: Sequence[Running], limits: Limits, newcomers: int, expected_bytes: int
) -> OverloadedError:
    """Why there is no room: for now, or as long as the configuration is what it is."""
    movable = [each for each in running if not each.pinned]
    never = _excess(running, movable, limits, newcomers, expected_bytes)
    if never is not None:
        message = f"There is no room beside the pinned models: {never}."
        return OverloadedError(message, retry_after_s=_LATER_S)
    idle = [each for each in movable if not each.busy]
    now = _excess(running, idle, limits, newcomers, expected_bytes)
    return OverloadedError(f"The other models are in use: {now}.", retry_after_s=_SOON_S)
