"""Commands as a user types them, in a process of their own: piped, or in a terminal 80 wide."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[3]
COMMAND = (sys.executable, "-m", "bentos.cli")
_AGAIN_S, _PATIENCE_S = 2.0, 60.0
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def environment(home: Path, endpoint: str = "http://127.0.0.1:1") -> dict[str, str]:
    return {
        "BENTOML_HOME": str(home),
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(home.parent / "hf"),
        "HF_HUB_OFFLINE": "0",
        "LINGUA_NEXUS_STATE_FILE": str(home.parent / "state.sqlite3"),
        "OLLAMA_HOST": "",
        "PYTHONPATH": str(ROOT),
    }


def python(environment: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | environment,  # noqa: TID251 - the child's, with ours on top
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


def piped(environment: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    """The same of a command that reads no terminal and writes to none."""
    return python(environment, *COMMAND[1:], *arguments)


def plain(text: str) -> str:
    """Without colours and what moves the cursor."""
    return _ESCAPE.sub("", text)


class Terminal:
    """A command in a terminal of 80 columns and 24 lines."""

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._descriptor, self.written = ours, ""
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            # A session of its own, so that the terminal is its own too and ^C reaches it.
            [sys.executable, "-c", _IN_TERMINAL, *COMMAND, *arguments],
            cwd=ROOT,
            env=os.environ | {"TERM": "xterm-256color"} | environment,  # noqa: TID251
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def until(self, text: str) -> None:
        """Reads on until `text` was written."""
        while text not in self.written:
            assert self._read(), self.written

    def end(self, typed: str = "") -> int:
        """Types, again while nothing comes of it, and reads all that is written; the exit code.

        What is typed between a prompt and the wait for an answer may be lost, as to a user.
        """
        try:
            os.write(self._descriptor, typed.encode())
            while self._read(typed):
                pass
            return self._process.wait(timeout=_PATIENCE_S)
        finally:
            self._process.kill()
            os.close(self._descriptor)

    def _read(self, typed: str = "") -> bool:
        data = b""
        with suppress(OSError):  # how Linux says that nobody writes any more
            deadline = time.monotonic() + _PATIENCE_S
            while not select.select([self._descriptor], [], [], _AGAIN_S)[0]:
                assert time.monotonic() < deadline, self.written
                os.write(self._descriptor, typed.encode())
            data = os.read(self._descriptor, 65536)
        self.written += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)


_IN_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
