"""What the store says of its entries, and which one it serves."""

import logging
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import bentoml
import pytest
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore

from bentos import store
from bentos.store import RemovalError, Stored
from common.checksums import sha256
from common.settings import ServiceSettings
from common.state.file import StateFile
from common.state.records import Choice
from models.base.manifest import MANIFEST, Manifest, write_manifest
from tests.unprivileged import read_only, readable_folder

SHM = Path("/dev/shm")  # noqa: S108 - another file system than the temporary folder's
METADATA = {"source": "org/model", "revision": "abcdef", "quantization": "int8", "license": "MIT"}


@pytest.fixture(autouse=True)
def home() -> Iterator[Path]:
    """An empty BentoML home that may become read-only."""
    with readable_folder() as home:
        folder = home / "models"
        BentoMLContainer.model_store_dir.set(str(folder))
        BentoMLContainer.model_store.set(ModelStore(folder))
        yield home
        BentoMLContainer.model_store.reset()
        BentoMLContainer.model_store_dir.reset()


@pytest.fixture
def state(home: Path, monkeypatch: pytest.MonkeyPatch) -> StateFile:
    monkeypatch.setenv("LINGUA_NEXUS_STATE_FILE", str(home / "state" / "state.sqlite3"))
    file = ServiceSettings().state_file
    assert file is not None
    return StateFile(file)


def weights(folder: Path, content: bytes = b"weights") -> Path:
    folder.mkdir()
    file = folder / "model.bin"
    file.write_bytes(content)
    manifest = Manifest(
        name="nllb",
        version="1",
        source="org/model",
        revision="abcdef",
        license="MIT",
        quantization="int8",
        languages=("eng_Latn", "fra_Latn"),
        sizes={file.name: len(content)},
        checksums={file.name: sha256(file)},
    )
    write_manifest(folder, manifest)
    return folder


def put(tmp_path: Path, version: str, name: str = "nllb") -> Path:
    return store.create(name, version, weights(tmp_path / f"{name}-{version}"), {}, METADATA)


def the_one() -> Stored:
    [stored] = store.installed()
    return stored


def choose(state: StateFile, version: str) -> None:
    state.choose(Choice("translation", "nllb-600m", "nllb", version))


def test_empty_store_has_nothing_installed(state: StateFile) -> None:
    assert store.installed() == []
    assert store.serving("nllb") is None
    assert not state.path.exists()


def test_entry_tells_what_was_written_when_it_was_made(tmp_path: Path) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    folder = put(tmp_path, "1-int8")
    stored = the_one()
    assert (stored.tag, stored.name, stored.version) == ("nllb:1-int8", "nllb", "1-int8")
    assert (stored.source, stored.revision) == ("org/model", "abcdef")
    assert (stored.quantization, stored.license) == ("int8", "MIT")
    assert stored.path == folder
    assert stored.size_bytes == sum(path.stat().st_size for path in folder.iterdir())
    assert before <= stored.created <= datetime.now(UTC)
    assert stored.metadata["source"] == "org/model"


def test_entries_are_listed_the_oldest_first_whatever_their_names(tmp_path: Path) -> None:
    for version in ("2", "1"):
        put(tmp_path, version)
    put(tmp_path, "0", name="aya")
    assert [stored.tag for stored in store.installed()] == ["nllb:2", "nllb:1", "aya:0"]


def test_what_bentoml_imported_is_installed_and_served(tmp_path: Path, state: StateFile) -> None:
    put(tmp_path, "1")
    bentoml.models.export_model("nllb:1", str(tmp_path / "nllb.bentomodel"))
    bentoml.models.delete("nllb:1")
    bentoml.models.import_model(str(tmp_path / "nllb.bentomodel"))
    stored = the_one()
    assert store.serving("nllb") == stored.path
    assert store.integrity(stored) == []
    assert stored.source == "org/model"
    choose(state, "1")
    assert store.serving("nllb") == stored.path


def test_entry_without_our_metadata_is_described_by_its_manifest(tmp_path: Path) -> None:
    store.create("nllb", "1", weights(tmp_path / "made"), {}, {})
    assert (the_one().source, the_one().license) == ("org/model", "MIT")


