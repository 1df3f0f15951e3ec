"""One file that moves what is managed to another machine: facts alone as JSON, weights as a tar.

The tar is uncompressed and strictly in order: `bundle.json`, then the files it lists, each named by
its SHA-256, so no name in it can lead anywhere. The checksums find damage, not forgery: who can
change the file can change them too.
"""

import errno
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from bentos import store
from bentos.management import archive
from bentos.management.archive import BundleError
from bentos.management.contents import Bundle, BundledFile, BundledWeights, is_text, parse
from bentos.store import Stored
from common.catalogue.entry import Entry
from common.checksums import sha256
from common.downloads import free_bytes, gigabytes
from common.state.snapshot import State
from models.base.integrity import claims
from models.base.manifest import MANIFEST

__all__ = ["Bundle", "BundleError", "Extracted", "extract", "read", "write"]

_FIRST = "bundle.json"
_MAX_DESCRIPTION = 16_000_000
_SPARE_BYTES = 1_000_000

Free = Callable[[Path], int]


@dataclass(frozen=True, slots=True)
class Extracted:
    """Tags of weights that came into the store, and of those that were there already."""

    brought: tuple[str, ...]
    skipped: tuple[str, ...]


def write(
    target: Path,
    state: State,
    additions: Sequence[Entry] = (),
    weights: Sequence[Stored] = (),
    free: Free = free_bytes,
) -> None:
    """Makes the file, whole or not at all: a tar, or JSON where `target` ends so.

    Raises:
        BundleError: Weights are damaged or do not go into JSON, or the disk does not take them.
    """
    plain = target.suffix.lower() == ".json"
    if plain and weights:
        raise BundleError(f"Weights do not go into {target.name}; name it {target.stem}.tar.")
    # The newest last, as they came into this store: so they will into another.
    ordered = sorted(weights, key=lambda each: (each.created, each.tag))
    described = tuple(_described(each) for each in ordered)
    bundle = Bundle(
        created=datetime.now(UTC), additions=tuple(additions), state=state, weights=described
    )
    text = bundle.model_dump_json(indent=2).encode() + b"\n"
    with _one_line(target):
        _require_space(target.parent, sum(each.size_bytes for each in described) + len(text), free)
        with _replacing(target) as out:
            if plain:
                out.write(text)
            else:
                _write(out, text, zip(ordered, described, strict=True))


def _write(out: BinaryIO, text: bytes, weights: Iterator[tuple[Stored, BundledWeights]]) -> None:
    archive.put_bytes(out, _FIRST, text)
    for stored, described in weights:
        for file in described.files:
            archive.put_file(out, file.sha256, stored.path / file.name, file.size)
    archive.end(out)


def read(source: Path) -> Bundle:
    """What is in it; the weights' content is not looked at.

    Raises:
        BundleError: It is no bundle, or of another format, or cut short.
    """
    with _one_line(source), _open(source) as content:
        return _read(content, source)


def extract(
    source: Path, chosen: Collection[str] | None = None, free: Free = free_bytes
) -> Extracted:
    """Brings weights into the store, all or those with the tags chosen; every file is verified.

    Raises:
        BundleError: with the store as it was.
    """
    with _one_line(source), _open(source) as content:
        bundle = _read(content, source)
        tags = [each.tag for each in bundle.weights]
        for tag in chosen or ():
            if tag not in tags:
                raise BundleError(f"It holds no {tag}.")
        wanted = [each for each in bundle.weights if chosen is None or each.tag in chosen]
        new = [each for each in wanted if store.find(each.name, each.version) is None]
        if new:
            _bring_in(content, bundle, new, free)
    skipped = tuple(each.tag for each in wanted if each not in new)
    return Extracted(tuple(each.tag for each in new), skipped)


