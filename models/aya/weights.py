"""The weights on disk: which file is served, what it says of itself, whether it is Aya's kind.

A folder holds one GGUF file and `lingua-nexus.json`, which says where it comes from; a GGUF file
that was named by itself needs none.
"""

from pathlib import Path

from models.aya.prompt import NAMES, SPECIALS
from models.base.exceptions import InitializationError
from models.base.manifest import MANIFEST, Manifest, read_manifest
from models.engines.llamacpp import gguf
from models.engines.llamacpp.gguf import GGUFError, GGUFHeader

ARCHITECTURE = "command-r"
LAYOUT = gguf.Layout(
    block=(
        "attn_norm.weight",
        "attn_q.weight",
        "attn_k.weight",
        "attn_v.weight",
        "attn_output.weight",
        "ffn_gate.weight",
        "ffn_up.weight",
        "ffn_down.weight",
    )
)
DEMO = Path(__file__).parent / "demo" / "weights"


class Weights(Manifest):
    """A GGUF file that is complete and of Aya's kind."""

    path: Path
    """The file itself."""


def candidates(explicit: Path | None, stored: Path | None) -> tuple[Path, ...]:
    """What to `read` and load in turn, until one can be.

    The path that was set; else the store's newest, and then its smaller ones; else the demo.
    """
    if explicit or not stored:
        return (explicit or DEMO,)
    newest = _size(stored)
    beside = [each for each in stored.parent.iterdir() if each != stored and each.is_dir()]
    smaller = [each for each in beside if 0 < _size(each) < newest]
    return (stored, *sorted(smaller, key=_size, reverse=True))


def read(path: Path) -> Weights:
    """What `path`, a GGUF file or a folder with one, holds.

    Raises:
        InitializationError: naming what is missing, broken, cut short or of another kind.
    """
    file = path if path.is_file() else _file_in(path)
    remedy = _remedy(path)
    manifest = None if path.is_file() else read_manifest(path, Manifest, remedy)
    try:
        header = check(file)
    except GGUFError as error:
        raise InitializationError(f"{error} It is in {file.parent}. {remedy}") from error
    if manifest is None:
        return _described(file, header)
    unknown = sorted(set(manifest.languages) - NAMES.keys())
    if unknown:
        raise InitializationError(f"{path / MANIFEST} names other languages: {', '.join(unknown)}.")
    return Weights(path=file, **manifest.model_dump())


def check(file: Path) -> GGUFHeader:
    """What `file` says of itself.

    Raises:
        GGUFError: where it is broken, or of another architecture, or lacks the prompt's tokens.
    """
    return gguf.check(file, ARCHITECTURE, LAYOUT, SPECIALS)


def _described(file: Path, header: GGUFHeader) -> Weights:
    """A file that somebody put there: what can be known of it."""
    return Weights(
        path=file,
        name="aya",
        version=file.stem,
        source=f"file {file.name}",
        license="unknown",
        quantization=header.quantization,
        languages=tuple(NAMES),
        description=header.name,
    )


def _file_in(folder: Path) -> Path:
    """The only GGUF file of a folder that has its manifest too."""
    files = sorted(folder.glob("*.gguf")) if folder.is_dir() else []
    missing = [MANIFEST] if not (folder / MANIFEST).is_file() else []
    if missing or not files:
        names = ", ".join(missing + ([] if files else ["the GGUF file"]))
        raise InitializationError(f"No Aya weights in {folder}: {names} missing. {_remedy(folder)}")
    if len(files) > 1:
        names = ", ".join(file.name for file in files)
        raise InitializationError(f"{folder} holds more than one GGUF file: {names}; name one.")
    return files[0]


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("*.gguf"))


def _remedy(path: Path) -> str:
    if path == DEMO:
        return "The installation is incomplete; install again."
    return "Delete it and run `make pull:aya` again."
