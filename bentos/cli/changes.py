"""The commands of `lingua-nexus models` that change what is here, through the manager."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import BaseModel

from bentos.cli import answers
from bentos.cli.formats import printable
from bentos.cli.options import Managers, as_json, model_argument
from bentos.cli.output import say, show, write
from bentos.cli.progress import reporting
from bentos.cli.questions import show_plan
from bentos.management.errors import UnknownModelError
from bentos.management.shapes import PlanRequest, PullBody, PullEvent, RemoveReport, UseRequest
from models.base.exceptions import LinguaNexusError

if TYPE_CHECKING:
    from bentos.management.manager import Manager

_INTERRUPTED = 130


class Exported(BaseModel):
    """Where the export lies."""

    path: Path


@click.command()
@model_argument
@click.option("--quant", help="Quantization; by default the model's own choice.")
@click.option("--revision", help="Branch, tag or commit of the repository.")
@click.option("--dry-run", is_flag=True, help="Only show the plan.")
@as_json
@click.pass_obj
def pull(
    managers: Managers,
    *,
    model: str,
    quant: str | None,
    revision: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Bring a model into the store; goes on where it was interrupted."""
    if dry_run:
        request = PlanRequest(model=model, quantization=quant)
        show_plan(managers, request, probe=False, as_json=as_json)
        return
    body = PullBody(model=model, quantization=quant, revision=revision)
    try:
        with reporting(as_json=as_json) as report:
            tag = managers().pull(body, report)
    except LinguaNexusError as error:
        if as_json:
            failed = PullEvent(status="failed", message=error.message)
            write(failed.model_dump_json(exclude_defaults=True))
        raise
    except KeyboardInterrupt:
        say("interrupted: the same command goes on from here.")
        raise click.exceptions.Exit(_INTERRUPTED) from None
    if not as_json:
        write(f"Installed {tag}.")


@click.command()
@model_argument
@click.option("--version", help="Of its weights; by default the newest.")
@as_json
@click.pass_obj
def use(managers: Managers, *, model: str, version: str | None, as_json: bool) -> None:
    """Make an installed model the one used of its family."""
    found = managers().use(UseRequest(model=model, version=version))
    text = f"{found.id} {found.version} is the {found.family} model from the next start on."
    show(found, text, as_json=as_json)


@click.command()
@click.argument("model")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--force", is_flag=True, help="Also what is in use or loaded.")
@as_json
@click.pass_obj
def rm(managers: Managers, *, model: str, yes: bool, force: bool, as_json: bool) -> None:
    """Remove a model's weights, or the version with this tag, from the store."""
    manager = managers()
    if not yes:
        _confirm(_tags(manager, model))
    removed = manager.remove(model, force=force)
    page = "\n".join(f"Removed {tag}." for tag in removed)
    show(RemoveReport(removed=removed), page, as_json=as_json)


def _tags(manager: "Manager", name: str) -> list[str]:
    """What would be removed."""
    try:
        return [each.tag for each in manager.model(name).installed]
    except UnknownModelError:
        return [name]


def _confirm(tags: list[str]) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("Without a terminal to ask on, --yes is needed.")
    if tags and not click.confirm(f"Remove {', '.join(map(printable, tags))}?", err=True):
        say("Nothing was removed.")
        raise click.exceptions.Exit(1)


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--weights", multiple=True, help="Model or tag to pack too; may be repeated.")
@as_json
@click.pass_obj
def export_(managers: Managers, *, file: Path, weights: tuple[str, ...], as_json: bool) -> None:
    """Write catalogue additions, choices and statistics to a file."""
    path = managers().export(file, weights=weights)
    show(Exported(path=path), f"Exported to {path}.", as_json=as_json)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@as_json
@click.pass_obj
def import_(managers: Managers, *, file: Path, as_json: bool) -> None:
    """Take over what `export` wrote; what is here already stays."""
    found = managers().import_(file)
    show(found, answers.imported(found), as_json=as_json)


COMMANDS: tuple[click.Command, ...] = (pull, use, rm, export_, import_)
