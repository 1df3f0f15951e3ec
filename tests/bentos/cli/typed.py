"""Commands as a user types them, in a process of their own: piped, or in a terminal 80 wide."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[3]
COMMAND = (sys.executable, "-m", "bentos.cli")
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def environment(home: Path, endpoint: str = "http://127.0.0.1:1") -> dict[str, str]:
    return {
        "BENTOML_HOME": str(home),
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(home.parent / "hf"),
        "HF_HUB_OFFLINE": "0",
        "LINGUA_NEXUS_STATE_FILE": str(home.parent / "state.sqlite3"),
        "PYTHONPATH": str(ROOT),
    }


def python(environment: Mapping[str, str], *arguments: str) -> tuple[int, str, str]:
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


def piped(environment: Mapping[str, str], *arguments: str) -> tuple[int, str, str]:
    """The same of a command that reads no terminal and writes to none."""
    return python(environment, *COMMAND[1:], *arguments)


def plain(text: str) -> str:
    """Without colours and what moves the cursor."""
    return _ESCAPE.sub("", text)


class Terminal:
    """A command in a terminal of 80 columns and 24 lines."""

    def __init__(self, environment: Mapping[str, str], *arguments: str) -> None:
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

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())

    def end(self) -> int:
        """Reads all that is still written; the exit code."""
        while self._read():
            pass
        os.close(self._descriptor)
        return self._process.wait(timeout=60)

    def _read(self) -> bool:
        data = b""
        with suppress(OSError):  # how Linux says that nobody writes any more
            data = os.read(self._descriptor, 65536)
        self.written += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)


_IN_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
