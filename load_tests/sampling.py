"""Samples what a process and its children hold, again and again; judges nothing."""

import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import psutil


@dataclass(frozen=True)
class Sample:
    """What a tree of processes held at a moment."""

    at_s: float
    rss: int
    """Resident bytes, the sum of all processes: pages that several share count for each."""
    descriptors: int
    processes: int


def sample(pid: int, at_s: float) -> Sample:
    """Now, of the process and all it started.

    Raises:
        psutil.NoSuchProcess: It has ended.
    """
    root = psutil.Process(pid)
    rss = descriptors = processes = 0
    for process in [root, *root.children(recursive=True)]:
        try:
            with process.oneshot():
                found = process.memory_info().rss, process.num_fds()
        except psutil.NoSuchProcess:
            if process is root:
                raise
            continue  # a child may end at any moment
        rss, descriptors, processes = rss + found[0], descriptors + found[1], processes + 1
    return Sample(at_s, rss, descriptors, processes)


@dataclass
class Sampler:
    """Samples from `with` to the end of the block, or to the end of the process."""

    pid: int
    every_s: float = 5.0
    samples: list[Sample] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        began = time.monotonic()
        while True:
            try:
                self.samples.append(sample(self.pid, time.monotonic() - began))
            except psutil.NoSuchProcess:
                return
            if self._over.wait(self.every_s):
                return