def _bring_in(content: BinaryIO, bundle: Bundle, new: Sequence[BundledWeights], free: Free) -> None:
    """All of it is verified before any of it is in the store."""
    with _alone() as folder:
        _require_space(folder, sum(each.size_bytes for each in new), free)
        made = {each.tag: folder / each.name / each.version for each in new}
        for each in bundle.weights:
            for file in each.files:
                target = made[each.tag] / file.name if each.tag in made else None
                archive.take_file(content, file.sha256, file.size, target)
        archive.expect_end(content)
        for each in new:
            _check_manifest(made[each.tag], each)
        for each in new:
            store.create(each.name, each.version, made[each.tag], each.labels, each.metadata)


@contextmanager
def _alone() -> Iterator[Path]:
    """An empty folder beside the store, which an import that was killed may have left full."""
    workspace = store.workspace("imports")
    workspace.mkdir(parents=True, exist_ok=True)
    folder = workspace / "files"
    try:
        with FileLock(workspace / ".lock", timeout=0):
            try:
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except Timeout as error:
        raise BundleError("Another import is running.") from error


def _described(stored: Stored) -> BundledWeights:
    """The version's files, which are verified for it."""
    if wrong := store.integrity(stored):
        raise BundleError(f"{stored.tag} is not exported: {wrong[0]}")
    found = claims(stored.path)
    known = {**found.checksums, MANIFEST: sha256(stored.path / MANIFEST)} if found else {}
    files = tuple(
        BundledFile(name=name, size=(stored.path / name).stat().st_size, sha256=digest)
        for name, digest in sorted(known.items())
    )
    return BundledWeights(
        name=stored.name,
        version=stored.version,
        labels=dict(stored.labels),
        metadata={key: value for key, value in stored.metadata.items() if is_text(value)},
        files=files,
    )


def _check_manifest(folder: Path, weights: BundledWeights) -> None:
    """The weights' own manifest must say the same as the bundle."""
    found = claims(folder)
    files = {file.name: file.sha256 for file in weights.files if file.name != MANIFEST}
    if found is None or found.checksums != files:
        raise BundleError(f"The {MANIFEST} of {weights.tag} is missing, or names other files.")


def _read(content: BinaryIO, source: Path) -> Bundle:
    """The description; what comes next in `content` is the first file."""
    begins = content.read(1)
    content.seek(0)
    if begins == b"{" or begins.isspace():
        bundle = parse(content.read(_MAX_DESCRIPTION))
        if bundle.weights:
            raise BundleError("It lists weights and holds none.")
        return bundle
    bundle = parse(archive.take_bytes(content, _FIRST, _MAX_DESCRIPTION))
    sizes = [file.size for each in bundle.weights for file in each.files]
    needed, there = content.tell() + archive.size_of(sizes), source.stat().st_size
    if there < needed:
        raise BundleError(f"It is cut short: it has {there} bytes of {needed}.")
    return bundle


def _open(source: Path) -> BinaryIO:
    if not source.is_file():
        raise BundleError("There is no such file.")
    return source.open("rb")


@contextmanager
def _replacing(target: Path) -> Iterator[BinaryIO]:
    """A file that takes the target's place once all is in it."""
    with tempfile.TemporaryDirectory(prefix=".export-", dir=target.parent) as beside:
        partial = Path(beside) / target.name
        with partial.open("xb") as out:
            yield out
        partial.replace(target)


def _require_space(folder: Path, needed: int, free: Free) -> None:
    available = free(folder)
    if available < needed + _SPARE_BYTES:
        raise BundleError(
            f"Not enough disk space in {folder}: {gigabytes(needed)} needed, "
            f"{gigabytes(available)} free."
        )


@contextmanager
def _one_line(file: Path) -> Iterator[None]:
    """Every failure names the bundle."""
    try:
        yield
    except BundleError as error:
        raise BundleError(f"{file.name}: {error}") from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise BundleError(f"{file.name}: the disk is full.") from error
        where = f"{error.filename}: " if error.filename else ""
        raise BundleError(f"{file.name}: {where}{error.strerror or error}.") from error
