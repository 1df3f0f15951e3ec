"""Options and arguments that several commands have; nothing of what those do."""

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from bentos.management.manager import Manager

Command = TypeVar("Command", bound=Callable[..., object])
Managers = Callable[[], "Manager"]
"""Made only by a command that runs: its help needs none."""


def as_json(command: Command) -> Command:
    """`--json`, which every command has."""
    return click.option("--json", "as_json", is_flag=True, help="For programs.")(command)


def model_argument(command: Command) -> Command:
    """A model of the catalogue, which a shell may complete."""
    return click.argument("model", shell_complete=_completions)(command)


def choice(values: type[StrEnum]) -> click.Choice[str]:
    """As they are written: click itself would take the names that the code has for them."""
    return click.Choice([each.value for each in values])


def _completions(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """The catalogue's names, for a shell."""
    del context, parameter
    # Only a shell asks for it.
    from common.catalogue.catalogue import Catalogue, CatalogueError  # noqa: PLC0415
    from common.settings import ServiceSettings  # noqa: PLC0415

    try:
        entries = Catalogue.load(ServiceSettings().catalogue_file).entries
    except CatalogueError:
        return []
    return [each.id for each in entries if each.id.startswith(begun.lower())]
