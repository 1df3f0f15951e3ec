import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bentos.management import bundle
from bentos.management.errors import (
    InvalidBundleError,
    ModelInUseError,
    NotInstalledError,
    NotServableError,
    PullFailedError,
    StoreError,
    UnknownQuantizationError,
)
from bentos.management.manager import Manager, Reporter
from bentos.management.shapes import (
    CheckRequest,
    PullBody,
    PullEvent,
    UseRequest,
)
from common.catalogue.catalogue import write_additions
from common.catalogue.entry import Family
from common.settings import ServiceSettings
from common.state.file import StateFile
from common.state.records import Running, Weights
from tests.bentos.management.shelf import LARGE, SMALL, install, machine

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


def test_pull_that_fails_says_why_and_leaves_the_store_as_it_was(manager: Manager) -> None:
    events: list[PullEvent] = []
    with pytest.raises(PullFailedError, match="HF_HUB_OFFLINE"):
        manager.pull(PullBody(model="nllb"), events.append)
    assert [each.status for each in events] == ["started"]
    assert manager.model("nllb").installed == []


def test_pull_tells_each_percent_of_a_file_once() -> None:
    events: list[PullEvent] = []
    reporter = Reporter(events.append)
    for done in range(0, 1001, 5):
        reporter.progress("a", done, 1000)
    reporter.progress("b", 0, 0)
    reporter.say("Converting.")
    assert [each.completed for each in events if each.file == "a"] == [*range(0, 1001, 10)]
    assert [each.file for each in events[-2:]] == ["b", None]
    assert events[-1].message == "Converting."


def test_import_leaves_the_entries_that_are_there(
    manager: Manager, settings: ServiceSettings, tmp_path: Path
) -> None:
    ours = manager.model("nllb").entry
    added = ours.model_copy(update={"id": "nllb-ours", "aliases": (), "default": False})
    file = tmp_path / "catalogue.toml"
    write_additions(file, [added])
    theirs = Manager(settings.model_copy(update={"catalogue_file": file}), machine_of=machine)
    exported = theirs.export(tmp_path / "export.json")

    assert theirs.import_(exported).skipped == ["nllb-ours: the catalogue has one"]
    assert manager.import_(exported).skipped == [
        "nllb-ours: LINGUA_NEXUS_CATALOGUE_FILE is not set"
    ]
    new = tmp_path / "new" / "catalogue.toml"
    there = Manager(settings.model_copy(update={"catalogue_file": new}), machine_of=machine)
    assert there.import_content(json.loads(exported.read_text())).entries == ["nllb-ours"]
    assert there.model("nllb-ours").entry.repository == ours.repository


def test_weights_come_by_file_only(manager: Manager, tmp_path: Path) -> None:
    install(tmp_path, "1", SMALL)
    file = manager.export(tmp_path / "export.tar", weights=["nllb"])
    described = bundle.read(file).model_dump(mode="json")
    with pytest.raises(InvalidBundleError, match="command line"):
        manager.import_content(described)
    with pytest.raises(NotInstalledError):
        manager.export(tmp_path / "other.tar", weights=["aya"])
    with pytest.raises(InvalidBundleError, match=r"export\.json"):
        manager.export(tmp_path / "export.json", weights=["nllb"])
    file.write_bytes(file.read_bytes()[:-2000])
    with pytest.raises(InvalidBundleError):
        manager.import_(file)


def test_nothing_is_chosen_where_nothing_is_kept(tmp_path: Path) -> None:
    install(tmp_path, "1", SMALL)
    manager = Manager(ServiceSettings(state_file=None), machine_of=machine)
    assert manager.model("nllb").installed
    with pytest.raises(StoreError, match="LINGUA_NEXUS_STATE_FILE"):
        manager.use(UseRequest(model="nllb"))


def test_files_of_ours_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("[[models]]\nid = 3\n")
    with pytest.raises(StoreError, match="broken"):
        Manager(ServiceSettings(catalogue_file=broken), machine_of=machine).models()
    with pytest.raises(StoreError, match="broken"):
        Manager(ServiceSettings(state_file=broken), machine_of=machine).current()
