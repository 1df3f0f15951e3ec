"""An export made here and imported into another home, and what must not be imported at all."""

import io
import json
import resource
import tarfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from filelock import FileLock

from bentos import pull, store
from bentos.management import bundle
from bentos.management.bundle import BundleError, Extracted
from bentos.pull import Terminal
from common.catalogue.catalogue import Catalogue
from common.state.file import StateFile
from common.state.records import Choice, Running, Weights
from models.base.manifest import MANIFEST
from models.base.weights import PullRequest
from models.nllb import weights
from tests.bentos.management.shelf import empty_store, install
from tests.tiny import tiny_nllb
from tests.unprivileged import read_only, readable_folder

Members = list[tuple[tarfile.TarInfo, bytes]]
NOTHING = ["downloads", "downloads/imports", "downloads/imports/.lock"]
"""What an import leaves of itself, with the store as it was."""
CHOICE = Choice("translation", "nllb-600m", "nllb", "1")


@pytest.fixture
def state(tmp_path: Path) -> StateFile:
    """Of the machine that exports."""
    file = StateFile(tmp_path / "state.sqlite3")
    file.choose(CHOICE)
    weights = Weights("nllb", "1", "org/model", "int8")
    file.begin(Running(weights, 2**22 - 1, datetime.now(UTC)), memory_bytes=1000)
    return file


@pytest.fixture
def exported(tmp_path: Path, state: StateFile) -> Path:
    """Two versions; the second is the newer one."""
    for version in ("2", "1"):
        install(tmp_path, version)
    target = tmp_path / "models.tar"
    bundle.write(target, state.dump(), Catalogue.load().entries[:2], store.installed())
    return target


@pytest.fixture
def elsewhere(exported: Path, tmp_path: Path) -> Iterator[Path]:
    """Another machine's home, empty."""
    del exported
    with empty_store(tmp_path / "elsewhere") as models:
        yield models.parent


def listing(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home)) for path in home.rglob("*"))


def rewritten(source: Path, change: Callable[[Members], object]) -> Path:
    """The same tar with other members, as tarfile writes it."""
    with tarfile.open(source) as tar:
        members = [(info, (tar.extractfile(info) or io.BytesIO()).read()) for info in tar]
    change(members)
    target = source.with_name("rewritten.tar")
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return target


def described(source: Path, change: Callable[[dict[str, object]], None]) -> Path:
    """The same tar with another bundle.json."""

    def describe(members: Members) -> None:
        info, content = members[0]
        description = json.loads(content)
        change(description)
        text = json.dumps(description).encode()
        info.size = len(text)
        members[0] = (info, text)

    return rewritten(source, describe)


