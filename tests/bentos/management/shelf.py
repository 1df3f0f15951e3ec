"""A model store of its own for a test, and weights to put into it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore

from bentos import store
from common.checksums import sha256
from common.machine import Machine
from models.base.manifest import Manifest, write_manifest

SMALL = "facebook/nllb-200-distilled-600M"
LARGE = "facebook/nllb-200-1.3B"
GIGABYTE = 1_000_000_000


@contextmanager
def empty_store(home: Path) -> Iterator[Path]:
    """BentoML reads BENTOML_HOME once a process."""
    folder = home / "models"
    BentoMLContainer.model_store_dir.set(str(folder))
    BentoMLContainer.model_store.set(ModelStore(folder))
    yield folder
    BentoMLContainer.model_store.reset()
    BentoMLContainer.model_store_dir.reset()


def install(folder: Path, version: str, source: str = SMALL, name: str = "nllb") -> Path:
    """Weights in the store: they are none, but all that is said of them is right."""
    made = folder / f"made-{version}"
    made.mkdir(parents=True)
    file = made / "model.bin"
    file.write_bytes(version.encode() * 100)
    about = {
        "name": name,
        "version": version,
        "source": source,
        "revision": "0" * 40,
        "license": "CC-BY-NC-4.0",
        "quantization": "int8",
    }
    manifest = Manifest(
        **about,
        languages=("eng_Latn", "fra_Latn"),
        sizes={file.name: file.stat().st_size},
        checksums={file.name: sha256(file)},
    )
    write_manifest(made, manifest)
    labels = {"quantization": "int8", "license": "CC-BY-NC-4.0"}
    return store.create(name, version, made, labels, {**about, "languages": ["eng_Latn"]})


def machine(gigabytes: float = 8) -> Machine:
    """One of that much memory, whatever this one has."""
    return Machine(
        memory_bytes=int(gigabytes * GIGABYTE),
        memory_of="ram",
        cores=4,
        architecture="x86_64",
        instruction_sets=("avx2", "avx"),
    )
