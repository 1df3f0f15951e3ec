"""The BentoML model store: what is in it, what is served of it; new weights get in whole or not.

Reading it never writes and never fails: a store may be mounted read-only, and hold entries that are
broken or that other programs put there.
"""

import logging
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bentoml
import yaml
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore
from pydantic import BaseModel, JsonValue, ValidationError

from common.settings import ServiceSettings
from common.state.file import StateError, StateFile
from models.base.integrity import claims, damages

ENTRY = "model.yaml"
"""BentoML's own file of an entry."""
OBJECTS = "custom_objects.pkl"
"""BentoML unpickles it, so it is neither exported nor imported."""

_TAG = re.compile(r"[a-z0-9]([-._a-z0-9]{0,61}[a-z0-9])?")
_UNKNOWN = "unknown"

logger = logging.getLogger(__name__)


class RemovalError(OSError):
    """Weights that stay in the store; the message is one line."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A version that is in the store. What nobody wrote down is `unknown`."""

    tag: str
    name: str
    version: str
    path: Path
    size_bytes: int
    created: datetime
    source: str
    revision: str | None
    quantization: str
    license: str
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    metadata: Mapping[str, Any] = field(default_factory=dict, hash=False)


class _Entry(BaseModel):
    """What we read of BentoML's file."""

    creation_time: datetime
    labels: dict[str, str] = {}
    metadata: dict[str, Any] = {}


def serving(name: str) -> Path | None:
    """The folder that a Bento serves: the operator's choice, else the newest; None: its demo."""
    chosen = _chosen(name)
    if chosen is None:
        return newest(name)
    found = find(name, chosen)
    if found is None:
        found = newest(name)
        instead = f"{found.name} is served" if found else "the embedded demo is served"
        logger.warning("%s:%s was chosen and is not in the store: %s.", name, chosen, instead)
    return found


def _chosen(name: str) -> str | None:
    file = ServiceSettings().state_file
    try:
        choices = StateFile(file).choices() if file else []
    except StateError as error:
        logger.warning("What is chosen cannot be read, so the newest is served: %s", error)
        return None
    return next((choice.version for choice in choices if choice.bento == name), None)


def newest(name: str) -> Path | None:
    """The folder of the version of `name` that was put in last; None where there is none.

    A broken one is given too: whoever loads it says what is wrong with it.
    """
    latest = _root() / name / "latest"
    try:
        version = latest.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        version = ""
    if _TAG.fullmatch(version) and (_root() / name / version).is_dir():
        return _root() / name / version
    entries = sorted(_of(_root() / name), key=lambda stored: stored.created)
    return entries[-1].path if entries else None


def find(name: str, version: str) -> Path | None:
    """The folder of exactly this version."""
    if not (_TAG.fullmatch(name) and _TAG.fullmatch(version)):
        return None
    folder = _root() / name / version
    return folder if (folder / ENTRY).is_file() else None


def installed() -> list[Stored]:
    """Every version in the store, the oldest first; a broken one is skipped with a warning."""
    every = [stored for folder in _folders(_root()) for stored in _of(folder)]
    return sorted(every, key=lambda stored: (stored.created, stored.tag))


def _of(folder: Path) -> Iterator[Stored]:
    """The versions of one name."""
    for version in _folders(folder):
        tag = f"{folder.name}:{version.name}"
        try:
            yield _stored(version)
        except (OSError, ValueError, yaml.YAMLError) as error:
            reason = "it is not valid" if isinstance(error, ValidationError) else error
            logger.warning("%s of the model store is broken: %s: %s.", tag, ENTRY, reason)


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if _is_entry(path))
    except OSError:
        return []


def _is_entry(path: Path) -> bool:
    return _TAG.fullmatch(path.name) is not None and path.is_dir()


def _stored(folder: Path) -> Stored:
    """What BentoML's file and the manifest say of an entry; the first where both do."""
    entry = _Entry.model_validate(yaml.safe_load((folder / ENTRY).read_bytes()))
    manifest = claims(folder)
    said = {**(manifest.model_dump(exclude_none=True) if manifest else {}), **entry.metadata}
    name, version, revision = folder.parent.name, folder.name, said.get("revision")
    created = entry.creation_time
    return Stored(
        tag=f"{name}:{version}",
        name=name,
        version=version,
        path=folder,
        size_bytes=sum(path.stat().st_size for path in _files(folder)),
        created=created if created.tzinfo else created.replace(tzinfo=UTC),
        source=str(said.get("source", _UNKNOWN)),
        revision=None if revision is None else str(revision),
        quantization=str(said.get("quantization", _UNKNOWN)),
        license=str(said.get("license", _UNKNOWN)),
        labels=entry.labels,
        metadata=entry.metadata,
    )


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def integrity(stored: Stored) -> list[str]:
    """What is wrong with the files of a version, a line each; reads all of them."""
    return damages(stored.path, {ENTRY, OBJECTS})


def remove(stored: Stored) -> None:
    """Takes a version out of the store, whole: half of one is never left in it.

    Raises:
        RemovalError: It is there still, or was not there.
    """
    root = _root()
    if find(stored.name, stored.version) is None:
        raise RemovalError(f"{stored.tag} is not in the model store.")
    try:
        with tempfile.TemporaryDirectory(prefix=".old-", dir=_beside(root)) as old:
            (root / stored.name / stored.version).rename(Path(old) / stored.version)
    except OSError as error:
        message = f"{stored.tag} cannot be removed from {root}: {error.strerror or error}."
        raise RemovalError(message) from error
    _point_to_newest(root / stored.name)


def _point_to_newest(folder: Path) -> None:
    """As BentoML does: `latest` names a version that is there."""
    left = sorted(_of(folder), key=lambda stored: stored.created)
    if left:
        (folder / "latest").write_text(left[-1].version, encoding="utf-8")
    elif not _folders(folder):
        shutil.rmtree(folder)


def workspace(name: str) -> Path:
    """Where weights of `name` are made: on the store's file system, to be moved, not copied."""
    return _root().parent / "downloads" / name


def create(
    name: str,
    version: str,
    source: Path,
    labels: Mapping[str, str],
    metadata: Mapping[str, JsonValue],
) -> Path:
    """Moves the content of `source` into the store as `name:version`, which becomes the newest.

    `bentoml.models.create` copies through the system's temporary folder into the final one and
    leaves half of an entry there when it is killed. So BentoML makes an entry with its own file
    only, in a store beside this one, the weights join it there, and one rename brings it in.
    """
    tag = f"{name}:{version}"
    root = _root()
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=_beside(root)) as beside:
        with bentoml.models.create(
            tag, labels=dict(labels), metadata=dict(metadata), _model_store=ModelStore(beside)
        ):
            pass
        made = Path(beside) / name / version
        for path in sorted(source.iterdir()):
            shutil.move(path, made / path.name)
        (root / name).mkdir(exist_ok=True)
        final = root / name / version
        made.rename(final)
        latest = Path(beside) / "latest"
        latest.write_text(version, encoding="utf-8")
        latest.replace(root / name / "latest")
    return final


def _root() -> Path:
    return Path(BentoMLContainer.model_store_dir.get())


def _beside(root: Path) -> Path:
    """Where a rename leads into the store from: outside it, unless it is a volume of its own."""
    return root.parent if root.stat().st_dev == root.parent.stat().st_dev else root
