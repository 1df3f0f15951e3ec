"""The console script: its groups, and how a run of it ends; what the commands do is in theirs."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from click.exceptions import NoArgsIsHelpError
from pydantic import ValidationError

from bentos.cli import changes, questions
from bentos.cli.formats import printable
from bentos.cli.migrate import migrate
from bentos.cli.output import write
from models.base.exceptions import LinguaNexusError

if TYPE_CHECKING:
    from bentos.management.manager import Manager

_FAILED, _MISUSED, _INTERRUPTED = 1, 2, 130


def _manager() -> "Manager":
    # Only a command that manages anything waits for what reads the model store.
    from bentos.management.manager import Manager  # noqa: PLC0415

    return Manager()


def _version(context: click.Context, parameter: click.Parameter, asked: bool) -> None:  # noqa: FBT001 - click's way
    del parameter
    if not asked or context.resilient_parsing:
        return
    from importlib import metadata  # noqa: PLC0415 - it takes a sixth of the start

    try:
        write(f"lingua-nexus {metadata.version('lingua-nexus')}")
    except metadata.PackageNotFoundError:
        write("lingua-nexus, not installed")
    context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
def lingua_nexus() -> None:
    """Self-hosted machine translation."""


@lingua_nexus.group()
def models() -> None:
    """What can run here, what it costs, and all about having it."""


for _command in (*questions.COMMANDS, *changes.COMMANDS):
    models.add_command(_command)
lingua_nexus.add_command(migrate)


def main(
    arguments: Sequence[str] | None = None, manager: Callable[[], "Manager"] = _manager
) -> int:
    """Runs a command; the process's exit code. What a user can cause ends in one line."""
    code = _FAILED
    try:
        with _named_errors():
            # What a command returns is nobody's; only an exit that it asks for is a number here.
            code = lingua_nexus.main(
                arguments, prog_name="lingua-nexus", obj=manager, standalone_mode=False
            )
            sys.stdout.flush()
    except _EndError as end:
        if str(end):
            sys.stderr.write(f"{printable(str(end))}\n")
        return end.code
    return code or 0


class _EndError(Exception):
    """The run ends here, with this line on stderr."""

    def __init__(self, code: int, line: str = "") -> None:
        super().__init__(" ".join(line.split()))
        self.code = code


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except NoArgsIsHelpError as error:
        error.show()
        raise _EndError(_MISUSED) from None
    except click.UsageError as error:
        where = f" (see {error.ctx.command_path} --help)" if error.ctx else ""
        raise _EndError(_MISUSED, f"error: {error.format_message()}{where}") from None
    except click.ClickException as error:
        raise _EndError(_FAILED, f"error: {error.format_message()}") from None
    except (click.Abort, KeyboardInterrupt):
        raise _EndError(_INTERRUPTED, "interrupted.") from None
    except BrokenPipeError:
        # Whoever read has enough, as `head` does. Else the interpreter complains when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise _EndError(_FAILED) from None
    except ValidationError as error:
        raise _EndError(_FAILED, f"error: {_first(error)}") from None
    except (LinguaNexusError, OSError) as error:
        raise _EndError(_FAILED, f"error: {error}") from None


def _first(error: ValidationError) -> str:
    """Its first complaint; of a setting by the name it has in the environment."""
    from common.settings import ServiceSettings  # noqa: PLC0415 - for an error only

    found = error.errors(include_input=False)[0]
    name = ".".join(str(part) for part in found["loc"])
    if error.title == ServiceSettings.__name__:
        return f"{ServiceSettings.model_config['env_prefix']}{name.upper()}: {found['msg']}."
    return f"{error.title}: {name}: {found['msg']}."
