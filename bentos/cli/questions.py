"""The commands of `lingua-nexus models` that only ask the manager, and change nothing."""

import sys

import click

from bentos.cli import answers, pages
from bentos.cli.formats import SIZE, printable
from bentos.cli.options import Managers, as_json, choice, model_argument
from bentos.cli.output import say, show
from bentos.management.shapes import CheckRequest, PlanRequest, Priority, RecommendRequest
from common.catalogue.entry import Family, Purpose


@click.command("list")
@click.option("--family", type=choice(Family))
@click.option("--purpose", type=choice(Purpose))
@click.option("--max-memory", type=SIZE, help="Estimated memory at most, as 8GB.")
@click.option("--language", help="One that the model speaks, as fr or fra_Latn.")
@click.option("--installed/--not-installed", default=None, help="Whether weights are here.")
@as_json
@click.pass_obj
def list_(
    managers: Managers,
    *,
    family: str | None,
    purpose: str | None,
    max_memory: int | None,
    language: str | None,
    installed: bool | None,
    as_json: bool,
) -> None:
    """The catalogue, filtered."""
    found = managers().models(
        family=Family(family) if family else None,
        purpose=Purpose(purpose) if purpose else None,
        max_memory=max_memory,
        language=language,
        installed=installed,
    )
    show(found, pages.listed(found), as_json=as_json)


@click.command("show")
@model_argument
@as_json
@click.pass_obj
def show_(managers: Managers, *, model: str, as_json: bool) -> None:
    """All about a model: facts, versions, memory, use."""
    found = managers().model(model)
    show(found, pages.shown(found), as_json=as_json)


@click.command()
@model_argument
@click.option("--quant", help="Quantization; by default the one recommended here.")
@click.option("--slots", type=click.IntRange(1, 256), help="Texts computed at once.")
@click.option("--context", type=click.IntRange(min=64), help="Tokens of each of them.")
@click.option("--memory", type=SIZE, help="Instead of what this machine has, as 8GB.")
@click.option("--no-probe", is_flag=True, help="Don't measure this machine's speed.")
@as_json
@click.pass_obj
def plan(
    managers: Managers,
    *,
    model: str,
    quant: str | None,
    slots: int | None,
    context: int | None,
    memory: int | None,
    no_probe: bool,
    as_json: bool,
) -> None:
    """What pulling and serving a model takes; downloads nothing."""
    request = PlanRequest(
        model=model, quantization=quant, slots=slots, context_tokens=context, memory_bytes=memory
    )
    show_plan(managers, request, probe=not no_probe, as_json=as_json)


def show_plan(managers: Managers, request: PlanRequest, *, probe: bool, as_json: bool) -> None:
    """Whether a model fits, and what it takes."""
    if probe and sys.stderr.isatty():
        say("Measuring this machine for some seconds.")
    found = managers().plan(request, probe=probe)
    show(found, answers.planned(found), as_json=as_json)


@click.command()
@click.option("--memory", type=SIZE, help="Instead of what this machine has, as 8GB.")
@click.option(
    "--priority",
    type=choice(Priority),
    default=Priority.BALANCED.value,
    show_default=True,
)
@click.option("--language", "languages", multiple=True, help="As de; may be repeated.")
@click.option(
    "--family",
    type=choice(Family),
    default=Family.TRANSLATION.value,
    show_default=True,
)
@click.option("--all", "every", is_flag=True, help="Those too that no Bento serves yet.")
@as_json
@click.pass_obj
def recommend(
    managers: Managers,
    *,
    memory: int | None,
    priority: str,
    languages: tuple[str, ...],
    family: str,
    every: bool,
    as_json: bool,
) -> None:
    """Which models to take here, and why."""
    request = RecommendRequest(
        family=Family(family),
        priority=Priority(priority),
        languages=list(languages),
        memory_bytes=memory,
        servable_only=not every,
    )
    found = managers().recommend(request)
    show(found, answers.recommended(found), as_json=as_json)


@click.command()
@as_json
@click.pass_obj
def current(managers: Managers, *, as_json: bool) -> None:
    """The model used of each family."""
    found = managers().current()
    show(found, pages.current(found), as_json=as_json)


@click.command()
@click.argument("model")
@as_json
@click.pass_obj
def check(managers: Managers, *, model: str, as_json: bool) -> None:
    """Whether a model can run here, and its files are whole; exit code 1 where not."""
    found = managers().check(CheckRequest(model=model))
    show(found, pages.checked(found), as_json=as_json)
    if not found.ok:
        raise click.exceptions.Exit(1)


@click.command()
@as_json
@click.pass_obj
def stats(managers: Managers, *, as_json: bool) -> None:
    """How the models were used on this machine."""
    found = managers().statistics()
    show(found, pages.used(found), as_json=as_json)


@click.command()
@as_json
@click.pass_obj
def sync(managers: Managers, *, as_json: bool) -> None:
    """The catalogue beside the store and an Ollama server."""
    found = managers().sync()
    show(found, answers.synced(found), as_json=as_json)
    if found.ollama_error is not None:
        say(f"warning: {printable(found.ollama_error)}")


COMMANDS: tuple[click.Command, ...] = (list_, show_, plan, recommend, current, check, stats, sync)
