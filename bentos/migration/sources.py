"""Finds and reads the predecessor's files; what becomes of their variables is decided elsewhere."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Final, TypeVar

from dotenv.parser import parse_stream

from bentos.migration import composition, unit
from bentos.migration.interpolation import UnsetError, interpolate

_MOST_BYTES: Final = 1_000_000
_COMPOSE: Final = ("docker-compose*.yml", "docker-compose*.yaml", "compose*.yml", "compose*.yaml")
_HELPERS: Final = ("redis", "nginx")
"""Images beside the model servers."""

Parsed = TypeVar("Parsed")


@dataclass(frozen=True, slots=True)
class Value:
    """What a variable was set to, and where."""

    text: str = field(repr=False)
    origin: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """One server of the predecessor, as far as its files tell."""

    name: str
    text: str
    """Command and image."""
    values: dict[str, Value]
    ports: tuple[int, ...] = ()
    is_helper: bool = False
    """Redis or nginx, not a model server."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files to read."""

    env: Path | None = None
    compose: tuple[Path, ...] = ()
    unit: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        single = [path for path in (self.env, self.unit) if path is not None]
        return (*single, *self.compose)


@dataclass(slots=True)
class Found:
    """What was read; `problems` has a line for each file that could not be."""

    deployments: list[Deployment] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def find(folder: Path) -> Inputs:
    """The predecessor's files in a folder, or in the `server` folder below it."""
    places = (folder, folder / "server")
    envs = [place / ".env" for place in places if (place / ".env").is_file()]
    composes = {path for pattern in _COMPOSE for path in folder.glob(pattern)}
    units = sorted(path for place in places for path in place.glob("*.service"))
    return Inputs(envs[0] if envs else None, tuple(sorted(composes)), units[0] if units else None)


def read(inputs: Inputs) -> Found:
    """All of them; a server for each service and unit, or one for the environment file alone."""
    found = Found()
    shared: dict[str, Value] = {}
    if inputs.env is not None:
        shared = _environment_file(found, inputs.env) or {}
    plain = {name: value.text for name, value in shared.items()}
    for path in inputs.compose:
        services = _parsed(found, path, lambda text: composition.parse(text, plain))
        for service in services or ():
            found.deployments.append(_of_service(found, path, service, shared))
    if inputs.unit is not None:
        parsed = _parsed(found, inputs.unit, unit.parse)
        if parsed is not None:
            found.deployments.append(_of_unit(found, inputs.unit, parsed, shared))
    if not found.deployments and shared:
        found.deployments.append(Deployment(".env", "", shared))
    return found


def _of_service(
    found: Found, path: Path, service: composition.Service, shared: Mapping[str, Value]
) -> Deployment:
    origin = f"{path.name}, {service.name}"
    files = [(path.parent / name, False) for name in service.files]
    own = {name: Value(text, origin) for name, text in service.environment.items()}
    words = f"{service.name} {service.text}"
    is_helper = any(service.text.startswith(image) for image in _HELPERS)
    values = {} if is_helper else {**shared, **_further(found, files), **own}
    return Deployment(service.name, words, values, service.ports, is_helper)


def _of_unit(
    found: Found, path: Path, parsed: unit.Unit, shared: Mapping[str, Value]
) -> Deployment:
    files = [(path.parent / name, may_miss) for name, may_miss in parsed.files]
    own = {name: Value(text, path.name) for name, text in parsed.environment.items()}
    # The other way round than in compose: a file comes before the unit's own lines.
    return Deployment(path.stem, parsed.command, {**shared, **own, **_further(found, files)})


def _further(found: Found, files: Iterable[tuple[Path, bool]]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for path, may_miss in files:
        if not may_miss or path.exists():
            values |= _environment_file(found, path) or {}
    return values


def _environment_file(found: Found, path: Path) -> dict[str, Value] | None:
    texts = _parsed(found, path, _assignments)
    return None if texts is None else {n: Value(text, path.name) for n, text in texts.items()}


def _assignments(text: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for binding in parse_stream(StringIO(text)):
        if binding.error:
            raise ValueError(f"line {binding.original.line} is no NAME=VALUE")
        if binding.key is not None:
            values[binding.key] = _replaced(binding.value or "", values)
    return values


def _replaced(text: str, known: Mapping[str, str]) -> str:
    """`${NAME}` only: a bare dollar sign is often part of a key."""
    try:
        return interpolate(text, known) if "${" in text else text
    except UnsetError:
        return ""


def _parsed(found: Found, path: Path, parse: Callable[[str], Parsed]) -> Parsed | None:
    """None where it cannot be read; then `found` says why."""
    try:
        return parse(_text(path))
    except UnicodeDecodeError:
        found.problems.append(f"{path}: it is not UTF-8.")
    except OSError as error:
        found.problems.append(f"{path}: {error.strerror or type(error).__name__}.")
    except RecursionError:
        found.problems.append(f"{path}: it is nested too deep.")
    except ValueError as error:
        found.problems.append(f"{path}: {error}.")
    return None


def _text(path: Path) -> str:
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError("it is larger than a configuration is")
    return path.read_text("utf-8-sig")
