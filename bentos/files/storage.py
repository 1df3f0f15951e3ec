"""Where files lie while somebody wants them: in a folder nobody else may read; not whose they are.

Each process has a folder of its own and holds a lock in it. What one that was killed left behind
is no longer locked, and the next one that starts removes it.
"""

import fcntl
import logging
import os
import secrets
import shutil
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PREFIX: Final = "lingua-nexus-files"
_LOCK: Final = "lock"
_PRIVATE: Final = 0o700

logger = logging.getLogger(__name__)


class StorageError(OSError):
    """Files cannot be kept; the message is for the operator."""


class StorageFullError(StorageError):
    """There is no room for another file."""


class Storage:
    """Order: `open`, then anything from any thread, then `close`. Names are its own, and random."""

    def __init__(self, folder: Path | None, max_bytes: int) -> None:
        self._base = (folder or Path(tempfile.gettempdir())) / f"{_PREFIX}-{os.getuid()}"
        self._max_bytes = max_bytes
        self._folder: Path | None = None
        self._lock: int | None = None
        self._sizes: dict[str, int] = {}
        self._counting = threading.Lock()

    @property
    def is_open(self) -> bool:
        return self._folder is not None

    @property
    def stored_bytes(self) -> int:
        return sum(list(self._sizes.values()))  # other threads add and remove

    def open(self) -> None:
        """Makes the folder, and removes those of processes that are no more.

        Raises:
            StorageError: There is no place that is ours alone.
        """
        try:
            self._base.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            _check(self._base)
            with _alone(self._base):  # or another would find ours before it is locked
                for left in self._base.iterdir():
                    _remove_abandoned(left)
                folder = Path(tempfile.mkdtemp(dir=self._base))
                self._lock = _locked(folder / _LOCK)
        except OSError as error:
            reason = error if isinstance(error, StorageError) else error.strerror
            message = f"Files cannot be kept in {self._base}: {reason}"
            raise StorageError(message) from error
        self._folder = folder

    def has_room(self, size: int) -> bool:
        return self.stored_bytes + size <= self._max_bytes

    def write(self, data: bytes) -> str:
        """Keep it; gives the name under which it is found again.

        Raises:
            StorageFullError: There is no room for it.
            OSError: It cannot be written.
        """
        name = secrets.token_hex(16)
        with self._counting:
            if not self.has_room(len(data)):
                message = "There is no room for another file."
                raise StorageFullError(message)
            self._sizes[name] = len(data)
        try:
            descriptor = os.open(self.path_of(name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a path could not set the mode
                file.write(data)
        except OSError:
            self.remove(name)
            raise
        return name

    def read(self, name: str) -> bytes:
        return self.path_of(name).read_bytes()

    def path_of(self, name: str) -> Path:
        if self._folder is None:
            message = "Files cannot be kept: the folder is not open."
            raise StorageError(message)
        return self._folder / name

    def remove(self, name: str) -> None:
        """Forget it; nothing happens where that was done."""
        self._sizes.pop(name, None)
        if name and self._folder is not None:
            (self._folder / name).unlink(missing_ok=True)

    def close(self) -> None:
        """Removes all of it; may be called twice."""
        folder, self._folder = self._folder, None
        self._sizes.clear()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _check(base: Path) -> None:
    """A folder that somebody else made first in a place for all is not ours to use."""
    status = base.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise StorageError("it is another's.")
    if stat.S_IMODE(status.st_mode) & 0o077:
        base.chmod(_PRIVATE)


@contextmanager
def _alone(base: Path) -> Iterator[None]:
    descriptor = os.open(base / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _locked(path: Path) -> int | None:
    """A lock on the file, until it is closed; None where another process holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _remove_abandoned(folder: Path) -> None:
    if folder.is_symlink() or not folder.is_dir():
        return
    lock = _locked(folder / _LOCK)
    if lock is None:
        return
    try:
        shutil.rmtree(folder, ignore_errors=True)
        logger.info("Files of a process that is no more were removed.")
    finally:
        os.close(lock)
