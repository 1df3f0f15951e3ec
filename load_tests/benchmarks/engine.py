"""The benchmark's end of a contestant's process."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from load_tests.benchmarks.workload import Run, Work
from load_tests.server import ROOT


class EngineProcess:
    """An engine with weights, from `with` to the end of the block."""

    def __init__(self, engine: str, folder: Path, work: Work, log: Path) -> None:
        self._command = [engine, str(folder), json.dumps(asdict(work))]
        self._log = log
        self.memory_bytes = 0

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603  # our own command line
                [sys.executable, "-m", "load_tests.benchmarks.contestant", *self._command],
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

    def run(self, count: int, batch: int) -> Run:
        """Translates `count` sentences, `batch` a call."""
        assert self._process.stdin is not None  # noqa: S101  # it is a pipe
        self._process.stdin.write(json.dumps({"count": count, "batch": batch}) + "\n")
        self._process.stdin.flush()
        return Run(**self._answer())

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101  # it is a pipe
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"A contestant died.\n{self._log.read_text()[-3000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer
