"""One model's Bento as a child process, from its start to its end; not when either is due."""

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import psutil

from bentos.contract import Status
from bentos.gateway.ondemand import guardian, processes
from bentos.gateway.ondemand.readiness import Prober, WarmUpError
from bentos.gateway.ondemand.settings import bentoml_home, environment
from models.base.exceptions import ModelNotReadyError

ORPHAN_GRACE_S: Final = 5.0
"""Time to end in, where the gateway died and could not ask."""
START_TIMEOUT_S: Final = 600.0

_SHARED: Final = ("models", "bentos")
_ATTEMPTS: Final = 3
_POLL_S: Final = 0.05
_KILL_S: Final = 10.0
_READ_BYTES: Final = 65536
_MAX_LINE: Final = 4096

logger = logging.getLogger(__name__)


class _PortTakenError(Exception):
    """Another process listens where the child was to."""


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Child:
    """`start` once, then `stop`; `ended` is set while nothing of it runs, whoever ended it.

    `command` is given `--host` and `--port`. It gets a BENTOML_HOME of its own, because two
    services that share one mix their metrics, with the models and Bentos of the real one in it.
    A None in `changes` takes a variable of the environment away. `headers` go with the warm-up.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        changes: Mapping[str, str | None] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        start_timeout_s: float = START_TIMEOUT_S,
        orphan_grace_s: float = ORPHAN_GRACE_S,
        choose_port: Callable[[], int] = free_port,
    ) -> None:
        self.name = name
        self.status = Status.COLD
        self.message: str | None = None
        """What it is doing while it starts; why it is down."""
        self.port: int | None = None
        self.exit_status: int | None = None
        """128 and the signal's number, where one ended it."""
        self.lines = 0
        """How many it has logged."""
        self.ended = asyncio.Event()
        self.ended.set()
        self._command = list(command)
        self._changes = dict(changes or {})
        self._headers = dict(headers or {})
        self._start_timeout_s = start_timeout_s
        self._orphan_grace_s = orphan_grace_s
        self._choose_port = choose_port
        self._process: Process | None = None
        self._pipe: int | None = None
        self._watch: asyncio.Task[None] | None = None
        self._serving: list[psutil.Process] = []
        self._is_asked_to_end = False

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """Of its guardian, below which all its processes are."""
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Start it, wait until it is ready and translate once; nothing is left where that fails.

        Raises:
            ModelNotReadyError: It ended, was not ready in time, or did not translate.
        """
        self.status = Status.STARTING
        try:
            async with asyncio.timeout(self._start_timeout_s):
                await self._start_on_some_port()
        except (WarmUpError, OSError) as error:
            await self.stop(0)
            # A TimeoutError is an OSError too.
            late = f"was not ready within {self._start_timeout_s:g} s"
            reason = late if isinstance(error, TimeoutError) else str(error)
            self.status, self.message = Status.DOWN, f"{reason} ({self.lines} lines logged)"
            raise ModelNotReadyError(f"The model {self.name} {self.message}.") from error
        except BaseException:
            await self.stop(0)
            raise
        if not self.ended.is_set():
            self.status, self.message = Status.READY, None

    async def stop(self, grace_s: float) -> None:
        """Let it finish what it has begun, kill what is left then, and wait for its end."""
        if self._watch is None:
            return
        self._is_asked_to_end = True
        self._signal(signal.SIGTERM)
        await asyncio.wait({self._watch}, timeout=grace_s)
        self._close_pipe()
        await asyncio.wait({self._watch}, timeout=_KILL_S)

    def end_if_broken(self) -> None:
        """Kill all of it where one that served has died: its own replacement takes far longer."""
        if self.status is Status.READY and not all(map(processes.runs, self._serving)):
            logger.warning("%s lost a process that served.", self.name)
            self._signal(signal.SIGTERM)
            self._close_pipe()

    def memory(self) -> processes.Measured | None:
        """What all its processes hold; None where none runs. Blocks for milliseconds."""
        return processes.measure(self._tree())

    def memory_bytes(self) -> int:
        """`memory`, for adding up."""
        measured = self.memory()
        return 0 if measured is None else measured.size_bytes

    async def _start_on_some_port(self) -> None:
        for _ in range(_ATTEMPTS):
            port = self.port = self._choose_port()
            await self._spawn(port)
            try:
                return await self._until_ready(port)
            except _PortTakenError:
                logger.warning("%s: port %d was taken in between.", self.name, port)
                await self.stop(0)
        raise WarmUpError("found no free port")

    async def _spawn(self, port: int) -> None:
        home = await asyncio.to_thread(_private_home)
        self._is_asked_to_end, self.exit_status, self.lines = False, None, 0
        reads, self._pipe = os.pipe()
        try:
            # A file, not a module: nothing of this package need be on the path there.
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", guardian.__file__, str(self._orphan_grace_s)),
                *(str(home), *self._command, "--host", "127.0.0.1", "--port", str(port)),
                env=environment({"BENTOML_HOME": str(home), **self._changes}),
                stdin=reads,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        except BaseException:
            self._close_pipe()
            shutil.rmtree(home, ignore_errors=True)
            raise
        finally:
            os.close(reads)
        self.ended.clear()
        self._watch = asyncio.create_task(self._until_ended(self._process, home))

    async def _until_ended(self, process: Process, home: Path) -> None:
        """Pass its log on, which ends with the last of its processes, and note how it ended."""
        if process.stdout is not None:
            await self._pass_on(process.stdout)
        self.exit_status = await process.wait()
        self._close_pipe()
        await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)
        self.status, self.message = Status.COLD, None
        if not self._is_asked_to_end:
            self.status, self.message = Status.DOWN, self._ending()
            logger.warning("%s %s.", self.name, self.message)
        self.ended.set()

    async def _pass_on(self, output: asyncio.StreamReader) -> None:
        rest = b""
        while part := await output.read(_READ_BYTES):
            *whole, rest = (rest + part).split(b"\n")
            if len(rest) > _MAX_LINE:
                whole, rest = [*whole, rest], b""
            for line in whole:
                self._log(line)
        if rest:
            self._log(rest)

    def _log(self, line: bytes) -> None:
        self.lines += 1
        logger.info("%s: %s", self.name, line[:_MAX_LINE].decode(errors="replace").rstrip())

    async def _until_ready(self, port: int) -> None:
        async with Prober(self.base_url, self._headers) as prober:
            self.message = "is loading"
            while not await prober.is_ready():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.ended.wait(), _POLL_S)
                if self.ended.is_set():
                    raise _PortTakenError if _is_taken(port) else WarmUpError(self._ending())
            tree = await asyncio.to_thread(self._tree)
            self._serving = await asyncio.to_thread(processes.listening, tree, port)
            if not self._serving:
                raise _PortTakenError
            self.message = "is warming up"
            await prober.warm_up()

    def _tree(self) -> list[psutil.Process]:
        return [] if self.pid is None or self.ended.is_set() else processes.tree(self.pid)

    def _ending(self) -> str:
        return f"ended with {self.exit_status} after {self.lines} lines of log"

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self._process is not None:
                self._process.send_signal(number)

    def _close_pipe(self) -> None:
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None


def _private_home() -> Path:
    """A BENTOML_HOME with nothing in it but what is shared."""
    home = Path(tempfile.mkdtemp(prefix="lingua-nexus-"))
    for name in _SHARED:
        shared = bentoml_home() / name
        if shared.is_dir():
            (home / name).symlink_to(shared)
    return home


def _is_taken(port: int) -> bool:
    """Whether somebody listens there; an ended connection's remains do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