def test_exported_weights_are_served_elsewhere(
    exported: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINGUA_NEXUS_STATE_FILE", str(elsewhere / "state.sqlite3"))
    assert bundle.extract(exported) == Extracted(("nllb:2", "nllb:1"), ())
    newest = store.serving("nllb")
    assert newest == elsewhere / "models" / "nllb" / "1"
    StateFile(elsewhere / "state.sqlite3").choose(Choice("translation", "nllb", "nllb", "2"))
    assert store.serving("nllb") == elsewhere / "models" / "nllb" / "2"
    for stored in store.installed():
        assert store.integrity(stored) == []
    assert [stored.metadata["languages"] for stored in store.installed()] == [["eng_Latn"]] * 2
    assert store.installed()[0].labels == {"quantization": "int8", "license": "CC-BY-NC-4.0"}


def test_facts_come_back_as_they_were(exported: Path, state: StateFile, elsewhere: Path) -> None:
    found = bundle.read(exported)
    assert found.additions == Catalogue.load().entries[:2]
    assert found.state == state.dump()
    there = StateFile(elsewhere / "state.sqlite3")
    there.merge(found.state)
    assert there.choices() == [CHOICE]
    assert [each.memory_bytes for each in there.measurements()] == [1000]
    assert not (elsewhere / "models").exists()


@pytest.mark.parametrize("name", ["facts.json", "facts.tar", "facts.JSON", "facts"])
def test_facts_alone_go_into_either(tmp_path: Path, state: StateFile, name: str) -> None:
    target = tmp_path / name
    bundle.write(target, state.dump(), Catalogue.load().entries[:1])
    assert bundle.read(target).state == state.dump()
    assert bundle.extract(target) == Extracted((), ())
    assert target.read_bytes().startswith(b"{") == name.lower().endswith(".json")


def test_json_that_was_edited_is_read(tmp_path: Path, state: StateFile) -> None:
    target = tmp_path / "facts.json"
    bundle.write(target, state.dump())
    target.write_text(f"\n {json.dumps(json.loads(target.read_text()))}")
    assert bundle.read(target).state.choices == [CHOICE]


def test_weights_do_not_go_into_json(tmp_path: Path, state: StateFile) -> None:
    install(tmp_path, "1")
    with pytest.raises(BundleError, match=r"do not go into facts\.json; name it facts\.tar"):
        bundle.write(tmp_path / "facts.json", state.dump(), weights=store.installed())


def test_only_what_is_chosen_is_brought(exported: Path, elsewhere: Path) -> None:
    del elsewhere
    assert bundle.extract(exported, ["nllb:1"]) == Extracted(("nllb:1",), ())
    assert [stored.tag for stored in store.installed()] == ["nllb:1"]
    assert store.integrity(store.installed()[0]) == []
    with pytest.raises(BundleError, match="holds no nllb:3"):
        bundle.extract(exported, ["nllb:3"])


def test_what_is_there_already_stays(exported: Path, elsewhere: Path, tmp_path: Path) -> None:
    install(tmp_path / "again", "2", source="another/one")
    before = (elsewhere / "models" / "nllb" / "2" / "model.yaml").read_bytes()
    assert bundle.extract(exported) == Extracted(("nllb:1",), ("nllb:2",))
    assert (elsewhere / "models" / "nllb" / "2" / "model.yaml").read_bytes() == before
    assert bundle.extract(exported) == Extracted((), ("nllb:2", "nllb:1"))


def test_what_a_killed_import_left_is_cleared_away(exported: Path, elsewhere: Path) -> None:
    left = elsewhere / "downloads" / "imports" / "files" / "nllb" / "1"
    left.mkdir(parents=True)
    (left / "model.bin").write_bytes(b"half")
    assert len(bundle.extract(exported).brought) == 2
    assert not (elsewhere / "downloads" / "imports" / "files").exists()
    assert all(store.integrity(stored) == [] for stored in store.installed())


def test_second_import_at_the_same_time_is_refused(exported: Path, elsewhere: Path) -> None:
    workspace = elsewhere / "downloads" / "imports"
    workspace.mkdir(parents=True)
    with (
        FileLock(workspace / ".lock"),
        pytest.raises(BundleError, match=r"models\.tar: Another import is running"),
    ):
        bundle.extract(exported)
    assert store.installed() == []


def test_damaged_weights_are_not_exported(tmp_path: Path, state: StateFile) -> None:
    (install(tmp_path, "1") / "model.bin").write_bytes(b"x")
    target = tmp_path / "models.tar"
    target.write_bytes(b"before")
    with pytest.raises(BundleError, match=r"nllb:1 is not exported: model\.bin has 1 bytes"):
        bundle.write(target, state.dump(), weights=store.installed())
    assert target.read_bytes() == b"before"


def test_space_is_asked_for_before_anything_is_written(
    exported: Path, elsewhere: Path, tmp_path: Path, state: StateFile
) -> None:
    with pytest.raises(BundleError, match="Not enough disk space"):
        bundle.write(tmp_path / "b.tar", state.dump(), free=lambda _: 1000)
    with pytest.raises(BundleError, match="Not enough disk space"):
        bundle.extract(exported, free=lambda _: 1000)
    assert listing(elsewhere) == NOTHING


def test_disk_that_takes_no_more_leaves_no_half(
    exported: Path, elsewhere: Path, tmp_path: Path, state: StateFile
) -> None:
    kept = state.dump()
    before = exported.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50, limits[1]))
    try:
        with pytest.raises(BundleError, match=r"models\.tar: File too large"):
            bundle.write(exported, kept)
        with pytest.raises(BundleError, match=r"models\.tar: File too large"):
            bundle.extract(exported)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert exported.read_bytes() == before
    assert list(tmp_path.glob(".export-*")) == []
    assert listing(elsewhere) == NOTHING
    assert bundle.extract(exported).brought == ("nllb:2", "nllb:1")


def hostile_member(members: Members, info: tarfile.TarInfo) -> None:
    """In place of the first file."""
    members[1] = (info, b"" if info.size == 0 else members[1][1])


