"""Runs one command and leaves nothing of it behind, however its parent ends; knows no models.

    gateway ──pipe──► outer ──► inner ──► command ──► its workers, in sessions of their own

Standard input is the pipe; only the gateway holds its other end, so its end of file is the
gateway's. Two processes guard because either may be killed: what the inner one leaves falls to the
outer, a subreaper, and the outer's end is a signal to the inner. SIGTERM asks the command to end
in its own time, an end of file gives it a grace, both together none.

Run as a file, not as a module: it imports the standard library only, so it starts in milliseconds.
"""

import contextlib
import ctypes
import fcntl
import os
import select
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Final

_SIGNALS: Final = (signal.SIGTERM, signal.SIGUSR1, signal.SIGCHLD)
_PARENT_ENDED: Final = signal.SIGUSR1
_SET_PDEATHSIG: Final = 1
_SET_CHILD_SUBREAPER: Final = 36
_OUTER_EXTRA_S: Final = 2.0
_NOT_FOUND: Final = 127
_BY_SIGNAL: Final = 128
_STDIN: Final = 0


def main(arguments: list[str]) -> int:
    """`GRACE_S HOME COMMAND...`: its exit status, 128 and the signal's number where one ended it.

    HOME is a folder that is removed at the end.
    """
    grace_s, home, command = float(arguments[0]), Path(arguments[1]), arguments[2:]
    fcntl.fcntl(_STDIN, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    _control(_SET_CHILD_SUBREAPER, 1)
    parent = os.getpid()
    inner = os.fork()
    if inner == 0:
        _end_with(parent, _PARENT_ENDED)
        _control(_SET_CHILD_SUBREAPER, 1)
        return _guard(_started(command), grace_s, asks=True)
    status = _guard(inner, grace_s + _OUTER_EXTRA_S, asks=False)
    shutil.rmtree(home, ignore_errors=True)
    return status


def _started(command: list[str]) -> int:
    parent = os.getpid()
    child = os.fork()
    if child == 0:  # pragma: no cover - this process becomes the command
        try:
            os.setsid()
            _end_with(parent, signal.SIGKILL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            os.dup2(os.open(os.devnull, os.O_RDONLY), _STDIN)
            os.execvp(command[0], command)  # noqa: S606 - a command line, not a shell's
        finally:
            os._exit(_NOT_FOUND)
    return child


def _guard(child: int, grace_s: float, *, asks: bool) -> int:
    """Wait for a child's end or for the order to end it; nothing below this process stays.

    `asks`: an orphan is asked to end here; else the child sees for itself that it is one.
    """
    wake = _waking()
    watched = [_STDIN, wake]
    deadline: float | None = None
    is_ending = is_orphan = False
    while (status := _reaped(child)) is None:
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            break
        ready, _, _ = select.select(watched, [], [], left)
        came = os.read(wake, 64) if wake in ready else b""
        if signal.SIGTERM in came and not is_ending:
            is_ending = True
            _send(child, signal.SIGTERM)
        if _STDIN in ready and not os.read(_STDIN, 64):
            watched.remove(_STDIN)
        if not is_orphan and (_STDIN not in watched or _PARENT_ENDED in came):
            is_orphan, deadline = True, time.monotonic() + grace_s
            if asks:
                _send(child, signal.SIGTERM)
        if is_orphan and is_ending:
            deadline = time.monotonic()
    _end_all(child)
    return _BY_SIGNAL + signal.SIGKILL if status is None else status


def _waking() -> int:
    """A descriptor from which the numbers of the signals that came are read."""
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    signal.set_wakeup_fd(writes, warn_on_full_buffer=False)
    for each in _SIGNALS:
        signal.signal(each, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    return reads


def _reaped(child: int) -> int | None:
    """How the child ended; None while it runs. Whatever fell to this process is reaped too."""
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return None
            if pid == child:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else _BY_SIGNAL - code
    return None


def _end_all(child: int) -> None:
    """Kill until nothing is left: what a killed process had started falls to this one."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    _send(child, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            for pid in _children():
                _send(pid, signal.SIGKILL)
            os.waitpid(-1, 0)


def _children() -> list[int]:
    """Those of this process; empty on a system that has no /proc."""
    own, found = os.getpid(), []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name, in brackets, may hold anything, brackets too.
            if int(file.read_text().rpartition(")")[2].split()[1]) == own:
                found.append(int(file.parent.name))
    return found


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _end_with(parent: int, number: int) -> None:
    """Get a signal when the parent ends, also where it did before this was asked for."""
    _control(_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os.kill(os.getpid(), number)


def _control(option: int, value: int) -> None:
    """What Linux has and Python does not offer; elsewhere the group and the pipe must do."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
