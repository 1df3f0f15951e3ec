"""Reads the services of a docker-compose file: environment, ports, command; starts none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from bentos.migration.interpolation import UnsetError, interpolate


class CompositionError(ValueError):
    """It is no compose file; says where."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service, its variables replaced."""

    name: str
    environment: dict[str, str]
    files: tuple[str, ...]
    """Of further variables; those in `environment` come before them."""
    ports: tuple[int, ...]
    """On the host."""
    text: str
    """Image, build, container and command: what tells which server it runs."""


def parse(text: str, known: Mapping[str, str]) -> list[Service]:
    """Its services, in their order.

    Raises:
        CompositionError: It is no YAML, or of another shape.
    """
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise CompositionError(f"it is no YAML{where}") from None
    services = document.get("services") if isinstance(document, dict) else None
    if not isinstance(services, dict):
        raise CompositionError("it has no services")
    return [_service(str(name), body, known) for name, body in services.items()]


def _service(name: str, body: object, known: Mapping[str, str]) -> Service:
    if not isinstance(body, dict):
        raise CompositionError(f"service {name} is no mapping")
    try:
        return Service(
            name,
            dict(_environment(name, body.get("environment"), known)),
            tuple(_files(body.get("env_file"), known)),
            tuple(_ports(body.get("ports"), known)),
            interpolate(" ".join(_words(body)), known),
        )
    except UnsetError as error:
        raise CompositionError(f"service {name}: {error}") from None


def _environment(
    service: str, value: object, known: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Of both forms; a name without a value takes that of the environment file."""
    pairs: list[tuple[str, object]]
    if isinstance(value, dict):
        pairs = [(str(name), given) for name, given in value.items()]
    elif isinstance(value, list):
        split = [str(each).partition("=") for each in value]
        pairs = [(name, given if equals else None) for name, equals, given in split]
    elif value is None:
        pairs = []
    else:
        raise CompositionError(f"service {service}: environment is neither a mapping nor a list")
    for name, given in pairs:
        if given is not None:
            yield name, interpolate(_scalar(given), known)
        elif name in known:
            yield name, known[name]


def _scalar(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _files(value: object, known: Mapping[str, str]) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        path = each.get("path") if isinstance(each, dict) else each
        if path is not None:
            yield interpolate(str(path), known)


def _ports(value: object, known: Mapping[str, str]) -> Iterator[int]:
    for each in value if isinstance(value, list) else []:
        if isinstance(each, dict):
            published = str(each.get("published", ""))
        else:
            # [address:]host:container; of one number the host's is any.
            published = ":".join(interpolate(str(each), known).split(":")[-2:-1])
        if published.isdigit():
            yield int(published)


def _words(body: Mapping[str, object]) -> Iterator[str]:
    for name in ("image", "container_name", "build", "entrypoint", "command"):
        value = body.get(name)
        parts = list(value.values()) if isinstance(value, dict) else value
        yield " ".join(map(str, parts)) if isinstance(parts, list) else str(parts or "")
