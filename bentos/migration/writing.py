"""The new files, and putting them into a folder; overwrites nothing unless it is told to."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import tomli_w
import yaml
from typing_extensions import override

from bentos.gateway.configuration import Configuration
from bentos.migration.containers import PORT, Document, compose, kubernetes
from bentos.migration.planning import Plan

_OPEN_MODE: Final = 0o644
_SECRET_MODE: Final = 0o600
_HEADINGS: Final = {
    "kubernetes/secret.template.yaml": (
        "# Not applied: kubectl create secret generic lingua-nexus-api-keys "
        "--from-file=api-keys=../api-keys\n"
    )
}


class ExistsError(Exception):
    """Files that are there already; nothing was written."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = tuple(paths)
        super().__init__(f"{', '.join(map(str, paths))}: there already; --force replaces them.")


@dataclass(frozen=True, slots=True)
class File:
    """One to be written."""

    path: str
    """Below the folder."""
    text: str = field(repr=False)
    mode: int = _OPEN_MODE


def files(plan: Plan, folder: Path, *, local: bool = False) -> list[File]:
    """All of them. `local`: the models run on this machine, so no compose file."""
    configuration = gateway_toml(plan, local=local)
    written = [
        File("gateway.toml", configuration),
        File("lingua-nexus.env", environment(plan, folder), _SECRET_MODE),
        File("kubernetes/gateway.toml", gateway_toml(plan)),
    ]
    if not local:
        written.append(File("compose.yaml", _yaml([compose(plan)])))
    for name, documents in kubernetes(plan).items():
        path = f"kubernetes/{name}"
        written.append(File(path, _HEADINGS.get(path, "") + _yaml(documents)))
    if plan.keys:
        keys = "".join(f"{line}\n" for line in plan.keys)
        written.append(File("api-keys", keys, _SECRET_MODE))
    return written


def gateway_toml(plan: Plan, *, local: bool = False) -> str:
    """The gateway's configuration: a backend for each model, by its service's name or its port."""
    hosts = {
        model: f"127.0.0.1:{PORT + place}" if local else f"{model}:{PORT}"
        for place, model in enumerate(plan.models, start=1)
    }
    backends = {model: {"urls": [f"http://{host}"]} for model, host in hosts.items()}
    document = {"default": plan.models[0], "backends": backends}
    Configuration.model_validate(document)
    return tomli_w.dumps(document)


def environment(plan: Plan, folder: Path) -> str:
    """For a shell or a unit, without containers."""
    there = folder.absolute()
    settings = {
        "LINGUA_NEXUS_GATEWAY_FILE": str(there / "gateway.toml"),
        "LINGUA_NEXUS_GATEWAY_PROFILE": plan.profile,
        **plan.gateway,
    }
    if plan.keys:
        settings["LINGUA_NEXUS_API_KEYS_FILE"] = str(there / "api-keys")
    for model in plan.models:
        settings |= plan.settings[model]
    return "".join(f"{name}={_quoted(text)}\n" for name, text in settings.items())


def _quoted(text: str) -> str:
    """As shells and systemd both read it."""
    if text.replace("/", "").replace(".", "").replace("-", "").replace("_", "").isalnum():
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped.replace("$", chr(92) + "$").replace("`", chr(92) + "`")}"'


def _yaml(documents: Sequence[Document]) -> str:
    return yaml.dump_all(documents, Dumper=_Dumper, sort_keys=False, width=100)


class _Dumper(yaml.SafeDumper):
    """Writes what stands in two places twice: references are for programs."""

    @override
    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def write(written: Sequence[File], folder: Path, *, force: bool = False) -> None:
    """All, or none where one is there already.

    Raises:
        ExistsError: Some are there, and `force` is not set.
        OSError: The folder cannot be written to.
    """
    present = [folder / file.path for file in written if os.path.lexists(folder / file.path)]
    if present and not force:
        raise ExistsError(present)
    for file in written:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        _put(path, file)


def _put(path: Path, file: File) -> None:
    """Whole or not at all, and never through a link that lies there."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, file.mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as target:
        target.write(file.text)
    beside.replace(path)
