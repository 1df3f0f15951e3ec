"""The state file: what is kept of use, memory, choices, quotas and processes, whoever asks."""

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from sqlite3 import Connection
from typing import Final, TypeVar

from common.state import rows
from common.state.database import StateError, reading, writing
from common.state.records import Choice, Measurement, Running, Usage, Weights
from common.state.snapshot import Counted, Measured, State
from common.state.tally import Tally

__all__ = ["Merged", "State", "StateError", "StateFile"]

_CPU: Final = Path("/proc/cpuinfo")

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Merged:
    """How much an import brought."""

    usage: int
    measurements: int
    choices: int


class StateFile:
    """May be used by any number of threads and processes at once, and by one that is killed.

    Each call opens the file for itself. It is made by the first one that writes; before that,
    there is nothing in it to read. Every method raises `StateError` where the file is broken,
    locked for longer than `busy_s`, or may not be used.
    """

    def __init__(self, path: Path, *, busy_s: float = 2.0, machine: str | None = None) -> None:
        self.path = path
        self._busy_s = busy_s
        self._machine = machine or this_machine()

    def usage(self) -> list[Usage]:
        return [tally.usage(weights) for weights, tally in self.tallies().items()]

    def tallies(self) -> dict[Weights, Tally]:
        """What `usage` tells, to be added up: a percentile of several is not one of theirs."""
        return self._read(rows.tallies, {})

    def measurements(self) -> list[Measurement]:
        """Those of machines like this one."""
        measured: list[Measured] = self._read(rows.measurements, [])
        return [
            Measurement(each.weights, each.memory_bytes, each.measured_at)
            for each in measured
            if each.machine == self._machine
        ]

    def running(self) -> list[Running]:
        """Of the processes that said so, those that are still there."""
        return self._read(rows.running, [])

    def choices(self) -> list[Choice]:
        return self._read(rows.choices, [])

    def choose(self, choice: Choice) -> None:
        """In place of what was chosen of its family."""
        with writing(self.path, self._busy_s) as connection:
            rows.put_choice(connection, choice)

    def forget(self, family: str) -> None:
        """Nothing is chosen of the family any more."""
        if self.path.exists():
            with writing(self.path, self._busy_s) as connection:
                rows.remove_choice(connection, family)

    def add(self, weights: Weights, tally: Tally) -> None:
        """To what is there already."""
        with writing(self.path, self._busy_s) as connection:
            rows.add_tally(connection, weights, tally)

    def begin(self, running: Running, memory_bytes: int | None) -> None:
        """A process serves weights from now on, which took so much memory to load."""
        with writing(self.path, self._busy_s) as connection:
            rows.put_running(connection, running)
            if memory_bytes is not None:
                measured = Measured(
                    weights=running.weights,
                    machine=self._machine,
                    memory_bytes=memory_bytes,
                    measured_at=datetime.now(UTC),
                )
                rows.put_measurement(connection, measured)

    def end(self, pid: int) -> None:
        """The process serves nothing any more."""
        with writing(self.path, self._busy_s) as connection:
            rows.remove_running(connection, pid)

    def add_characters(self, day: str, counts: Mapping[tuple[str, str], int]) -> dict[str, int]:
        """By day, as `2026-01-31`, and caller, to what is there; gives all that `day` has then."""
        with writing(self.path, self._busy_s) as connection:
            rows.add_characters(connection, day, counts)
            return rows.characters(connection, day)

    def characters(self, day: str) -> dict[str, int]:
        """Those counted on a day, by caller."""
        return self._read(lambda connection: rows.characters(connection, day), {})

    def dump(self) -> State:
        """All of it, as it was at one moment."""
        return self._read(_dumped, State())

    def merge(self, state: State) -> Merged:
        """All of it or nothing: uses are added, choices replaced, of measurements the newest."""
        with writing(self.path, self._busy_s) as connection:
            for counted in state.usage:
                rows.add_tally(connection, counted.weights, counted.tally)
            for measured in state.measurements:
                rows.put_measurement(connection, measured)
            for choice in state.choices:
                rows.put_choice(connection, choice)
        return Merged(len(state.usage), len(state.measurements), len(state.choices))

    def _read(self, read: Callable[[Connection], Read], nothing: Read) -> Read:
        with reading(self.path, self._busy_s) as connection:
            return nothing if connection is None else read(connection)


@cache
def this_machine(cpu: Path = _CPU) -> str:
    """Its kind of processor: memory is the same on two of a kind, and a host's name tells whose."""
    try:
        lines = cpu.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return " ".join(filter(None, (platform.machine(), next(models, ""))))


def _dumped(connection: Connection) -> State:
    usage = [
        Counted(
            weights=weights,
            uses=tally.uses,
            succeeded=tally.succeeded,
            seconds=tally.seconds,
            tokens_in=tally.tokens_in,
            tokens_out=tally.tokens_out,
            last_used=datetime.fromtimestamp(tally.last_used, UTC),
            durations=tally.durations,
        )
        for weights, tally in rows.tallies(connection).items()
    ]
    return State(
        usage=usage,
        measurements=rows.measurements(connection),
        choices=rows.choices(connection),
    )
