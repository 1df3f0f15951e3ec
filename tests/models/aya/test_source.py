import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from common import downloads
from common.checksums import sha256
from common.downloads import DownloadError, DownloadInterruptedError
from common.memory import Memory
from models.aya import source, weights
from models.aya.prompt import NAMES
from models.aya.settings import AyaSettings
from models.base.weights import PullRequest, WeightsError
from models.engines.llamacpp.contract import EngineSettings
from tests.hub import Hub
from tests.tiny import silent
from tests.tiny_gguf import tiny_gguf

REPO = "bartowski/aya-expanse-8b-GGUF"
PLENTY = Memory(64 * 10**9, "free on this machine")
LARGE, MIDDLE, SMALL = (f"aya-expanse-8b-{name}.gguf" for name in ("Q8_0", "Q4_K_M", "Q2_K"))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the hub has: three sizes, whatever their names say."""
    folder = tmp_path_factory.mktemp("files")
    layers = {LARGE: 3, MIDDLE: 2, SMALL: 1}
    made = {name: tiny_gguf(folder, name=name, layers=count) for name, count in layers.items()}
    contents = {name: path.read_bytes() for name, path in made.items()}
    beside = {
        "README.md": b"x",
        "aya-expanse-8b.imatrix": b"x",
        "aya-expanse-8b-Q4_0_4_4.gguf": b"",
    }
    return contents | beside


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, files: dict[str, bytes]) -> Iterator[Hub]:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with Hub().running() as server:
        server.publish(REPO, files)
        yield server


@pytest.fixture
def folder(tmp_path: Path, files: dict[str, bytes]) -> Path:
    """The files on an operator's disk."""
    path = tmp_path / "downloaded"
    path.mkdir()
    for name, content in files.items():
        (path / name).write_bytes(content)
    return path


def plan(hub: Hub, workspace: Path, memory: Memory = PLENTY, **request: object) -> source.Plan:
    client = downloads.Hub(hub.endpoint, attempts=2, pause_s=0)
    return source.plan(PullRequest(**request), workspace, client, memory)  # type: ignore[arg-type]


def test_pulled_weights_say_where_they_come_from(hub: Hub, tmp_path: Path) -> None:
    wanted = plan(hub, tmp_path, quantization="Q4_K_M")
    made = wanted.make(silent)
    read = weights.read(made)
    found = hub.find(REPO)
    assert found is not None
    assert (read.source, read.revision) == (REPO, found[0])
    assert read.version == f"expanse-8b-q4_k_m-{found[0][:8]}" == wanted.description.version
    assert (read.license, read.quantization, read.demo) == ("CC-BY-NC-4.0", "Q4_K_M", False)
    assert read.languages == tuple(NAMES)
    assert read.checksums == {MIDDLE: sha256(read.path)}
    assert sorted(path.name for path in made.iterdir()) == [MIDDLE, "lingua-nexus.json"]


def test_auto_is_the_default_and_takes_the_largest_that_fits(hub: Hub, tmp_path: Path) -> None:
    wanted = plan(hub, tmp_path)
    assert wanted.description.labels["quantization"] == "Q8_0"
    details = wanted.details()
    assert details["quantization"].startswith("Q8_0, the largest quantisation that fits 64.00 GB")
    assert details["download"] == "0.00 GB of 0.00 GB"
    assert "64.00 GB free on this machine; a GPU's is not counted" in details["memory"]
    with pytest.raises(WeightsError, match="No quantization fits the memory: the smallest, Q2_K"):
        plan(hub, tmp_path, Memory(10**8, "left of the container's limit"))


def test_plan_downloads_nothing(hub: Hub, tmp_path: Path) -> None:
    wanted = plan(hub, tmp_path)
    wanted.details()
    assert wanted.needed_bytes() > 200_000
    assert [path for _, path, _ in hub.requests if "/resolve/" in path] == []


def test_only_what_is_needed_is_downloaded(hub: Hub, tmp_path: Path) -> None:
    plan(hub, tmp_path, quantization="q2_k").make(silent)
    assert [path.rpartition("/")[2] for _, path, _ in hub.requests if "/resolve/" in path] == [
        SMALL
    ]


@pytest.mark.parametrize("name", [REPO, "aya-expanse-8b", "aya-expanse-8b-GGUF"])
def test_repository_may_be_named(hub: Hub, tmp_path: Path, name: str) -> None:
    assert plan(hub, tmp_path, model=name).description.source == REPO


@pytest.mark.parametrize("name", ["bartowski/aya-expanse-32b-GGUF", "CohereForAI/aya-expanse-8b"])
def test_other_repositories_are_refused_before_the_hub_is_asked(
    hub: Hub, tmp_path: Path, name: str
) -> None:
    with pytest.raises(WeightsError, match=f"Only {REPO} is served as Aya, not '{name}'"):
        plan(hub, tmp_path, model=name)
    assert hub.requests == []


