import asyncio
import contextlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from bentos.gateway.ondemand import guardian
from bentos.gateway.ondemand.child import free_port
from tests.bentos.gateway.ondemand.trees import command, gone, stand_ins, tree, until

GATEWAY = """
import asyncio, json, sys
from bentos.gateway.ondemand.child import Child

async def main():
    children = [Child(name, json.loads(sys.argv[1]), orphan_grace_s=0.5) for name in "ab"]
    await asyncio.gather(*(child.start() for child in children))
    print(json.dumps([child.pid for child in children]), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
async def test_nothing_outlives_the_gateway(number: int) -> None:
    program = [sys.executable, "-c", GATEWAY, json.dumps(command("--fork", "--deaf"))]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as gateway:  # noqa: ASYNC220, S603 - ours
        try:
            assert gateway.stdout is not None
            line = await asyncio.to_thread(gateway.stdout.readline)
            processes = [process for pid in json.loads(line) for process in tree(pid)]
            # Two guardians, the model and what it started, twice.
            assert len(processes) == 8
            psutil.Process(gateway.pid).rlimit(psutil.RLIMIT_CORE, (0, 0))
            gateway.send_signal(number)
            await until(lambda: gone(processes))
        finally:
            gateway.kill()


def guarded(home: str, *options: str, grace_s: float = 30) -> None:
    """In a process of its own; whatever stands at its standard input is the gateway's."""
    where = ["--host", "127.0.0.1", "--port", str(free_port())]
    sys.exit(guardian.main([str(grace_s), home, *command(*options), *where]))


class Guarded:
    """A guardian that runs in a Python that this test measures."""

    def __init__(self, home: Path, *options: str, grace_s: float) -> None:
        reads, self.pipe = os.pipe()
        context = multiprocessing.get_context("spawn")
        self.starts = home.with_name("starts")
        arguments = (str(home), "--starts", str(self.starts), *options)
        self.process = context.Process(
            target=_on, args=(os.getpid(), reads, arguments, grace_s), daemon=True
        )
        self.process.start()
        self.reads = reads

    async def until_started(self) -> list[psutil.Process]:
        await until(lambda: self.starts.exists() and self.starts.read_text() != "")
        await until(lambda: len(self.models()) > 1)
        return tree(self.pid)

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def models(self) -> list[psutil.Process]:
        return stand_ins(self.pid)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self.pipe)

    async def status(self) -> int | None:
        await asyncio.to_thread(self.process.join, 30)
        return self.process.exitcode


def _on(parent: int, descriptor: int, arguments: tuple[str, ...], grace_s: float) -> None:
    """Opened anew: a spawned process inherits nothing else."""
    os.dup2(os.open(f"/proc/{parent}/fd/{descriptor}", os.O_RDONLY), 0)
    guarded(*arguments, grace_s=grace_s)


@contextmanager
def guarding(tmp_path: Path, *options: str, grace_s: float = 30) -> Iterator[Guarded]:
    home = tmp_path / "home"
    home.mkdir()
    one = Guarded(home, "--fork", *options, grace_s=grace_s)
    try:
        yield one
    finally:
        one.close()
        os.close(one.reads)
        one.process.join(30)


async def test_a_command_that_ends_passes_its_status_on(tmp_path: Path) -> None:
    with guarding(tmp_path, "--end", "3") as one:
        assert await one.status() == 3
    assert not (tmp_path / "home").exists()


async def test_one_that_is_killed_takes_what_it_started_with_it(tmp_path: Path) -> None:
    with guarding(tmp_path) as one:
        processes = await one.until_started()
        one.models()[0].kill()
        assert await one.status() == 128 + signal.SIGKILL
        assert gone(processes)


async def test_one_that_is_asked_ends_in_its_own_time(tmp_path: Path) -> None:
    with guarding(tmp_path) as one:
        processes = await one.until_started()
        os.kill(one.pid, signal.SIGTERM)
        os.kill(one.pid, signal.SIGTERM)
        assert await one.status() == 0
        assert gone(processes)
    assert not (tmp_path / "home").exists()


async def test_an_orphan_is_asked_first(tmp_path: Path) -> None:
    with guarding(tmp_path) as one:
        processes = await one.until_started()
        one.close()
        assert await one.status() == 0
        assert gone(processes)


async def test_an_orphan_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    with guarding(tmp_path, "--deaf", grace_s=0.2) as one:
        processes = await one.until_started()
        one.close()
        assert await one.status() == 128 + signal.SIGKILL
        assert gone(processes)


async def test_one_that_was_asked_in_vain_is_killed_at_once(tmp_path: Path) -> None:
    with guarding(tmp_path, "--deaf", grace_s=600) as one:
        processes = await one.until_started()
        os.kill(one.pid, signal.SIGTERM)
        one.close()
        assert await one.status() == 128 + signal.SIGKILL
        assert gone(processes)


@pytest.mark.parametrize("which", ["outer", "inner"])
async def test_one_guardian_does_the_others_work(tmp_path: Path, which: str) -> None:
    with guarding(tmp_path, "--deaf", grace_s=0.2) as one:
        processes = await one.until_started()
        [inner] = psutil.Process(one.pid).children()
        (psutil.Process(one.pid) if which == "outer" else inner).kill()
        await until(lambda: gone(processes))
        assert await one.status() in {-signal.SIGKILL, 128 + signal.SIGKILL}


def test_it_starts_with_the_standard_library_alone(tmp_path: Path) -> None:
    reads, writes = os.pipe()
    program = [sys.executable, "-I", "-S", guardian.__file__, "1", str(tmp_path / "none"), "true"]
    done = subprocess.run(program, stdin=reads, check=False, timeout=30)  # noqa: S603 - our own
    os.close(reads)
    os.close(writes)
    assert done.returncode == 0
