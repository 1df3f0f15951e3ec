"""What a folder of weights says of itself, in `lingua-nexus.json`; knows no format of weights."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.base.confidence import Calibration
from models.base.exceptions import InitializationError

MANIFEST = "lingua-nexus.json"


class Manifest(BaseModel):
    """The content of `lingua-nexus.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    source: str
    revision: str | None = None
    license: str
    quantization: str
    languages: tuple[str, ...] = Field(min_length=2)
    demo: bool = False
    description: str = ""
    calibration: Calibration | None = None
    """What the model's scores are worth; None: nobody has measured it."""
    sizes: dict[str, int] = {}
    """Bytes of each file, to find a truncated one before the engine does."""
    checksums: dict[str, str] = {}
    """SHA-256 of each file, for whoever wants to verify a copy; not read at start."""


Kind = TypeVar("Kind", bound=Manifest)


def read_manifest(folder: Path, kind: type[Kind], remedy: str) -> Kind:
    """The manifest of a folder that holds one; its files have the sizes that it says.

    Raises:
        InitializationError: naming the file that is missing, broken or cut short.
    """
    file = folder / MANIFEST
    try:
        manifest = kind.model_validate_json(file.read_bytes())
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "content"
        raise InitializationError(f"{file} is not valid: {where}: {first['msg']}.") from error
    except OSError as error:
        raise InitializationError(f"{file} cannot be read. {remedy}") from error
    for name, size in manifest.sizes.items():
        found = (folder / name).stat().st_size if (folder / name).is_file() else 0
        if found != size:
            message = f"{folder / name} has {found} bytes, not {size}: it is damaged. {remedy}"
            raise InitializationError(message)
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Puts it beside the weights."""
    text = manifest.model_dump_json(indent=2, exclude_defaults=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
