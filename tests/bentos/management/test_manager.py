import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bentos.management.errors import (
    ModelInUseError,
    NotInstalledError,
    NotServableError,
    UnknownQuantizationError,
)
from bentos.management.manager import Manager
from bentos.management.shapes import (
    CheckRequest,
    PullBody,
    UseRequest,
)
from common.catalogue.entry import Family
from common.settings import ServiceSettings
from common.state.file import StateFile
from common.state.records import Running, Weights
from tests.bentos.management.shelf import LARGE, SMALL, install

NLLB, NLLB_LARGE = "nllb-200-distilled-600m", "nllb-200-1.3b"


def test_choice_is_served_and_shown_and_must_be_installed(manager: Manager, tmp_path: Path) -> None:
    with pytest.raises(NotInstalledError):
        manager.use(UseRequest(model="nllb"))
    install(tmp_path, "1", LARGE)
    install(tmp_path, "2", SMALL)
    assert manager.use(UseRequest(model=NLLB_LARGE)).version == "1"
    [current] = [each for each in manager.current().current if each.family == Family.TRANSLATION]
    assert (current.id, current.version, current.installed) == (NLLB_LARGE, "1", True)
    assert manager.models().default_model == NLLB_LARGE
    assert manager.model(NLLB_LARGE).installed[0].chosen
    assert not manager.model(NLLB).installed[0].chosen
    with pytest.raises(NotInstalledError, match="'9'"):
        manager.use(UseRequest(model=NLLB_LARGE, version="9"))


def test_nothing_is_removed_that_is_in_use(
    manager: Manager, settings: ServiceSettings, tmp_path: Path
) -> None:
    folder = install(tmp_path, "1", SMALL)
    manager.use(UseRequest(model="nllb"))
    with pytest.raises(ModelInUseError, match="in use"):
        manager.remove("nllb")
    assert folder.exists()
    assert manager.remove("nllb", force=True) == ["nllb:1"]
    assert not folder.exists()
    assert manager.sync().missing == []
    with pytest.raises(NotInstalledError):
        manager.remove("nllb")

    folder = install(tmp_path, "2", SMALL)
    assert settings.state_file
    state = StateFile(settings.state_file)
    weights = Weights("nllb", "2", SMALL, "int8")
    state.begin(Running(weights, os.getpid(), datetime.now(UTC)), None)
    with pytest.raises(ModelInUseError, match="serves"):
        manager.remove("nllb:2")
    assert manager.model("nllb").installed[0].running
    state.end(os.getpid())
    assert manager.remove("nllb:2") == ["nllb:2"]


def test_what_no_bento_serves_is_not_pulled(manager: Manager) -> None:
    chat = manager.models().defaults[Family.CHAT]
    with pytest.raises(NotServableError, match=chat):
        manager.check_pull(PullBody(model=chat))
    with pytest.raises(UnknownQuantizationError):
        manager.check_pull(PullBody(model="aya", quantization="Q9_Z"))
    assert manager.check_pull(PullBody(model="aya", quantization="auto")).id == "aya"


@pytest.mark.parametrize("suffix", ["json", "tar"])
def test_export_imported_elsewhere_brings_everything(
    suffix: str,
    manager: Manager,
    tmp_path: Path,
    another: Callable[[], Manager],
) -> None:
    install(tmp_path, "1", SMALL)
    manager.use(UseRequest(model="nllb"))
    weights = ("nllb",) if suffix == "tar" else ()
    file = manager.export(tmp_path / f"export.{suffix}", weights=weights)

    there = another()
    report = there.import_(file)
    assert report.choices == ["translation"]
    assert report.weights == (["nllb:1"] if weights else [])
    assert [each.tag for each in there.model("nllb").installed] == report.weights
    assert there.check(CheckRequest(model="nllb")).ok or not weights
