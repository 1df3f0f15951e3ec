"""Where Aya's weights come from: its one repository on the hub, or a file; not where they go."""

import re
import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import JsonValue
from typing_extensions import override

from common.checksums import sha256
from common.downloads import Hub, RemoteFile, gigabytes
from common.memory import Memory, available
from models.aya import quantization, weights
from models.aya.prompt import NAMES
from models.aya.quantization import Choice
from models.aya.settings import AyaSettings
from models.base.manifest import Manifest, write_manifest
from models.base.weights import Description, Progress, PullRequest, WeightsError, WeightsPlan
from models.engines.llamacpp.contract import EngineSettings
from models.engines.llamacpp.gguf import GGUFError, inspect

ALIASES = ("aya-expanse-8b",)
REPOSITORY = "bartowski/aya-expanse-8b-GGUF"
LICENSE = "CC-BY-NC-4.0"

_FILE = re.compile(r"aya-expanse-8b-(?P<quantization>\w+)\.gguf")
_NAMES = (None, REPOSITORY, "aya-expanse-8b-GGUF", *ALIASES)
# Beside the weights: the manifest, and BentoML's own file.
_SPARE_BYTES = 1_000_000

File = TypeVar("File", Path, RemoteFile)


def plan(
    request: PullRequest, workspace: Path, hub: Hub | None = None, memory: Memory | None = None
) -> "Plan":
    """What pulling takes; asks the hub what there is, and downloads nothing.

    Raises:
        DownloadError: where the hub cannot be reached or lacks the repository.
        WeightsError: where no quantisation there is fits, or something else than Aya is asked for.
    """
    if request.model not in _NAMES:
        raise WeightsError(f"Only {REPOSITORY} is served as Aya, not {request.model!r}.")
    if request.shortlist:
        raise WeightsError("Aya has no shortlist of target languages.")
    origin: _Origin = (
        _Local(request.folder, workspace)
        if request.folder
        else _Remote(workspace, request.revision, hub or Hub())
    )
    situation = _Situation(memory or available(), AyaSettings().engine())
    wanted = origin.only or request.quantization
    choice = quantization.choose(origin.sizes(), wanted, situation.memory, situation.engine)
    return Plan(origin, choice, situation)


@dataclass(frozen=True, slots=True)
class _Situation:
    """What the choice of a quantisation depends on."""

    memory: Memory
    engine: EngineSettings


class _Origin(ABC):
    """Files to choose one from, some of them perhaps not here yet."""

    source: str
    folder: Path
    """Where the work is done."""
    only: str | None = None
    """The quantisation of the file that was named, where one was."""

    @abstractmethod
    def sizes(self) -> dict[str, int]:
        """Bytes of each quantisation."""

    @abstractmethod
    def revision(self, name: str) -> str:
        """What tells this content from another."""

    @abstractmethod
    def missing_bytes(self, name: str, folder: Path) -> int:
        """What `fetch` still has to bring into `folder`."""

    @abstractmethod
    def fetch(self, name: str, folder: Path, progress: Progress) -> Path:
        """The file, in `folder`."""


class _Local(_Origin):
    def __init__(self, path: Path, workspace: Path) -> None:
        self.source = f"{'file' if path.is_file() else 'folder'} {path.resolve().name}"
        self.folder = workspace / "local"
        if path.is_file():
            named = _FILE.fullmatch(path.name)
            self.only = (named["quantization"] if named else _inspected(path)).upper()
            self._files = {self.only: path}
        elif path.is_dir():
            self._files = _named({file.name: file for file in path.iterdir()})
        else:
            raise WeightsError(f"There is no file or folder {path}.")
        if not self._files:
            raise WeightsError(f"{path} holds no aya-expanse-8b-<quantization>.gguf.")

    @override
    def sizes(self) -> dict[str, int]:
        return {name: file.stat().st_size for name, file in self._files.items()}

    @override
    def revision(self, name: str) -> str:
        return sha256(self._files[name])

    @override
    def missing_bytes(self, name: str, folder: Path) -> int:
        return self._files[name].stat().st_size

    @override
    def fetch(self, name: str, folder: Path, progress: Progress) -> Path:
        file = self._files[name]
        size = file.stat().st_size
        progress(file.name, 0, size)
        copy = Path(shutil.copyfile(file, folder / file.name))
        progress(file.name, size, size)
        return copy


