import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bentos.orphan import end_with_parent
from load_tests.server import ROOT
from tests.e2e.calls import has_ended, until

PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
CHILD = """
import asyncio, os, signal
from bentos.orphan import end_with_parent
async def main():
    watch = asyncio.create_task(end_with_parent(every_s=0.01, grace_s=0.1))
    await asyncio.sleep(0)
    print(os.getpid(), flush=True)  # it knows its parent: that one may be killed now
    await watch
signal.signal(signal.SIGTERM, {answer})
asyncio.run(main())
"""


async def test_it_is_asked_to_end_and_then_made_to() -> None:
    def parent() -> int:
        return next(parents)

    parents: Iterator[int] = iter([7, 7, 7, 1])
    sent: list[signal.Signals] = []
    await end_with_parent(every_s=0, grace_s=0, parent=parent, end=sent.append)
    assert sent == [signal.SIGTERM, signal.SIGKILL]


async def test_it_goes_on_while_its_parent_does() -> None:
    sent: list[signal.Signals] = []
    watch = asyncio.create_task(end_with_parent(every_s=0, grace_s=0, end=sent.append))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not watch.done()
    watch.cancel()
    await asyncio.wait([watch])
    assert sent == []


@pytest.mark.parametrize("answer", ["signal.SIG_DFL", "signal.SIG_IGN"])
def test_a_process_ends_with_its_killed_parent(answer: str) -> None:
    command = [sys.executable, "-c", PARENT, CHILD.format(answer=answer)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as parent:  # noqa: S603 - ours
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
        until(lambda: has_ended(child))
