"""What make says and does without installing anything; building and serving are in tests/e2e."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BENTOS = sorted(
    path.name.removeprefix("bentofile.").removesuffix(".yaml")
    for path in ROOT.glob("bentofile.*.yaml")
)
NAMED = ["run", "build", "dist", "docker", "serve", "pull", "test", "load", "soak", "clean"]


def make(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own Makefile
        # Without what the make that runs these tests passes on.
        ["env", "-u", "MAKEFLAGS", "-u", "MAKELEVEL", "make", *arguments],  # noqa: S607
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A place with the Makefile, one model and one Bento that is none."""
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("one", "two"):
        (tmp_path / f"bentofile.{name}.yaml").write_text(
            f'service: "bentos.{name}:{name.title()}Service"\n'
            f"python: {{requirements_txt: {name}.txt, lock_packages: false}}\n"
        )
        (tmp_path / f"{name}.txt").touch()
    (tmp_path / "models" / "one").mkdir(parents=True)
    return tmp_path


def test_help_is_the_default_and_names_every_target_with_a_comment() -> None:
    said = make().stdout
    documented = re.findall(r"^([a-z]+)(\\:%)?:.* ## ", (ROOT / "Makefile").read_text(), re.M)
    assert {"run", "test", "new"} <= {name for name, _ in documented}
    for name, named in documented:
        assert f"make {name}{':<name>' if named else ''} " in said


def test_bentos_are_found_and_those_with_a_package_are_models(checkout: Path) -> None:
    lines = [line.split() for line in make("list", cwd=checkout).stdout.splitlines()]
    assert lines == [
        ["one", "model", "bentos.one:OneService"],
        ["two", "service", "bentos.two:TwoService"],
    ]


@pytest.mark.parametrize("target", NAMED)
def test_unknown_name_is_an_error_that_names_those_that_exist(target: str, checkout: Path) -> None:
    done = make(f"{target}:three", cwd=checkout)
    assert done.returncode == 2
    assert "There is no bentofile.three.yaml. Names: one two" in done.stdout


def test_run_serves_from_source_where_it_was_told_to(checkout: Path) -> None:
    commands = make("--dry-run", "run", "MODEL=one", "PORT=3456", cwd=checkout).stdout
    assert "bentoml serve bentos.one:OneService --host 127.0.0.1 --port 3456" in commands
    assert "-r one.txt" in commands


@pytest.mark.parametrize("bento", BENTOS)
def test_running_installs_what_the_bento_ships_and_nothing_for_development(bento: str) -> None:
    commands = make("--dry-run", f"run:{bento}", "VENV=never", cwd=ROOT).stdout
    installed = re.findall(r"-r (\S+)", commands)
    started = ("aya", "nllb") if bento == "gateway" else ()
    own = "bentos" if bento == "gateway" else "models"
    assert sorted(installed) == sorted(
        [
            f"{own}/{bento}/requirements.txt",
            *(f"models/{each}/requirements.txt" for each in started),
        ]
    )


@pytest.mark.parametrize("bento", BENTOS)
def test_pulling_passes_the_hub_name_on(bento: str) -> None:
    commands = make("--dry-run", f"pull:{bento}", "VENV=never", "MODEL=some/model").stdout
    assert f"-m bentos.pull {bento} some/model" in commands
    assert "--dry-run" not in commands


def test_pulling_passes_the_quantization_on_and_that_it_is_only_to_be_shown(checkout: Path) -> None:
    wanted = ("QUANT=Q4_K_M", "DRY_RUN=1")
    commands = make("--dry-run", "pull:one", *wanted, cwd=checkout).stdout
    (pulled,) = [line.split() for line in commands.splitlines() if "bentos.pull" in line]
    assert pulled[-4:] == ["one", "--quantization", "Q4_K_M", "--dry-run"]


def test_only_pulling_what_is_converted_installs_the_converters(checkout: Path) -> None:
    (checkout / "requirements-convert.txt").touch()
    (checkout / "models" / "one" / "requirements-convert.txt").touch()
    converted = make("--dry-run", "pull:one", cwd=checkout).stdout
    assert "-r requirements-convert.txt" in converted
    assert "-m bentos.pull two" in (taken := make("--dry-run", "pull:two", cwd=checkout).stdout)
    assert "requirements-convert.txt" not in taken