class _Remote(_Origin):
    def __init__(self, workspace: Path, revision: str | None, hub: Hub) -> None:
        self._hub = hub
        self._repository = hub.repository(REPOSITORY, revision)
        self.source = REPOSITORY
        commit = self._repository.commit
        self.folder = workspace / f"{REPOSITORY.replace('/', '--')}@{commit[:8]}"
        self._files = _named({file.name: file for file in self._repository.files})
        if not self._files:
            raise WeightsError(f"{REPOSITORY} holds no aya-expanse-8b-<quantization>.gguf.")

    @override
    def sizes(self) -> dict[str, int]:
        return {name: file.size for name, file in self._files.items()}

    @override
    def revision(self, name: str) -> str:
        return self._repository.commit

    @override
    def missing_bytes(self, name: str, folder: Path) -> int:
        file = self._files[name]
        paths = (folder / file.name, folder / f"{file.name}.partial")
        here = next((path.stat().st_size for path in paths if path.exists()), 0)
        return max(0, file.size - here)

    @override
    def fetch(self, name: str, folder: Path, progress: Progress) -> Path:
        return self._hub.download(self._repository, self._files[name], folder, progress)


def _named(files: Mapping[str, File]) -> dict[str, File]:
    """By quantisation, those that are Aya's weights."""
    matches = {name: _FILE.fullmatch(name) for name in files}
    return {found["quantization"].upper(): files[name] for name, found in matches.items() if found}


def _inspected(file: Path) -> str:
    try:
        return inspect(file).quantization
    except GGUFError as error:
        raise WeightsError(str(error)) from error


class Plan(WeightsPlan):
    """A quantisation to download and check, and smaller ones to fall back on."""

    def __init__(self, origin: _Origin, choice: Choice, situation: _Situation) -> None:
        self._origin = origin
        self._choice = choice
        self._situation = situation
        self._quantization = choice.names[0]
        self.folder = origin.folder
        self._target = self.folder / self._quantization
        self.description = self._describe()

    def _describe(self) -> Description:
        source, revision = self._origin.source, self._origin.revision(self._quantization)
        metadata: dict[str, JsonValue] = {
            "source": source,
            "revision": revision,
            "quantization": self._quantization,
            "license": LICENSE,
            "languages": list(NAMES),
        }
        version = f"expanse-8b-{self._quantization.lower()}-{revision[:8]}"
        labels = {"quantization": self._quantization, "license": LICENSE}
        return Description(version, source, revision, LICENSE, labels, metadata)

    @override
    def details(self) -> dict[str, str]:
        needed = quantization.need(self._size(), self._situation.engine)
        missing = self._origin.missing_bytes(self._quantization, self._target)
        return {
            "quantization": f"{self._quantization}, {self._choice.why}",
            "download": f"{gigabytes(missing)} of {gigabytes(self._size())}",
            "memory": f"{needed} needed, {self._situation.memory}; a GPU's is not counted",
        }

    @override
    def fallback(self) -> "Plan | None":
        names = self._choice.names[1:]
        if not names:
            return None
        why = f"the next smaller one than {self._quantization}"
        return Plan(self._origin, Choice(names, why), self._situation)

    @override
    def needed_bytes(self) -> int:
        return self._origin.missing_bytes(self._quantization, self._target) + _SPARE_BYTES

    @override
    def check_tools(self) -> None:
        """None are needed: the file is served as it comes."""

    @override
    def make(self, progress: Progress) -> Path:
        self._target.mkdir(parents=True, exist_ok=True)
        file = self._origin.fetch(self._quantization, self._target, progress)
        try:
            weights.check(file)
        except GGUFError as error:
            shutil.rmtree(self._target)
            raise WeightsError(str(error)) from error
        self._write_manifest(file)
        return self._target

    def _size(self) -> int:
        return self._origin.sizes()[self._quantization]

    def _write_manifest(self, file: Path) -> None:
        described = self.description
        manifest = Manifest(
            name="aya",
            version=described.version,
            source=described.source,
            revision=described.revision,
            license=LICENSE,
            quantization=self._quantization,
            languages=tuple(NAMES),
            description="Aya Expanse 8B for llama.cpp.",
            sizes={file.name: file.stat().st_size},
            checksums={file.name: sha256(file)},
        )
        write_manifest(self._target, manifest)
