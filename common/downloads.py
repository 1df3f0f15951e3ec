"""Downloads files of a hub repository, resumed and verified; knows nothing of what they are for."""

import errno
import logging
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from common.checksums import git_blob, sha256

logger = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""Called with a file's name, the bytes of it that are there, and its size."""

_TIMEOUT_S = 30
_PARTIAL_CONTENT = 206
_TOO_MANY_REQUESTS = 429
_SERVER_ERRORS = 500
_COMMIT = re.compile(r"[0-9a-f]{40}")


class DownloadError(Exception):
    """The files are not there; the message is one line and says what can be done."""


class DownloadInterruptedError(DownloadError):
    """The connection broke too often; the same download goes on from what is there."""


class _InterruptedError(Exception):
    """The connection broke; what arrived is kept."""


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
        from huggingface_hub import HfApi  # noqa: PLC0415 - half a second, of no use while serving

        try:
            with _named_errors(name):
                info = HfApi(endpoint=self._endpoint).model_info(
                    name, revision=revision, files_metadata=True, timeout=_TIMEOUT_S
                )
        except httpx2.TransportError as error:
            raise DownloadError(f"The hub cannot be reached ({type(error).__name__}).") from error
        files = tuple(
            RemoteFile(
                name=entry.rfilename,
                size=entry.size or 0,
                sha256=entry.lfs.sha256 if entry.lfs else None,
                git_blob=None if entry.lfs else entry.blob_id,
            )
            for entry in info.siblings or ()
        )
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

        One caller at a time may use `folder`, and for one commit only.
        """
        target, partial = folder / file.name, folder / f"{file.name}.partial"
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
            except _InterruptedError as error:
                failures = failures + 1 if _size(partial) <= before else 1
                if failures >= self._attempts:
                    message = (
                        f"The download of {file.name} was interrupted: {error}. "
                        "Run the command again to go on from here."
                    )
                    raise DownloadInterruptedError(message) from error
                logger.warning("Connection lost while downloading %s; going on.", file.name)
                time.sleep(self._pause_s * failures)

    def _append(
        self, repository: Repository, file: RemoteFile, partial: Path, progress: Progress
    ) -> None:
        """One request for what is missing, written behind what is there."""
        from huggingface_hub import hf_hub_url  # noqa: PLC0415

        url = hf_hub_url(
            repository.name, file.name, revision=repository.commit, endpoint=self._endpoint
        )
        with _named_errors(repository.name), _stream(url, _size(partial)) as (start, chunks):
            done = start
            # Unbuffered: what arrived before a kill is there for the next attempt.
            with partial.open("ab" if start else "wb", buffering=0) as out:
                for chunk in chunks:
                    out.write(chunk)
                    done += len(chunk)
                    progress(file.name, done, file.size)
            if done < file.size:
                raise _InterruptedError(f"{done} of {file.size} bytes arrived")


@contextmanager
def _stream(url: str, start: int) -> Iterator[tuple[int, Iterator[bytes]]]:
    """The content from `start` on, or from the first byte where the server ignores ranges."""
    import httpx2  # noqa: PLC0415 - comes with huggingface_hub
    from huggingface_hub.constants import HF_HUB_DOWNLOAD_TIMEOUT  # noqa: PLC0415
    from huggingface_hub.utils import (  # type: ignore[attr-defined]  # noqa: PLC0415 - it has no __all__
        build_hf_headers,
        get_session,
        hf_raise_for_status,
    )

    # Unpacked content would have another size than the one that ranges count in.
    headers = {**build_hf_headers(), "accept-encoding": "identity"}
    if start:
        headers["range"] = f"bytes={start}-"
    request = get_session().stream(
        "GET", url, headers=headers, timeout=HF_HUB_DOWNLOAD_TIMEOUT, follow_redirects=True
    )
    try:
        with request as response:
            _retry_on_trouble(response.status_code)
            hf_raise_for_status(response)
            content_range = response.headers.get("content-range", "")
            continues = _continues(response.status_code, content_range, start)
            yield (start if continues else 0), response.iter_bytes()
    except (httpx2.TransportError, httpx2.StreamError) as error:
        raise _InterruptedError(type(error).__name__) from error


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


def _retry_on_trouble(status: int) -> None:
    """A server that is busy or broken may be well again in a moment."""
    if status == _TOO_MANY_REQUESTS or status >= _SERVER_ERRORS:
        raise _InterruptedError(f"the hub answered {status}")


def _continues(status: int, content_range: str, start: int) -> bool:
    """Whether the answer goes on from `start`; a server that ignores ranges sends everything."""
    return status == _PARTIAL_CONTENT and content_range.startswith(f"bytes {start}-")


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
            raise DownloadError(f"The disk is full: {folder}.") from error
        raise DownloadError(f"Cannot write to {folder}: {error.strerror or error}.") from error


@contextmanager
def _named_errors(name: str) -> Iterator[None]:
    """Says in one line what the hub's many exceptions mean for whoever typed `name`."""
    from huggingface_hub import errors  # noqa: PLC0415

    try:
        yield
    except errors.OfflineModeIsEnabled as error:
        raise DownloadError("HF_HUB_OFFLINE is set: nothing can be downloaded.") from error
    except errors.GatedRepoError as error:
        raise DownloadError(
            f"{name} is gated: accept its terms on the hub, then set HF_TOKEN."
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise DownloadError(
            f"{name} is not on the hub, or is private and HF_TOKEN gives no access."
        ) from error
    except errors.RevisionNotFoundError as error:
        raise DownloadError(f"{name} has no such revision.") from error
    except errors.RemoteEntryNotFoundError as error:
        raise DownloadError(
            f"{name} lacks a file that is needed: {error.response.url.path}."
        ) from error
    except errors.HFValidationError as error:
        raise DownloadError(
            f"{name!r} is not the name of a hub repository, like facebook/nllb-200-1.3B."
        ) from error
    except errors.HfHubHTTPError as error:
        raise DownloadError(
            f"The hub answered {error.response.status_code} for {name}; try again later."
        ) from error
