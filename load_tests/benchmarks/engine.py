"""The benchmark's end of a contestant's process: a line to it, a line from it."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from load_tests.benchmarks.workload import Run, Work
from load_tests.server import ROOT


class ContestantProcess:
    """A module of ours with weights in its memory, from `with` to the end of the block."""

    def __init__(self, module: str, arguments: Sequence[str], log: Path) -> None:
        self._command = [module, *arguments]
        self._log = log
        self.memory_bytes = 0

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603  # our own command line
                [sys.executable, "-m", *self._command],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        try:
            self.memory_bytes = self._answer()["memory_bytes"]
        except BaseException:
            self._process.communicate()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def ask(self, job: dict[str, Any]) -> Run:
        """What the module measures for a job of its kind."""
        assert self._process.stdin is not None  # noqa: S101  # it is a pipe
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return Run(**self._answer())

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101  # it is a pipe
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"A contestant died.\n{self._log.read_text()[-3000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer


class EngineProcess(ContestantProcess):
    """One of `contestant.py`'s engines."""

    def __init__(self, engine: str, folder: Path, work: Work, log: Path) -> None:
        arguments = [engine, str(folder), json.dumps(asdict(work))]
        super().__init__("load_tests.benchmarks.contestant", arguments, log)

    def run(self, count: int, batch: int) -> Run:
        """Translates `count` sentences, `batch` a call."""
        return self.ask({"count": count, "batch": batch})
