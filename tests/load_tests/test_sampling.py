"""What is sampled of a tree of processes, real ones."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from load_tests.sampling import Sampler, sample

_CHILD = "import sys; sys.stdin.read()"
_PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {_CHILD!r}], stdin=subprocess.PIPE)
held = []
print("ready", flush=True)
for line in sys.stdin:
    if line == "open\\n":
        held.extend(open("/dev/null") for _ in range(20))
    elif line == "take\\n":
        held.append(bytearray(64 * 2**20))
    else:
        child.communicate()
    print("done", flush=True)
"""


class Parent:
    """A process with a child, which does what it is told."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, "-c", _PARENT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._hear()

    @property
    def pid(self) -> int:
        return self.process.pid

    def tell(self, what: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        self._hear()

    def end(self) -> None:
        self.process.communicate()

    def _hear(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() in {"ready\n", "done\n"}


@pytest.fixture
def parent() -> Iterator[Parent]:
    started = Parent()
    yield started
    started.end()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_descriptors_and_memory_of_the_whole_tree_are_counted(parent: Parent) -> None:
    before = sample(parent.pid, 0)
    assert before.processes == 2
    alone = psutil.Process(parent.pid)
    assert before.rss > alone.memory_info().rss
    assert before.descriptors > alone.num_fds()
    parent.tell("open")
    parent.tell("take")
    after = sample(parent.pid, 1)
    assert after.descriptors == before.descriptors + 20
    assert after.rss - before.rss > 60 * 2**20


def test_a_child_that_ends_is_not_missed(parent: Parent) -> None:
    with Sampler(parent.pid, every_s=0.01) as sampler:
        until(lambda: len(sampler.samples) > 1)
        parent.tell("end")
        until(lambda: sampler.samples[-1].processes == 1)
    assert sampler.samples[0].processes == 2
    assert [found.at_s for found in sampler.samples] == sorted(
        found.at_s for found in sampler.samples
    )


def test_sampling_stops_with_the_process(parent: Parent) -> None:
    with Sampler(parent.pid, every_s=0.01) as sampler:
        until(lambda: len(sampler.samples) > 1)
        parent.end()
        until(lambda: not sampler.running)
    assert len(sampler.samples) > 1


def test_it_stops_at_once_when_it_is_told_to(parent: Parent) -> None:
    with Sampler(parent.pid, every_s=3600) as sampler:
        until(lambda: len(sampler.samples) == 1)
    assert not sampler.running
