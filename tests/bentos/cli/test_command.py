import runpy
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import NoReturn

import click
import pytest
from pydantic import BaseModel

from bentos.cli import changes, questions
from bentos.cli.command import lingua_nexus, main
from bentos.management.manager import Manager
from bentos.management.shapes import CurrentModels
from common.settings import ServiceSettings
from tests.bentos.cli.conftest import Run
from tests.bentos.cli.typed import ROOT, Terminal, environment, piped, plain

TABLE = {
    "list", "show", "plan", "recommend", "pull", "use", "current", "rm", "check", "stats",
    "export", "import", "sync",
}  # fmt: skip


def test_commands_are_those_of_the_documentation() -> None:
    commands = {each.name: each for each in (*questions.COMMANDS, *changes.COMMANDS)}
    assert commands.keys() == TABLE
    for command in commands.values():
        assert "--json" in [option for each in command.params for option in each.opts]
    page = (ROOT / "docs" / "operations.md").read_text()
    assert {name for name in TABLE if f"`lingua-nexus models {name}" in page} == TABLE


def test_project_installs_the_command() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["scripts"] == {"lingua-nexus": "bentos.cli:main"}


def test_version_is_that_of_what_is_installed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: f"{name} of a test")
    assert run("--version").out == "lingua-nexus lingua-nexus of a test\n"

    def missing(name: str) -> NoReturn:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    done = run("--version")
    assert (done.code, done.out) == (0, "lingua-nexus, not installed\n")


def test_no_command_at_all_shows_the_help_and_is_a_misuse(run: Run) -> None:
    for arguments in ([], ["models"]):
        done = run(*arguments)
        assert (done.code, done.out) == (2, "")
        assert "Usage: lingua-nexus" in done.error
        assert "error:" not in done.error
    done = run("models", "--help")
    assert done.code == 0
    assert max(len(line) for line in done.out.splitlines()) <= 80


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ("nothing", "(see lingua-nexus --help)"),
        ("models nothing", "(see lingua-nexus models --help)"),
        ("models list --nothing", "(see lingua-nexus models list --help)"),
        ("models list nothing", "(see lingua-nexus models list --help)"),
    ],
)
def test_misuse_is_one_line_that_says_where_to_look(run: Run, arguments: str, hint: str) -> None:
    done = run(*arguments.split())
    assert (done.code, done.out) == (2, "")
    assert done.error.startswith("error: ")
    assert done.error.endswith(f"{hint}\n")
    assert done.error.count("\n") == 1


class Strict(BaseModel):
    number: int


def invalid() -> Manager:
    Strict(number="none")  # what a wrong setting does
    raise AssertionError


def test_what_is_invalid_is_one_line_that_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list"], invalid) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: Strict: number: Input should be a valid integer")
    assert said.count("\n") == 1


def test_wrong_setting_is_named_as_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LINGUA_NEXUS_LOG_LEVEL", "LOUD")
    assert main(["models", "list"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: LINGUA_NEXUS_LOG_LEVEL: Input should be 'DEBUG'")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("failure", "code", "said"),
    [
        (PermissionError(13, "Permission denied", "/store"), 1, "Permission denied: '/store'"),
        (click.ClickException("Some\nthing."), 1, "error: Some thing.\n"),
        (click.UsageError("Something."), 2, "error: Something."),
        (click.Abort(), 130, "interrupted.\n"),
        (KeyboardInterrupt(), 130, "interrupted.\n"),
    ],
)
def test_failure_ends_with_one_line_and_a_code(
    capsys: pytest.CaptureFixture[str], failure: BaseException, code: int, said: str
) -> None:
    def failing() -> Manager:
        raise failure

    assert main(["models", "list"], failing) == code
    error = capsys.readouterr().err
    assert said in error
    assert len(error.split("\n")) == 2 or error.startswith("\n")


def test_usage_error_without_a_command_has_no_hint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(*arguments: object, **options: object) -> None:
        del arguments, options
        raise click.UsageError("Nothing known.")

    monkeypatch.setattr(lingua_nexus, "main", failing)
    assert main([]) == 2
    assert capsys.readouterr().err == "error: Nothing known.\n"


def test_state_that_cannot_be_read_is_one_line(home: Path, tmp_path: Path) -> None:
    broken = tmp_path / "additions.toml"
    broken.write_text("[[")
    ours = environment(home) | {"LINGUA_NEXUS_CATALOGUE_FILE": str(broken)}
    code, out, error = piped(ours, "models", "list")
    assert (code, out, error.count("\n")) == (1, "", 1)
    assert error.startswith("error: ")


def test_reader_that_has_enough_is_no_error(home: Path) -> None:
    ours = environment(home)
    done = subprocess.run(  # noqa: S603 - our own command
        ["bash", "-c", f"{sys.executable} -m bentos.cli models list --json | head -c 1"],  # noqa: S607
        cwd=ROOT,
        env=ours,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.stdout, done.stderr) == ("{", "")


@pytest.mark.parametrize("terminal", ["xterm-256color", "dumb"])
def test_terminal_of_80_columns_shows_whole_lines(home: Path, terminal: str) -> None:
    shown = Terminal(environment(home) | {"TERM": terminal}, "models", "list")
    assert shown.end() == 0, shown.written
    assert ("\x1b[" in shown.written) == (terminal != "dumb")
    lines = plain(shown.written).splitlines()
    assert max(map(len, lines)) <= 80
    _, piped_out, _ = piped(environment(home), "models", "list")
    assert [line.rstrip() for line in lines] == piped_out.splitlines()


def test_no_color_shows_none(home: Path) -> None:
    shown = Terminal(environment(home) | {"NO_COLOR": "1"}, "models", "plan", "nllb", "--no-probe")
    assert shown.end() == 0
    assert not any(f"\x1b[{code}m" in shown.written for code in ("32", "33", "1;32", "1;33"))


def test_module_is_the_command(
    settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert settings.state_file is not None
    monkeypatch.setattr(sys, "argv", ["lingua-nexus", "models", "current", "--json"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("bentos.cli", run_name="__main__")
    assert ended.value.code == 0
    assert CurrentModels.model_validate_json(capsys.readouterr().out).current