def test_models_of_others_are_listed_and_what_is_unknown_is_said(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    store.create("iris", "1", tmp_path / "made", {}, {})
    stored = the_one()
    assert (stored.source, stored.quantization, stored.license) == ("unknown",) * 3
    assert stored.revision is None
    assert "cannot be verified" in store.integrity(stored)[0]


@pytest.mark.parametrize(
    "entry", [None, b"", b"[]", b"name: x", b"\xff\xfe\x00", b"a: [", b"- " * 99]
)
def test_broken_entry_is_skipped_with_a_warning(
    tmp_path: Path, entry: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    broken, whole = put(tmp_path, "1"), put(tmp_path, "2")
    file = broken / "model.yaml"
    file.unlink() if entry is None else file.write_bytes(entry)
    assert the_one().path == whole
    assert "nllb:1 of the model store is broken" in caplog.text


def test_half_a_manifest_is_listed_and_found_by_the_check(tmp_path: Path) -> None:
    manifest = put(tmp_path, "1") / MANIFEST
    manifest.write_bytes(manifest.read_bytes()[:50])
    assert the_one().source == "org/model"
    assert store.integrity(the_one()) == [
        "lingua-nexus.json is missing or broken: the files cannot be verified."
    ]


def test_changed_file_is_found_by_the_check(tmp_path: Path) -> None:
    folder = put(tmp_path, "1")
    assert store.integrity(the_one()) == []
    (folder / "model.bin").write_bytes(b"WEIGHTS")
    assert store.integrity(the_one()) == ["model.bin was changed: its checksum is another."]


def test_what_is_no_entry_is_passed_over(tmp_path: Path, home: Path) -> None:
    put(tmp_path, "1")
    (home / "models" / "file").write_text("x")
    (home / "models" / ".hidden" / "1").mkdir(parents=True)
    (home / "models" / "nllb" / "UPPER").mkdir()
    assert [stored.tag for stored in store.installed()] == ["nllb:1"]


def test_choice_is_served_and_not_the_newest(tmp_path: Path, state: StateFile) -> None:
    first, second = put(tmp_path, "1"), put(tmp_path, "2")
    assert store.serving("nllb") == second
    choose(state, "1")
    assert store.serving("nllb") == first
    assert store.serving("aya") is None


def test_choice_that_is_gone_gives_way_to_the_newest_and_that_is_said(
    tmp_path: Path, state: StateFile, caplog: pytest.LogCaptureFixture
) -> None:
    choose(state, "1")
    assert store.serving("nllb") is None
    assert "nllb:1 was chosen and is not in the store: the embedded demo is served" in caplog.text
    second = put(tmp_path, "2")
    assert store.serving("nllb") == second
    assert "2 is served" in caplog.text


@pytest.mark.parametrize("version", ["../../outside", "/outside", "", "..", "A" * 100])
def test_choice_cannot_lead_out_of_the_store(home: Path, state: StateFile, version: str) -> None:
    outside = home / "outside"
    outside.mkdir()
    (outside / "model.yaml").touch()
    (home / "models" / "nllb").mkdir(parents=True)
    choose(state, version)
    assert store.serving("nllb") is None


def test_broken_state_file_gives_way_to_the_newest_and_that_is_said(
    tmp_path: Path, state: StateFile, caplog: pytest.LogCaptureFixture
) -> None:
    folder = put(tmp_path, "1")
    state.path.parent.mkdir()
    state.path.write_bytes(b"no database" * 1000)
    assert store.serving("nllb") == folder
    assert "the newest is served" in caplog.text


def test_no_state_file_leaves_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINGUA_NEXUS_STATE_FILE", "")
    assert store.serving("nllb") is None
    folder = put(tmp_path, "1")
    assert store.serving("nllb") == folder


def test_read_only_store_lists_and_serves_and_says_why_nothing_is_removed(
    tmp_path: Path, home: Path, state: StateFile
) -> None:
    first, second = put(tmp_path, "1"), put(tmp_path, "2")
    (home / "models" / "nllb" / "latest").unlink()
    choose(state, "1")
    with read_only(home):
        assert [stored.version for stored in store.installed()] == ["1", "2"]
        assert store.serving("nllb") == first
        assert store.newest("nllb") == second
        stored = store.installed()[0]
        assert store.integrity(stored) == []
        with pytest.raises(RemovalError, match=r"nllb:1 cannot be removed from .*: Permission"):
            store.remove(stored)
    assert first.is_dir()


def test_removed_version_is_gone_whole_and_the_newest_left_is_served(
    tmp_path: Path, home: Path
) -> None:
    first = put(tmp_path, "1")
    put(tmp_path, "2")
    store.remove(store.installed()[1])
    assert [stored.version for stored in store.installed()] == ["1"]
    assert (home / "models" / "nllb" / "latest").read_text() == "1"
    assert store.serving("nllb") == first
    assert bentoml.models.get("nllb:latest").path == str(first)
    store.remove(the_one())
    assert store.installed() == []
    assert store.serving("nllb") is None
    assert [path.name for path in home.iterdir()] == ["models"]
    assert list((home / "models").iterdir()) == []


def test_what_is_removed_already_is_said(tmp_path: Path) -> None:
    put(tmp_path, "1")
    stored = the_one()
    store.remove(stored)
    with pytest.raises(RemovalError, match="nllb:1 is not in the model store"):
        store.remove(stored)


def test_broken_neighbour_stays_where_one_is_removed(tmp_path: Path) -> None:
    broken = put(tmp_path, "1")
    put(tmp_path, "2")
    (broken / "model.yaml").unlink()
    store.remove(the_one())
    assert broken.is_dir()


@pytest.mark.skipif(not SHM.is_dir(), reason="needs a second file system")
def test_store_on_a_volume_of_its_own_takes_and_gives(tmp_path: Path, home: Path) -> None:
    with tempfile.TemporaryDirectory(dir=SHM) as volume:
        (home / "models").symlink_to(volume)
        put(tmp_path, "1")
        second = put(tmp_path, "2")
        assert store.integrity(store.installed()[1]) == []
        store.remove(store.installed()[0])
        assert (the_one().path, store.newest("nllb")) == (second, second)
        assert [path.name for path in Path(volume).iterdir()] == ["nllb"]


def test_warnings_are_only_of_what_is_wrong(
    tmp_path: Path, state: StateFile, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path, "1")
    choose(state, "1")
    store.serving("nllb")
    store.installed()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
