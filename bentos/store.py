"""The BentoML model store: a model's newest weights; new ones get in whole or not at all."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import bentoml
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore
from bentoml.exceptions import BentoMLException, NotFound
from pydantic import JsonValue

from models.base.exceptions import InitializationError


def newest(name: str) -> Path | None:
    """The folder of the version of `name` that was put in last; None where there is none.

    Raises:
        InitializationError: where the store's entry is broken.
    """
    try:
        return Path(bentoml.models.get(f"{name}:latest").path)
    except NotFound:
        return None
    except BentoMLException as error:
        message = f"The newest {name} of the model store is broken; `bentoml models delete` it."
        raise InitializationError(message) from error


def find(name: str, version: str) -> Path | None:
    """The folder of exactly this version."""
    folder = _root() / name / version
    return folder if (folder / "model.yaml").is_file() else None


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
    with tempfile.TemporaryDirectory(prefix=".new-", dir=root.parent) as beside:
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