def test_shortlist_is_refused(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no shortlist"):
        plan(hub, tmp_path, shortlist=("fra_Latn",))


def test_repository_without_weights_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.publish(REPO, {"README.md": b"x"})
    with pytest.raises(WeightsError, match=r"holds no aya-expanse-8b-<quantization>\.gguf"):
        plan(hub, tmp_path)


def test_interrupted_download_goes_on_where_it_was(hub: Hub, tmp_path: Path) -> None:
    hub.faults.cut_after[LARGE] = [50_000, 0, 0]
    with pytest.raises(DownloadInterruptedError):
        plan(hub, tmp_path).make(silent)
    again = plan(hub, tmp_path)
    size = again._size()
    assert again.needed_bytes() == size - 50_000 + source._SPARE_BYTES
    weights.read(again.make(silent))
    assert hub.ranges(LARGE)[-1] == "bytes=50000-"
    assert again.needed_bytes() == source._SPARE_BYTES


def test_checksum_of_the_hub_is_held_to(hub: Hub, tmp_path: Path) -> None:
    hub.faults.wrong.add(LARGE)
    wanted = plan(hub, tmp_path)
    with pytest.raises(
        DownloadError, match=f"The checksum of {LARGE} is not the one the hub gives"
    ):
        wanted.make(silent)
    assert not list(tmp_path.rglob("*.gguf"))


def test_next_smaller_ones_are_offered_to_the_last(hub: Hub, tmp_path: Path) -> None:
    first = plan(hub, tmp_path)
    second = first.fallback()
    assert second is not None
    assert second.description.version.startswith("expanse-8b-q4_k_m-")
    assert second.details()["quantization"] == "Q4_K_M, the next smaller one than Q8_0"
    third = second.fallback()
    assert third is not None
    assert third.fallback() is None
    assert weights.read(third.make(silent)).quantization == "Q2_K"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content[:-1], "is truncated"),
        (lambda content: b"<html>" + content, "is not a GGUF file"),
        (lambda content: content.replace(b"command-r", b"command-x"), "is no command-r model"),
        (
            lambda content: content.replace(b"<BOS_TOKEN>", b"<BIS_TOKEN>"),
            "lacks the special token",
        ),
    ],
)
def test_file_that_is_not_ayas_is_refused_by_name_and_not_kept(
    hub: Hub, tmp_path: Path, folder: Path, *, change: object, message: str
) -> None:
    assert callable(change)
    content = change((folder / LARGE).read_bytes())
    hub.publish(REPO, {LARGE: content})
    (folder / LARGE).write_bytes(content)
    for wanted in (
        plan(hub, tmp_path / "work", quantization="Q8_0"),
        plan(hub, tmp_path / "work", quantization="Q8_0", folder=folder),
    ):
        with pytest.raises(WeightsError, match=rf"^aya-expanse-8b-Q8_0\.gguf {message}"):
            wanted.make(silent)
    assert not list((tmp_path / "work").rglob("*.gguf"))


def test_folder_is_imported_without_a_hub(tmp_path: Path, folder: Path) -> None:
    wanted = source.plan(PullRequest(folder=folder), tmp_path / "work", memory=PLENTY)
    digest = sha256(folder / LARGE)
    assert wanted.description.version == f"expanse-8b-q8_0-{digest[:8]}"
    read = weights.read(wanted.make(silent))
    assert (read.source, read.revision) == ("folder downloaded", digest)
    assert (folder / LARGE).is_file()
    assert wanted.needed_bytes() > read.path.stat().st_size


def test_single_file_is_imported_as_what_it_is(tmp_path: Path, folder: Path) -> None:
    request = PullRequest(folder=folder / MIDDLE, quantization="auto")
    read = weights.read(source.plan(request, tmp_path / "work", memory=PLENTY).make(silent))
    assert (read.source, read.quantization) == (f"file {MIDDLE}", "Q4_K_M")
    renamed = shutil.copyfile(folder / MIDDLE, tmp_path / "mine.gguf")
    plan_of_it = source.plan(PullRequest(folder=renamed), tmp_path / "work", memory=PLENTY)
    assert plan_of_it.description.labels["quantization"] == "Q8_0"
    assert plan_of_it.fallback() is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none", "There is no file or folder"),
        ("README.md", "is not a GGUF file"),
        ("empty", "holds no aya-expanse"),
    ],
)
def test_path_that_holds_no_weights_is_refused(
    tmp_path: Path, folder: Path, name: str, message: str
) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(WeightsError, match=message):
        source.plan(PullRequest(folder=folder / name), tmp_path / "work", memory=PLENTY)


def test_nothing_beside_the_service_is_needed_to_pull(folder: Path, tmp_path: Path) -> None:
    source.plan(PullRequest(folder=folder), tmp_path, memory=PLENTY).check_tools()


def test_memory_is_planned_for_what_the_settings_say(tmp_path: Path, folder: Path) -> None:
    settings = AyaSettings(slots=3, context_tokens=512, prefix_tokens=64, prefill_tokens=32)
    assert settings.engine().cells == 3 * 512 + 64
    assert settings.engine().rows == 32
    default = source.plan(PullRequest(folder=folder), tmp_path, memory=PLENTY)
    cells = EngineSettings().cells
    assert f"KV cache {cells * 68 * 1024 / 1e9:.2f} GB" in default.details()["memory"]
