"""A tar that is written and read strictly in order, a block at a time; knows not what for.

`tarfile` reads headers that announce others, of any size and for any name. Here a member is what
was expected next, or the file is refused, so only the plainest kind of header is ever looked at.
"""

import hashlib
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

_BLOCK = 512
_CHUNK = 1024 * 1024
_MOST_PADDING = 20 * _BLOCK
"""tar fills a file up to a multiple of this."""


class BundleError(Exception):
    """A bundle that cannot be written, or must not be read; the message is one line."""


def size_of(files: Iterable[int]) -> int:
    """Bytes of members with contents of these sizes, and of the end."""
    return sum(_BLOCK + _padded(size) for size in files) + 2 * _BLOCK


def put_bytes(out: BinaryIO, name: str, content: bytes) -> None:
    """A member with this content."""
    out.write(_header(name, len(content)))
    out.write(content.ljust(_padded(len(content)), b"\0"))


def put_file(out: BinaryIO, sha256: str, path: Path, size: int) -> None:
    """A member with a file's content, named by its checksum.

    Raises:
        BundleError: The file is not, or no longer, what it was said to be.
    """
    out.write(_header(sha256, size))
    digest, written = hashlib.sha256(), 0
    with path.open("rb") as content:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            written += len(chunk)
            out.write(chunk)
    if (written, digest.hexdigest()) != (size, sha256):
        raise BundleError(f"{path.name} was changed while it was exported.")
    out.write(bytes(_padded(size) - size))


def end(out: BinaryIO) -> None:
    """Says that nothing comes after."""
    out.write(bytes(2 * _BLOCK))


def take_bytes(content: BinaryIO, name: str, most: int) -> bytes:
    """The next member, which must be a file of that name and no larger than `most`.

    Raises:
        BundleError: It is not.
    """
    found, size = _next(content)
    if found != name or size > most:
        raise BundleError(f"It does not begin with {name}, so it is no bundle.")
    return b"".join(_content(content, size))


def take_file(content: BinaryIO, sha256: str, size: int, target: Path | None) -> None:
    """The next member, which must have this checksum and size; None: it is passed over unseen.

    Raises:
        BundleError: It has not; what is in `target` is then of no use.
    """
    if _next(content) != (sha256, size):
        raise BundleError("It does not hold the files that it lists, in their order.")
    if target is None:
        content.seek(_padded(size), 1)
        return
    digest = hashlib.sha256()
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as out:
        for chunk in _content(content, size):
            digest.update(chunk)
            out.write(chunk)
    if digest.hexdigest() != sha256:
        raise BundleError(f"{target.name} was changed: its checksum is another.")


def expect_end(content: BinaryIO) -> None:
    """Nothing more may come.

    Raises:
        BundleError: Something does.
    """
    rest = content.read(_MOST_PADDING + 1)
    if len(rest) > _MOST_PADDING or rest.strip(b"\0"):
        raise BundleError("It holds more than it lists.")
    if len(rest) < 2 * _BLOCK:
        raise BundleError("It is cut short.")


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT)


def _next(content: BinaryIO) -> tuple[str, int]:
    """Name and size of the next member, a plain file."""
    try:
        info = tarfile.TarInfo.frombuf(content.read(_BLOCK), "utf-8", "strict")
    except (tarfile.HeaderError, ValueError) as error:
        raise BundleError("It is no bundle, or is cut short.") from error
    if info.type != tarfile.REGTYPE or info.size < 0:
        raise BundleError("It holds something else than plain files.")
    return info.name, info.size


def _content(content: BinaryIO, size: int) -> Iterator[bytes]:
    """`size` bytes, and past what fills up the block."""
    left = size
    while left:
        chunk = content.read(min(left, _CHUNK))
        if not chunk:
            raise BundleError("It is cut short.")
        left -= len(chunk)
        yield chunk
    content.seek(_padded(size) - size, 1)


def _padded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK
