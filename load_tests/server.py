"""Starts a server in a process of its own, waits until it is ready and stops it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from typing_extensions import override

ROOT = Path(__file__).resolve().parent.parent
# With these a parent that uses prometheus_client or BentoML would share its own with the child.
_NOT_INHERITED = ("PROMETHEUS_MULTIPROC_DIR", "BENTOML_CONFIG_OPTIONS")
_POLL_S = 0.02


class ServerError(RuntimeError):
    """The server died or did not become ready in time; the message ends with its log."""


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class ServerProcess(ABC):
    """A server, from `with` to the end of the block, on a free port of this machine."""

    def __init__(self, *, log: Path, cwd: Path = ROOT, start_timeout_s: float = 120) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        self.ready_after_s = 0.0
        self._cwd = cwd
        self._start_timeout_s = start_timeout_s

    @property
    @abstractmethod
    def command(self) -> list[str]:
        """Its command line."""

    @property
    @abstractmethod
    def probe(self) -> str:
        """The path that answers 200 once it is ready."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self) -> None:
        began = time.perf_counter()
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603  # our own command line
                self.command,
                cwd=self._cwd,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_until_ready(began + self._start_timeout_s)
        except BaseException:
            self.stop()
            raise
        self.ready_after_s = time.perf_counter() - began

    def stop(self) -> None:
        """Ends the server and whatever it started."""
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _wait_until_ready(self, deadline: float) -> None:
        while not self._is_ready():
            if self._process.poll() is not None:
                raise ServerError(
                    f"The server ended with {self._process.returncode}.{self._tail()}"
                )
            if time.perf_counter() > deadline:
                raise ServerError(f"Not ready after {self._start_timeout_s} s.{self._tail()}")
            time.sleep(_POLL_S)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}{self.probe}", timeout=2) as answer:  # noqa: S310  # http, ours
                ready: bool = answer.status == 200  # noqa: PLR2004
                return ready
        except (urllib.error.URLError, OSError):
            return False

    def _tail(self) -> str:
        return "\n" + self.log.read_text(errors="replace")[-3000:]


class Server(ServerProcess):
    """A service of ours, or any that `bentoml serve` runs.

    `home` becomes its BENTOML_HOME: two services that share one mix their metrics, and a fresh
    one holds no pulled weights. Without it the caller's own is used. Statistics go there too, or
    nowhere: what a test asks is no use.
    """

    def __init__(
        self,
        service: str,
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        home: Path | None = None,
        cwd: Path = ROOT,
        start_timeout_s: float = 120,
    ) -> None:
        super().__init__(log=log, cwd=cwd, start_timeout_s=start_timeout_s)
        self._service = service
        statistics = "" if home is None else str(home / "state.sqlite3")
        always = {"BENTOML_DO_NOT_TRACK": "True", "LINGUA_NEXUS_STATE_FILE": statistics}
        self._env = {**always, **(env or {})}
        if home is not None:
            self._env["BENTOML_HOME"] = str(home)

    @property
    @override
    def command(self) -> list[str]:
        # `env` changes what is inherited without this module reading the environment.
        dropped = [part for name in _NOT_INHERITED for part in ("-u", name)]
        changed = [f"{name}={value}" for name, value in self._env.items()]
        serve = ["serve", self._service, "--host", "127.0.0.1", "--port", str(self.port)]
        return ["env", *dropped, *changed, sys.executable, "-m", "bentoml", *serve]

    @property
    @override
    def probe(self) -> str:
        return "/readyz"