def named(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


HOSTILE: dict[str, Callable[[Members], object]] = {
    "path": lambda members: hostile_member(members, named("../../models/nllb/x")),
    "absolute": lambda members: hostile_member(members, named("/etc/x")),
    "link": lambda members: hostile_member(
        members, named("0" * 64, tarfile.SYMTYPE, "/etc/passwd")
    ),
    "hard link": lambda members: hostile_member(
        members, named("x", tarfile.LNKTYPE, "/etc/passwd")
    ),
    "device": lambda members: hostile_member(members, named("x", tarfile.CHRTYPE)),
    "folder": lambda members: hostile_member(members, named("x", tarfile.DIRTYPE)),
    "order": lambda members: members.insert(1, members.pop()),
    "twice": lambda members: members.insert(1, members[1]),
    "more": lambda members: members.append(members[-1]),
    "less": lambda members: members.pop(),
    "no description": lambda members: members.pop(0),
    "content": lambda members: members.__setitem__(
        -1, (members[-1][0], b"\0" * members[-1][0].size)
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_tar_that_is_not_ours_is_refused_with_one_line_and_the_store_as_it_was(
    exported: Path, elsewhere: Path, kind: str
) -> None:
    source = rewritten(exported, HOSTILE[kind])
    with pytest.raises(BundleError, match=r"^rewritten\.tar: ") as caught:
        bundle.extract(source)
    assert len(str(caught.value).splitlines()) == 1
    assert listing(elsewhere) in ([], NOTHING)


@pytest.mark.parametrize(
    "member",
    [
        {"name": "../x"},
        {"name": "/etc/x"},
        {"name": "a\\b"},
        {"name": "model.yaml"},
        {"name": MANIFEST},
        {"size": 2**62},
        {"size": -1},
        {"size": 0},
        {"sha256": "0" * 64},
    ],
)
def test_description_that_lies_is_refused_and_the_store_as_it_was(
    exported: Path, elsewhere: Path, member: dict[str, object]
) -> None:
    def lie(description: dict[str, object]) -> None:
        weights = description["weights"]
        assert isinstance(weights, list)
        [file] = [each for each in weights[1]["files"] if each["name"] == "model.bin"]
        file.update(member)

    source = described(exported, lie)
    with pytest.raises(BundleError, match=r"^rewritten\.tar: "):
        bundle.extract(source)
    assert listing(elsewhere) in ([], NOTHING)


def test_weights_whose_own_manifest_says_something_else_are_refused(
    exported: Path, elsewhere: Path
) -> None:
    """A bundle must not bring what a later check of the store would call damaged."""

    def swap(description: dict[str, object]) -> None:
        weights = description["weights"]
        assert isinstance(weights, list)
        for file in weights[0]["files"]:
            file["name"] = {"model.bin": "other.bin"}.get(file["name"], file["name"])

    with pytest.raises(BundleError, match=r"of nllb:2 is missing, or names other files"):
        bundle.extract(described(exported, swap))
    assert listing(elsewhere) == NOTHING


def test_bundle_of_a_later_format_is_named(exported: Path) -> None:
    source = described(exported, lambda description: description.update(format=2))
    with pytest.raises(BundleError, match=r"rewritten\.tar: It is of format 2"):
        bundle.read(source)


@pytest.mark.parametrize("end", [0, 1, 511, 600, -1, -1024, -5000])
def test_cut_bundle_is_refused_before_anything_is_written(
    exported: Path, elsewhere: Path, end: int
) -> None:
    cut = exported.with_name("cut.tar")
    cut.write_bytes(exported.read_bytes()[:end])
    for take in (bundle.read, bundle.extract):
        with pytest.raises(BundleError, match=r"^cut\.tar: "):
            take(cut)
    assert listing(elsewhere) == []


@pytest.mark.parametrize(
    "content", [b"", b"\x1f\x8b compressed", b"{}", b"{", b"PK\3\4", b'{"format": 1}', b"x" * 9999]
)
def test_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "some.file"
    file.write_bytes(content)
    with pytest.raises(BundleError, match=r"^some\.file: It is no bundle"):
        bundle.read(file)


def test_json_that_lists_weights_is_refused(exported: Path) -> None:
    facts = exported.with_name("facts.json")
    facts.write_text(bundle.read(exported).model_dump_json())
    with pytest.raises(BundleError, match="lists weights and holds none"):
        bundle.extract(facts)


@pytest.mark.parametrize("name", ["none.tar", "."])
def test_missing_file_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(BundleError, match="There is no such file"):
        bundle.read(tmp_path / name)


def test_read_only_store_takes_no_import(exported: Path) -> None:
    with readable_folder() as home, empty_store(home):
        source = home / "models.tar"
        source.write_bytes(exported.read_bytes())
        with read_only(home), pytest.raises(BundleError, match=r"models\.tar: .*Permission denied"):
            bundle.extract(source)
        assert [path.name for path in home.iterdir()] == ["models.tar"]


def test_pulled_model_is_loaded_where_it_was_imported(tmp_path: Path, state: StateFile) -> None:
    original = tiny_nllb(tmp_path / "original")
    pulled = pull.pull("nllb", PullRequest(folder=original), Terminal())
    target = tmp_path / "models.tar"
    bundle.write(target, state.dump(), weights=store.installed())
    with empty_store(tmp_path / "elsewhere") as models:
        bundle.extract(target)
        served = store.serving("nllb")
        assert served == models / "nllb" / pulled.name
        weights.check(served)
        assert weights.resolve(None, served).demo is False
        assert store.integrity(store.installed()[0]) == []
        assert len(store.installed()[0].metadata["languages"]) == 202
