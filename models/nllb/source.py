"""Where NLLB-200 weights come from: the hub, or a folder with its files; not where they go."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typing_extensions import override

from common.checksums import sha256
from common.downloads import Hub, RemoteFile, Repository, gigabytes
from common.memory import available
from models.base.manifest import write_manifest
from models.base.weights import Description, Progress, PullRequest, WeightsError, WeightsPlan
from models.nllb import shortlist, weights
from models.nllb.memory import needed_bytes
from models.nllb.settings import NLLBSettings

DEFAULT_MODEL = "facebook/nllb-200-distilled-600M"
DEFAULT_QUANTIZATION = "int8"
LICENSE = "CC-BY-NC-4.0"

_NEEDED = ("config.json", "tokenizer.json")
_USEFUL = ("generation_config.json", "tokenizer_config.json", "special_tokens_map.json")
# The first of the two that a repository has.
_WEIGHTS = (
    re.compile(r"model(-\d+-of-\d+)?\.safetensors(\.index\.json)?"),
    re.compile(r"pytorch_model(-\d+-of-\d+)?\.bin(\.index\.json)?"),
)
_BYTES = {"int8": 1, "int16": 2, "float16": 2, "bfloat16": 2, "float32": 4}
_HELD_OUT = 10


def plan(request: PullRequest, workspace: Path, hub: Hub | None = None) -> "Plan":
    """What pulling takes; asks the hub, and downloads the files that tell what model it is.

    Raises:
        DownloadError: where the hub cannot be reached or lacks the model.
        WeightsError: where it is another kind of model.
    """
    quantization = request.quantization or DEFAULT_QUANTIZATION
    if quantization not in weights.QUANTIZATIONS:
        raise WeightsError(
            f"No quantization {quantization!r}; there are {', '.join(weights.QUANTIZATIONS)}."
        )
    origin = (
        _Folder(request.folder) if request.folder else _Remote(request, workspace, hub or Hub())
    )
    weights.check_architecture(origin.fetch("config.json"))
    languages = weights.languages_of(origin.fetch("tokenizer.json"))
    unknown = sorted(set(request.shortlist) - set(languages))
    if unknown:
        raise WeightsError(
            f"The model does not speak {', '.join(unknown)}; write FLORES-200 codes, like fra_Latn."
        )
    return Plan(request, quantization, origin, languages, workspace)


class _Origin:
    """Files of a model, some of them perhaps not here yet."""

    source: str
    slug: str
    revision: str
    folder: Path
    sizes: dict[str, int]

    def select(self) -> None:
        """Keeps of `sizes` the files that are needed."""
        missing = [name for name in _NEEDED if name not in self.sizes]
        families = [[name for name in self.sizes if family.fullmatch(name)] for family in _WEIGHTS]
        chosen = next((names for names in families if names), [])
        if missing or not chosen:
            lacking = ", ".join(missing or ["model.safetensors or pytorch_model.bin"])
            raise WeightsError(
                f"{self.source} is no NLLB-200 model in transformers' format: it lacks {lacking}."
            )
        wanted = [*_NEEDED, *_USEFUL, *chosen]
        self.sizes = {name: size for name, size in self.sizes.items() if name in wanted}

    def fetch(self, name: str, progress: Progress | None = None) -> Path:
        del progress
        return self.folder / name

    def missing_bytes(self) -> int:
        return 0


class _Folder(_Origin):
    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise WeightsError(f"There is no folder {folder}.")
        self.folder = folder
        self.source = f"folder {folder.resolve().name}"
        self.slug = folder.resolve().name
        self.sizes = {path.name: path.stat().st_size for path in folder.iterdir() if path.is_file()}
        self.select()
        digests = "".join(sha256(folder / name) for name in sorted(self.sizes))
        self.revision = hashlib.sha256(digests.encode()).hexdigest()


class _Remote(_Origin):
    def __init__(self, request: PullRequest, workspace: Path, hub: Hub) -> None:
        self._hub = hub
        self._repository: Repository = hub.repository(_full_name(request.model), request.revision)
        self.source = self._repository.name
        self.slug = self.source.rpartition("/")[2].removeprefix("nllb-200-")
        self.revision = self._repository.commit
        self.folder = workspace / f"{self.source.replace('/', '--')}@{self.revision[:8]}"
        self.sizes = {file.name: file.size for file in self._repository.files}
        self.select()

    @override
    def fetch(self, name: str, progress: Progress | None = None) -> Path:
        return self._hub.download(self._repository, self._file(name), self.folder, progress)

    @override
    def missing_bytes(self) -> int:
        return sum(size - self._present(name) for name, size in self.sizes.items())

    def _present(self, name: str) -> int:
        paths = (self.folder / name, self.folder / f"{name}.partial")
        return next((path.stat().st_size for path in paths if path.exists()), 0)

    def _file(self, name: str) -> RemoteFile:
        file = self._repository.file(name)
        if file is None:
            raise WeightsError(f"{self.source} lacks {name}.")
        return file


def _full_name(model: str | None) -> str:
    """`1.3B`, `nllb-200-1.3B` and `facebook/nllb-200-1.3B` mean the same."""
    if model is None:
        return DEFAULT_MODEL
    if "/" in model:
        return model
    return f"facebook/nllb-200-{model.removeprefix('nllb-200-')}"


@dataclass(frozen=True, slots=True)
class _Shortlist:
    languages: tuple[str, ...]
    texts: tuple[Path, ...]

    def tag(self) -> str:
        """Tells one shortlist from another in a version."""
        content = [*sorted(self.languages), *(sha256(path) for path in self.texts)]
        return hashlib.sha256(" ".join(content).encode()).hexdigest()[:6]

    def write(self, folder: Path) -> None:
        pieces = weights.vocabulary(folder)
        always = {
            piece for piece in pieces if piece in weights.SPECIALS or weights.CODE.fullmatch(piece)
        }
        kept = (
            self._by_text(folder, pieces, always)
            if self.texts
            else shortlist.by_script(pieces, self.languages, always)
        )
        (folder / "vmap.txt").write_text(shortlist.vmap(pieces, kept), encoding="utf-8")

    def _by_text(self, folder: Path, pieces: Sequence[str], always: Iterable[str]) -> set[str]:
        """Every tenth line is kept back to see what a shortlist made of the others would lose."""
        lines = list(self._lines(folder))
        held_out = lines[::_HELD_OUT]
        seen = [line for index, line in enumerate(lines) if index % _HELD_OUT]
        covered = shortlist.coverage(shortlist.by_text(pieces, seen, always), held_out)
        if covered < shortlist.MIN_COVERAGE:
            message = (
                f"The shortlist's text is too small: it keeps {covered:.2%} of unseen text, not "
                f"{shortlist.MIN_COVERAGE:.1%}. Give more text, or none to choose by script."
            )
            raise WeightsError(message)
        return shortlist.by_text(pieces, lines, always)

    def _lines(self, folder: Path) -> Iterable[list[str]]:
        from tokenizers import Tokenizer  # noqa: PLC0415 - of no use unless texts are given

        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        for path in self.texts:
            for line in path.read_text(encoding="utf-8").splitlines():
                yield tokenizer.encode(line, add_special_tokens=False).tokens


class Plan(WeightsPlan):
    """An NLLB-200 model to download, convert and check."""

    def __init__(
        self,
        request: PullRequest,
        quantization: str,
        origin: _Origin,
        languages: tuple[str, ...],
        workspace: Path,
    ) -> None:
        self._origin = origin
        self._quantization = quantization
        self._languages = languages
        self._shortlist = (
            _Shortlist(request.shortlist, request.shortlist_texts) if request.shortlist else None
        )
        self.description = self._describe()
        self.folder = (
            workspace / self.description.version if isinstance(origin, _Folder) else origin.folder
        )

    def _describe(self) -> Description:
        origin = self._origin
        slug = re.sub(r"[^a-z0-9.]+", "-", origin.slug.lower()).strip("-.")[:30] or "model"
        parts = [slug, self._quantization, origin.revision[:8]]
        metadata: dict[str, Any] = {
            "source": origin.source,
            "revision": origin.revision,
            "quantization": self._quantization,
            "license": LICENSE,
            "languages": list(self._languages),
        }
        if self._shortlist:
            parts.append(self._shortlist.tag())
            metadata["shortlist"] = list(self._shortlist.languages)
        labels = {"quantization": self._quantization, "license": LICENSE}
        return Description(
            "-".join(parts), origin.source, origin.revision, LICENSE, labels, metadata
        )

    @override
    def details(self) -> dict[str, str]:
        memory = needed_bytes(
            self._config(), self._parameters(), self._quantization, NLLBSettings()
        )
        return {
            "quantization": self._quantization,
            "download": gigabytes(self._origin.missing_bytes()),
            "memory": f"{gigabytes(memory)} needed, {available()}",
        }

    @override
    def needed_bytes(self) -> int:
        """Rounded up: norms and biases stay as they are, and there are files beside the weights."""
        converted = round(self._converted_bytes() * 1.1) + 50_000_000
        return self._origin.missing_bytes() + converted

    def _converted_bytes(self) -> int:
        return self._parameters() * _BYTES[self._quantization.partition("_")[0]]

    def _config(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._origin.fetch("config.json").read_bytes())
        return found

    def _parameters(self) -> int:
        config = self._config()
        width = _BYTES.get(config.get("dtype") or config.get("torch_dtype") or "float32", 4)
        of_weights = sum(
            size
            for name, size in self._origin.sizes.items()
            if name.endswith((".bin", ".safetensors"))
        )
        return of_weights // width

    @override
    def check_tools(self) -> None:
        weights.check_tools()

    @override
    def make(self, progress: Progress) -> Path:
        for name in self._origin.sizes:
            self._origin.fetch(name, progress)
        target = self.folder / "converted"
        if target.exists():
            shutil.rmtree(target)
        self.folder.mkdir(parents=True, exist_ok=True)
        weights.convert(self._origin.folder, target, self._quantization)
        if self._shortlist:
            self._shortlist.write(target)
        weights.check(target)
        self._write_manifest(target)
        weights.read(target)
        return target

    def _write_manifest(self, target: Path) -> None:
        files = sorted(path for path in target.iterdir() if path.is_file())
        manifest = weights.Manifest(
            name="nllb",
            version=self.description.version,
            source=self.description.source,
            revision=self.description.revision,
            license=LICENSE,
            quantization=self._quantization,
            languages=self._languages,
            description=f"{self.description.source}, converted to CTranslate2.",
            shortlist=self._shortlist.languages if self._shortlist else (),
            sizes={path.name: path.stat().st_size for path in files},
            checksums={path.name: sha256(path) for path in files},
        )
        write_manifest(target, manifest)
