"""`lingua-nexus migrate`, from the predecessor's files to ours; decides nothing itself."""

from pathlib import Path

import click

from bentos.cli.options import as_json
from bentos.cli.output import say, show

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command()
@click.argument(
    "folder", default=Path(), type=click.Path(path_type=Path, file_okay=False, exists=True)
)
@click.option("--env", type=_FILE, help="Its .env; by default that of FOLDER.")
@click.option("--compose", multiple=True, type=_FILE, help="Compose file; may be repeated.")
@click.option("--unit", type=_FILE, help="Its systemd unit.")
@click.option(
    "--out",
    default=Path("lingua-nexus"),
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the new files.",
)
@click.option("--local", is_flag=True, help="Models run on this machine, not in containers.")
@click.option("--dry-run", is_flag=True, help="Write nothing; only show what would be written.")
@click.option("--force", is_flag=True, help="Replace files that are there already.")
@as_json
def migrate(
    *,
    folder: Path,
    env: Path | None,
    compose: tuple[Path, ...],
    unit: Path | None,
    out: Path,
    local: bool,
    dry_run: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Read the predecessor's configuration in FOLDER and write ours."""
    # Only this command waits for what reads and writes YAML.
    from bentos.migration import planning, report, sources, writing  # noqa: PLC0415

    given = sources.Inputs(env, compose, unit)
    inputs = given if given.files else sources.find(folder)
    if not inputs.files:
        raise click.ClickException(f"{folder} has no .env, compose file or systemd unit.")
    found = sources.read(inputs)
    if found.problems:
        for problem in found.problems[:-1]:
            say(f"error: {problem}")
        raise click.ClickException(found.problems[-1])
    plan = planning.decide(found)
    if not plan.models:
        raise click.ClickException("No server of the predecessor is in these files.")
    files = writing.files(plan, out, local=local)
    if not dry_run:
        try:
            writing.write(files, out, force=force)
        except writing.ExistsError as error:
            raise click.ClickException(str(error)) from None
    paths = [out / file.path for file in files]
    done = report.report_of(plan, list(inputs.files), paths, dry_run=dry_run)
    show(done, report.page(done), as_json=as_json)
