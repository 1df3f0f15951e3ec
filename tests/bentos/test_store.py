from collections.abc import Iterator
from pathlib import Path

import bentoml
import pytest
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore

from bentos import store

LABELS = {"quantization": "int8"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Iterator[Path]:
    """An empty BentoML home; BentoML reads BENTOML_HOME once a process."""
    folder = tmp_path / "home" / "models"
    BentoMLContainer.model_store_dir.set(str(folder))
    BentoMLContainer.model_store.set(ModelStore(folder))
    yield tmp_path / "home"
    BentoMLContainer.model_store.reset()
    BentoMLContainer.model_store_dir.reset()


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    (folder / "inner").mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"weights")
    (folder / "inner" / "note").write_text("x")
    return folder


def again(made: Path) -> Path:
    made.mkdir(exist_ok=True)
    (made / "model.bin").write_bytes(b"newer")
    return made


def listing(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home)) for path in home.rglob("*"))


def test_empty_store_has_no_newest() -> None:
    assert store.newest("nllb") is None
    assert store.find("nllb", "1") is None


def test_entry_is_bentomls_own(made: Path, home: Path) -> None:
    folder = store.create("nllb", "1-int8", made, LABELS, {"languages": ["eng_Latn", "fra_Latn"]})
    entry = bentoml.models.get("nllb:1-int8")
    assert entry.path == str(folder) == str(home / "models" / "nllb" / "1-int8")
    assert entry.info.labels == LABELS
    assert entry.info.metadata["languages"] == ["eng_Latn", "fra_Latn"]
    assert (folder / "model.bin").read_bytes() == b"weights"
    assert (folder / "inner" / "note").read_text() == "x"
    assert [str(model.tag) for model in bentoml.models.list()] == ["nllb:1-int8"]
    assert store.newest("nllb") == store.find("nllb", "1-int8") == folder


def test_last_one_put_in_is_the_newest(made: Path) -> None:
    first = store.create("nllb", "2", made, LABELS, {})
    second = store.create("nllb", "1", again(made), LABELS, {})
    assert store.newest("nllb") == second
    bentoml.models.delete("nllb:1")
    assert store.newest("nllb") == first


def test_nothing_is_left_beside_the_store(made: Path, home: Path) -> None:
    store.create("nllb", "1", made, LABELS, {})
    assert [path.name for path in home.iterdir()] == ["models"]


def test_same_version_twice_leaves_the_first(made: Path, home: Path) -> None:
    store.create("nllb", "1", made, LABELS, {})
    before = listing(home)
    with pytest.raises(OSError, match="not empty"):
        store.create("nllb", "1", again(made), LABELS, {})
    assert listing(home) == before
    assert (home / "models" / "nllb" / "1" / "model.bin").read_bytes() == b"weights"


def test_failure_leaves_the_store_as_it_was(made: Path, home: Path) -> None:
    store.create("nllb", "1", made, LABELS, {})
    before = listing(home)
    with pytest.raises(FileNotFoundError):
        store.create("nllb", "2", made / "none", LABELS, {})
    assert listing(home) == before


def test_exported_entry_comes_back_on_another_machine(
    made: Path, home: Path, tmp_path: Path
) -> None:
    store.create("nllb", "1", made, LABELS, {})
    bentoml.models.export_model("nllb:1", str(tmp_path / "nllb.bentomodel"))
    bentoml.models.delete("nllb:1")
    bentoml.models.import_model(str(tmp_path / "nllb.bentomodel"))
    newest = store.newest("nllb")
    assert newest is not None
    assert (newest / "model.bin").read_bytes() == b"weights"
    assert newest.is_relative_to(home)


def test_broken_newest_is_given_to_whoever_can_say_what_is_wrong(made: Path) -> None:
    folder = store.create("nllb", "1", made, LABELS, {})
    (folder / "model.yaml").unlink()
    assert store.newest("nllb") == folder


@pytest.mark.parametrize("latest", ["", "gone", "../..", "\xff", None])
def test_newest_is_found_where_bentoml_did_not_note_it(
    made: Path, home: Path, latest: str | None
) -> None:
    store.create("nllb", "2", made, LABELS, {})
    last = store.create("nllb", "1", again(made), LABELS, {})
    note = home / "models" / "nllb" / "latest"
    note.unlink() if latest is None else note.write_bytes(latest.encode("latin-1"))
    assert store.newest("nllb") == last


def test_work_is_done_on_the_stores_file_system(home: Path) -> None:
    assert store.workspace("nllb").is_relative_to(home)
