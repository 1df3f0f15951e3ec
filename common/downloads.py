"""Downloads files of a hub repository, resumed and verified; knows nothing of what they are for."""

import errno
import io
import logging
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from common.checksums import git_blob, sha256
from common.hub import (
    DownloadError,
    DownloadInterruptedError,
    InterruptedTransferError,
    WrongSizeError,
    named_errors,
    session,
    stream,
)
from common.paths import link_below, stays_below

__all__ = [
    "DownloadError",
    "DownloadInterruptedError",
    "Hub",
    "Progress",
    "RemoteFile",
    "Repository",
    "free_bytes",
    "gigabytes",
    "require_space",
    "verify",
]

logger = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""Called with a file's name, the bytes of it that are there, and its size."""

_TIMEOUT_S = 30
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file as the hub describes it."""

    name: str
    size: int
    sha256: str | None
    """Of the content; only large files have it."""
    git_blob: str | None
    """Git's SHA-1 of the content, for the files that have no SHA-256."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository at one commit."""

    name: str
    commit: str
    files: tuple[RemoteFile, ...]

    def file(self, name: str) -> RemoteFile | None:
        return next((file for file in self.files if file.name == name), None)


def free_bytes(folder: Path) -> int:
    """Free space where `folder` is or will be."""
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(existing).free


def require_space(folder: Path, needed: int, free: Callable[[Path], int] = free_bytes) -> None:
    """Raises `DownloadError` where the disk lacks the room, before anything is downloaded."""
    available = free(folder)
    if available < needed:
        message = (
            f"Not enough disk space in {folder}: {gigabytes(needed)} needed, "
            f"{gigabytes(available)} free."
        )
        raise DownloadError(message)


def gigabytes(size: int) -> str:
    """For a person."""
    return f"{size / 1e9:.2f} GB"


class Hub:
    """The Hugging Face hub, or the mirror that HF_ENDPOINT names; HF_TOKEN is sent where it is set.

    huggingface_hub 2.4 starts a file anew after an interruption and checks its size only, hence
    our own `download`.
    """

    def __init__(
        self, endpoint: str | None = None, *, attempts: int = 5, pause_s: float = 1.0
    ) -> None:
        self._endpoint = endpoint
        self._attempts = attempts
        self._pause_s = pause_s

    def repository(self, name: str, revision: str | None = None) -> Repository:
        """What `name` holds at `revision`, a branch, tag or commit; by default its main branch."""
        import httpx2  # noqa: PLC0415
        from huggingface_hub import HfApi  # noqa: PLC0415

        session()
        try:
            with named_errors(name):
                info = HfApi(endpoint=self._endpoint).model_info(
                    name, revision=revision, files_metadata=True, timeout=_TIMEOUT_S
                )
        except httpx2.RequestError as error:
            raise DownloadError(f"The hub cannot be reached ({type(error).__name__}).") from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            message = f"What answered for {name} is no hub; check HF_ENDPOINT."
            raise DownloadError(message) from error
        files = tuple(
            RemoteFile(
                name=entry.rfilename,
                size=entry.size or 0,
                sha256=entry.lfs.sha256 if entry.lfs else None,
                git_blob=None if entry.lfs else entry.blob_id,
            )
            for entry in info.siblings or ()
        )
        for file in files:
            _check(file)
        if info.sha is None or _COMMIT.fullmatch(info.sha) is None:
            raise DownloadError(f"The hub gave no commit for {name}.")
        return Repository(name=name, commit=info.sha, files=files)

    def download(
        self,
        repository: Repository,
        file: RemoteFile,
        folder: Path,
        progress: Progress | None = None,
    ) -> Path:
        """`file` in `folder`, verified; goes on where an earlier call was interrupted.

        One caller at a time may use `folder`, and for one commit only. What `progress` raises ends
        it, and what arrived is kept; it is called after a lost connection too.
        """
        _check(file)
        target, partial = folder / file.name, folder / f"{file.name}.partial"
        for name in (file.name, f"{file.name}.partial"):
            if link := link_below(folder, name):
                raise DownloadError(f"{link} is a link that no download of ours made; remove it.")
        if target.exists():
            return target
        with _disk_errors(folder):
            partial.parent.mkdir(parents=True, exist_ok=True)
            self._complete(repository, file, partial, progress or _silent)
            verify(partial, file)
            partial.replace(target)
        return target

    def _complete(
        self, repository: Repository, file: RemoteFile, partial: Path, progress: Progress
    ) -> None:
        """Asks for the rest until all is there, or `attempts` in a row bring nothing."""
        failures = 0
        while (before := _size(partial)) < file.size or not partial.exists():
            try:
                self._append(repository, file, partial, progress)
            except WrongSizeError as error:
                partial.unlink(missing_ok=True)
                message = (
                    f"{file.name} has {error} where the hub says {file.size}; removed, try again."
                )
                raise DownloadError(message) from error
            except InterruptedTransferError as error:
                failures = failures + 1 if _size(partial) <= before else 1
                if failures >= self._attempts:
                    message = (
                        f"The download of {file.name} was interrupted: {error}. "
                        "Run the command again to go on from here."
                    )
                    raise DownloadInterruptedError(message) from error
                logger.warning("Connection lost while downloading %s; going on.", file.name)
                progress(file.name, _size(partial), file.size)
                time.sleep(self._pause_s * failures)

    def _append(
        self, repository: Repository, file: RemoteFile, partial: Path, progress: Progress
    ) -> None:
        """One request for what is missing, written behind what is there."""
        from huggingface_hub import hf_hub_url  # noqa: PLC0415

        url = hf_hub_url(
            repository.name, file.name, revision=repository.commit, endpoint=self._endpoint
        )
        with named_errors(repository.name), stream(url, _size(partial)) as (start, chunks):
            done = start
            # Unbuffered: what arrived before a kill is there for the next attempt.
            with partial.open("ab" if start else "wb", buffering=0) as out:
                for chunk in chunks:
                    if done + len(chunk) > file.size:
                        raise WrongSizeError("more bytes")
                    _write(out, chunk)
                    done += len(chunk)
                    progress(file.name, done, file.size)
            if done < file.size:
                raise InterruptedTransferError(f"{done} of {file.size} bytes arrived")


def verify(path: Path, file: RemoteFile) -> None:
    """Removes a file that is not the one the hub describes, so that the next download starts anew.

    Raises:
        DownloadError: naming the file.
    """
    size = path.stat().st_size
    if size != file.size:
        path.unlink()
        raise DownloadError(
            f"{file.name} has {size} bytes where the hub says {file.size}; removed, try again."
        )
    wanted = file.sha256 or file.git_blob
    if wanted is not None and wanted != (sha256(path) if file.sha256 else git_blob(path)):
        path.unlink()
        raise DownloadError(
            f"The checksum of {file.name} is not the one the hub gives; removed, try again."
        )


def _check(file: RemoteFile) -> None:
    """Refuses what no hub would list."""
    if not stays_below(file.name):
        raise DownloadError(f"The hub lists a file that would leave its folder: {file.name!r}.")
    if file.size < 0:
        raise DownloadError(f"The hub gives a size below zero for {file.name}.")


def _write(out: io.FileIO, content: bytes) -> None:
    """All of it: where a disk fills up, less may be written than was given."""
    rest = memoryview(content)
    while rest:
        rest = rest[out.write(rest) :]


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _silent(name: str, done: int, size: int) -> None:
    del name, done, size


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            message = f"The disk is full: {folder}. What arrived stays there to go on from."
            raise DownloadError(message) from error
        raise DownloadError(f"Cannot write to {folder}: {error.strerror or error}.") from error
