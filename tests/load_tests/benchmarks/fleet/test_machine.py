import subprocess
import sys
from collections.abc import Iterator

import pytest

from load_tests.benchmarks.fleet import machine
from load_tests.benchmarks.fleet.machine import Memory

_HOLDS = "import sys; held = b'x' * 50_000_000; print(len(held), flush=True); sys.stdin.read()"
_STARTS = f"""
import subprocess, sys
inner = subprocess.Popen([sys.executable, "-c", {_HOLDS!r}, "bentos.one:OneService"],
                         stdin=subprocess.PIPE)
sys.stdin.read()
inner.communicate()
"""
_SPINS = "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass"


@pytest.fixture
def top() -> Iterator[int]:
    """A process that has started another one, which holds 50 MB."""
    with subprocess.Popen(  # noqa: S603  # our own
        [sys.executable, "-c", _STARTS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"50000000\n"
        yield process.pid
        process.communicate()


def test_a_tree_holds_what_all_of_it_holds(top: int) -> None:
    memory = machine.memory_of(top)
    assert memory.processes == 2
    assert memory.total >= memory.anonymous > 50_000_000
    inner = machine.memory_of(machine.largest(top).pid)
    assert inner.processes == 1
    assert 0 < memory.without(inner).total < 50_000_000


def test_a_service_is_found_by_what_it_serves(top: int) -> None:
    assert machine.serving(top, "bentos.one:").pid == machine.largest(top).pid != top
    with pytest.raises(LookupError, match=r"bentos\.two:"):
        machine.serving(top, "bentos.two:")


def test_nothing_is_left_of_what_has_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert machine.tree(process.pid) == []
    assert machine.memory_of(process.pid) == Memory(0, 0, 0)


def test_what_our_processes_took_is_not_others() -> None:
    others, before = machine.Others(), machine.own_s()
    subprocess.run([sys.executable, "-c", _SPINS], check=True)  # noqa: S603  # our own
    assert machine.own_s() - before > 0.25
    assert 0 <= others.share() <= 1


def test_a_measurement_beside_others_is_marked() -> None:
    assert machine.verdict(0.30).startswith("NOISY    others took 30%")
    assert machine.verdict(0.01).startswith("quiet")
