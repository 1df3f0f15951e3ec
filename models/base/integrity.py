"""Whether weights on disk are still what was installed; loads none of them, and changes none."""

from collections.abc import Collection
from pathlib import Path

from pydantic import BaseModel

from common.checksums import sha256
from common.paths import link_below, stays_below
from models.base.manifest import MANIFEST


class Claims(BaseModel):
    """What any model's manifest may say, whatever else its own says."""

    source: str | None = None
    revision: str | None = None
    quantization: str | None = None
    license: str | None = None
    sizes: dict[str, int] = {}
    checksums: dict[str, str] = {}


def claims(folder: Path) -> Claims | None:
    """None where there is no manifest, or half of one."""
    try:
        return Claims.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None


def damages(folder: Path, beside: Collection[str] = ()) -> list[str]:
    """Where weights are not what their manifest says, a line each; reads all of them.

    `beside` may be there as well without being named.
    """
    manifest = claims(folder)
    if manifest is None:
        return [f"{MANIFEST} is missing or broken: the files cannot be verified."]
    if not manifest.checksums:
        return [f"{MANIFEST} has no checksums: the files cannot be verified."]
    named = manifest.checksums.keys() | manifest.sizes.keys()
    found = [_damage(folder, name, manifest) for name in sorted(named)]
    present = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
    strange = sorted(present - named - {MANIFEST, *beside})
    return [line for line in found if line] + [
        f"{name} is there, but not in {MANIFEST}." for name in strange
    ]


def _damage(folder: Path, name: str, manifest: Claims) -> str | None:
    file = folder / name
    if not stays_below(name) or link_below(folder, name):
        return f"{MANIFEST} names a file outside its folder: {name!r}."
    if not file.is_file():
        return f"{name} is missing."
    found, size = file.stat().st_size, manifest.sizes.get(name)
    if size is not None and found != size:
        return f"{name} has {found} bytes, not {size}."
    if (wanted := manifest.checksums.get(name)) is None:
        return f"{name} has no checksum in {MANIFEST}."
    try:
        return None if sha256(file) == wanted else f"{name} was changed: its checksum is another."
    except OSError as error:
        return f"{name} cannot be read: {error.strerror or error}."
