"""The command line in this process, over an empty store and an empty state."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bentos.cli import main
from bentos.management.manager import Manager
from bentos.management.settings import ManagementSettings
from common.settings import ServiceSettings
from tests.bentos.management.shelf import empty_store, machine


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    error: str


Run = Callable[..., Ended]


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Iterator[Path]:
    with empty_store(tmp_path / "home"):
        yield tmp_path / "home"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServiceSettings:
    file = tmp_path / "state.sqlite3"
    # What serves looks the choice up by itself.
    monkeypatch.setenv("LINGUA_NEXUS_STATE_FILE", str(file))
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    for name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return ServiceSettings(state_file=file)


@pytest.fixture
def manager(settings: ServiceSettings) -> Manager:
    return Manager(settings, ManagementSettings(), machine)


@pytest.fixture
def run(manager: Manager, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> Ended:
        capsys.readouterr()
        code = main(arguments, lambda: manager)
        return Ended(code, *capsys.readouterr())

    return run
