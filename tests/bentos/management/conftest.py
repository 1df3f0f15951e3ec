"""A manager over an empty store and an empty state."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bentos.management.manager import Manager
from bentos.management.settings import ManagementSettings
from common.settings import ServiceSettings
from tests.bentos.management.shelf import empty_store, machine


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Iterator[Path]:
    with empty_store(tmp_path / "home"):
        yield tmp_path / "home"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServiceSettings:
    """As a service reads them: the store asks the same file what is chosen."""
    monkeypatch.setenv("LINGUA_NEXUS_STATE_FILE", str(tmp_path / "state.sqlite3"))
    return ServiceSettings()


@pytest.fixture
def manager(settings: ServiceSettings) -> Manager:
    return Manager(settings, ManagementSettings(), machine)


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Callable[[], Manager]]:
    """Goes over to another machine: a home of its own, with nothing in it."""
    with ExitStack() as stack:

        def arrive() -> Manager:
            stack.enter_context(empty_store(tmp_path / "another"))
            kept = tmp_path / "another" / "state.sqlite3"
            added = tmp_path / "another" / "catalogue.toml"
            settings = ServiceSettings(state_file=kept, catalogue_file=added)
            return Manager(settings, ManagementSettings(), machine)

        yield arrive