@pytest.mark.parametrize("verb", [*NAMED, "bench"])
def test_alias_stands_for_the_bento_that_names_it(verb: str, checkout: Path) -> None:
    for name in ("requirements-dev.txt", "requirements-convert.txt"):
        (checkout / name).touch()
    (checkout / "load_tests" / "benchmarks").mkdir(parents=True)
    (checkout / "load_tests" / "benchmarks" / "one.py").touch()
    bentofile = checkout / "bentofile.one.yaml"
    bentofile.write_text(f"# aliases: uno first-8b\n{bentofile.read_text()}")
    expected = make("--dry-run", f"{verb}:one", cwd=checkout)
    assert expected.returncode == 0
    for alias in ("uno", "first-8b"):
        assert make("--dry-run", f"{verb}:{alias}", cwd=checkout).stdout == expected.stdout


def test_model_to_run_may_be_named_by_an_alias(checkout: Path) -> None:
    bentofile = checkout / "bentofile.one.yaml"
    bentofile.write_text(f"{bentofile.read_text()}# aliases: first-8b\n")
    commands = make("--dry-run", "run", "MODEL=first-8b", cwd=checkout).stdout
    assert "bentoml serve bentos.one:OneService" in commands


def test_what_is_compiled_comes_from_the_cache_alone(checkout: Path) -> None:
    (checkout / "one.txt").write_text("llama-cpp-python==0.3.36\n")
    commands = make(
        "--dry-run", "build:one", "WHEELS=/some/cache", "CMAKE_ARGS=-DA=1 -DB=2", cwd=checkout
    ).stdout
    assert "llamacpp.wheel --cmake-args='-DA=1 -DB=2' '/some/cache' one.txt" in commands
    assert '--find-links "$wheel" --only-binary llama-cpp-python -r one.txt' in commands
    assert "wheel" not in make("--dry-run", "build:two", cwd=checkout).stdout


def test_cache_of_wheels_belongs_to_the_user_and_not_to_the_checkout(checkout: Path) -> None:
    (checkout / "one.txt").write_text("llama-cpp-python==0.3.36\n")
    for given, expected in (
        (["HOME=/home/me", "XDG_CACHE_HOME="], "/home/me/.cache/lingua-nexus/wheels"),
        (["HOME=/home/me", "XDG_CACHE_HOME=/var/cache"], "/var/cache/lingua-nexus/wheels"),
    ):
        assert f"'{expected}'" in make("--dry-run", "build:one", *given, cwd=checkout).stdout


def test_install_stops_where_the_wheel_could_not_be_compiled(checkout: Path) -> None:
    (checkout / "one.txt").write_text("llama-cpp-python==0.3.36\n")
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$2" >> asked\nexit 1\n')
    python.chmod(0o755)
    assert make("build:one", cwd=checkout).returncode == 2
    assert (checkout / "asked").read_text().split() == ["models.engines.llamacpp.wheel"]
    assert not (checkout / ".venv" / ".installed-one").exists()


@pytest.mark.parametrize("target", ["run:one", "build:one", "pull:one", "serve:one"])
def test_command_line_is_installed_once_and_anew_when_the_project_changed(
    target: str, checkout: Path
) -> None:
    installs = "--no-deps --editable ."
    assert installs in make("--dry-run", target, cwd=checkout).stdout
    command = checkout / ".venv" / "bin" / "lingua-nexus"
    command.parent.mkdir(parents=True)
    command.touch()
    (command.parent / "python").touch()
    assert installs not in make("--dry-run", target, cwd=checkout).stdout
    later = command.stat().st_mtime + 10
    os.utime(checkout / "pyproject.toml", (later, later))
    assert installs in make("--dry-run", target, cwd=checkout).stdout


def test_continuous_integration_runs_what_a_laptop_runs() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert re.findall(r"^make (.*)$", script, re.M) == ["test", "test:deploy"]
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    tested = make("--dry-run", "test", "VENV=never").stdout
    for command in ("ruff check", "ruff format --check", "mypy", "pytest --cov"):
        assert command in tested
    assert "-m pytest tests/deploy" in make("--dry-run", "test:deploy", "VENV=never").stdout


def test_image_is_built_from_what_was_exported_and_as_it_was_told_to(checkout: Path) -> None:
    (checkout / "requirements-dev.txt").touch()
    given = ("BASE_IMAGE=some/base:1", "CUDA=1", "VERSION=1.2", "REGISTRY=here", "DOCKER=podman")
    commands = make("--dry-run", "docker:one", *given, "DOCKER_ARGS=--a --b", cwd=checkout).stdout
    assert "bentoml build -f bentofile.one.yaml" in commands
    assert "deploy/containers/build.py one " in commands
    [options] = re.findall(r"--engine=.*$", commands, re.MULTILINE)
    assert options.split() == [
        *("--engine=podman", "--base-image=some/base:1", "--cuda", "--registry=here"),
        *("--version=1.2", "--option=--a", "--option=--b"),
    ]
