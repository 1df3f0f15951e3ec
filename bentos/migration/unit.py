"""Reads a systemd unit's environment and command; none of what else it may say."""

import shlex
from dataclasses import dataclass
from typing import Final

_ASSIGNMENT: Final = "="


class UnitError(ValueError):
    """It is no unit; says which line."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What of it matters here."""

    environment: dict[str, str]
    files: tuple[tuple[str, bool], ...]
    """Files of further variables, and whether one may be missing."""
    command: str


def parse(text: str) -> Unit:
    """The `[Service]` section.

    Raises:
        UnitError: There is none, or a line is nothing that a unit may hold.
    """
    section, environment, command = "", dict[str, str](), ""
    files: list[tuple[str, bool]] = []
    for number, line in _lines(text):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
            continue
        name, equals, value = line.partition(_ASSIGNMENT)
        if not equals or not section:
            raise UnitError(f"line {number} is neither a section nor NAME=VALUE")
        match (section, name.strip()):
            case ("Service", "Environment"):
                # An empty one takes back all before it.
                environment = environment | _assigned(value, number) if value.strip() else {}
            case ("Service", "EnvironmentFile"):
                path = value.strip()
                files.append((path.removeprefix("-"), path.startswith("-")))
            case ("Service", "ExecStart"):
                command = value.strip()
            case _:
                pass
    if not command:
        raise UnitError("it has no [Service] with an ExecStart")
    return Unit(environment, tuple(files), command)


def _lines(text: str) -> list[tuple[int, str]]:
    """Continued ones joined, blank ones and comments left out."""
    lines: list[tuple[int, str]] = []
    begun = ""
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not begun and (not line or line[0] in "#;"):
            continue
        if line.endswith("\\"):
            begun += line[:-1] + " "
            continue
        lines.append((number, begun + line))
        begun = ""
    return lines


def _assigned(value: str, number: int) -> dict[str, str]:
    try:
        words = shlex.split(value)
    except ValueError:
        raise UnitError(f"line {number} has a quote without its end") from None
    pairs = [word.partition(_ASSIGNMENT) for word in words]
    if not all(equals for _, equals, _ in pairs):
        raise UnitError(f"line {number} is no Environment=NAME=VALUE")
    return {name: given for name, _, given in pairs}
