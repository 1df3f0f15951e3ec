"""A pull that others watch, cancel, or run beside."""

import resource
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore
from huggingface_hub import constants

from bentos import pull, store
from bentos.management.manager import Manager
from bentos.management.shapes import PullBody, PullEvent
from bentos.pull import PullCancelledError, PullRunningError
from common import downloads
from common.downloads import DownloadError
from common.settings import ServiceSettings
from models.aya import source as aya
from models.base.weights import PullRequest, WeightsError, WeightsPlan
from models.nllb import source as nllb
from models.nllb import weights
from tests.hub import Hub
from tests.tiny import tiny_nllb
from tests.tiny_gguf import tiny_gguf
from tests.unprivileged import read_only, readable_folder

REPO = "facebook/nllb-200-distilled-600M"
AYA = "bartowski/aya-expanse-8b-GGUF"
FILE = "pytorch_model.bin"


@dataclass
class Audience:
    """A reporter that keeps what it was told, and cancels when `weary` says so."""

    weary: Callable[["Audience"], bool] = lambda _: False
    said: list[str] = field(default_factory=list)
    seen: list[tuple[str, int, int]] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.said.append(text)
        self._ask()

    def progress(self, file: str, done: int, size: int) -> None:
        self.seen.append((file, done, size))
        self._ask()

    def _ask(self) -> None:
        if self.weary(self):
            raise PullCancelledError


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_nllb(tmp_path_factory.mktemp("original"))


class Loopback:
    """A model's own source, asked of the hub on loopback."""

    def __init__(self, hub: Hub, plan: Callable[..., WeightsPlan]) -> None:
        self._hub = downloads.Hub(hub.endpoint, attempts=2, pause_s=0)
        self._plan = plan

    def plan(self, request: PullRequest, workspace: Path) -> WeightsPlan:
        return self._plan(request, workspace, self._hub)


@pytest.fixture
def hub(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with Hub().running() as server:
        server.publish_folder(REPO, original)
        file = tiny_gguf(tmp_path / "gguf", layers=1).read_bytes()
        server.publish(AYA, {"aya-expanse-8b-Q2_K.gguf": file})
        sources = {"nllb": Loopback(server, nllb.plan), "aya": Loopback(server, aya.plan)}
        monkeypatch.setattr(pull, "source_of", sources.__getitem__)
        yield server


@pytest.fixture
def home() -> Iterator[Path]:
    with readable_folder() as home:
        folder = home / "models"
        BentoMLContainer.model_store_dir.set(str(folder))
        BentoMLContainer.model_store.set(ModelStore(folder))
        yield home
        BentoMLContainer.model_store.reset()
        BentoMLContainer.model_store_dir.reset()


def partials(home: Path) -> list[Path]:
    return sorted((home / "downloads").rglob("*.partial"))


def test_pull_tells_how_it_goes(hub: Hub, home: Path) -> None:
    del home
    audience = Audience()
    folder = pull.pull("nllb", PullRequest(), audience)
    published = hub.find(REPO)
    assert published is not None
    size = len(published[1][FILE])
    assert (FILE, size, size) in audience.seen
    assert audience.said[-1].startswith(f"nllb:{folder.name} is in the model store.")
    assert [stored.path for stored in store.installed()] == [folder]
    assert store.integrity(store.installed()[0]) == []


def test_cancelled_download_leaves_no_model_and_what_arrived_to_go_on_from(
    hub: Hub, home: Path
) -> None:
    audience = Audience(lambda me: any(file == FILE and done > 0 for file, done, _ in me.seen))
    with pytest.raises(
        PullCancelledError, match="What was downloaded stays; the same pull goes on"
    ):
        pull.pull("nllb", PullRequest(), audience)
    assert store.installed() == []
    [partial] = partials(home)
    arrived = partial.stat().st_size
    assert 0 < arrived == audience.seen[-1][1] < audience.seen[-1][2]
    hub.requests.clear()
    pull.pull("nllb", PullRequest(), Audience())
    assert hub.ranges(FILE) == [f"bytes={arrived}-"]
    assert len(store.installed()) == 1


def test_pull_cancelled_during_conversion_leaves_no_model_and_the_download(
    hub: Hub, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled = threading.Event()
    convert = weights.convert

    def converting(source: Path, target: Path, quantization: str) -> None:
        cancelled.set()
        convert(source, target, quantization)

    monkeypatch.setattr(weights, "convert", converting)
    with pytest.raises(PullCancelledError):
        pull.pull("nllb", PullRequest(), Audience(lambda _: cancelled.is_set()))
    assert store.installed() == []
    assert list((home / "models").glob("*")) == []
    hub.requests.clear()
    pull.pull("nllb", PullRequest(), Audience())
    assert hub.ranges(FILE) == []
    assert len(store.installed()) == 1


def test_manager_passes_on_that_a_pull_was_cancelled_during_conversion(
    hub: Hub, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del hub
    cancelled = threading.Event()
    convert = weights.convert

    def converting(source: Path, target: Path, quantization: str) -> None:
        cancelled.set()
        convert(source, target, quantization)

    def report(event: PullEvent) -> None:
        del event
        if cancelled.is_set():
            raise PullCancelledError

    monkeypatch.setattr(weights, "convert", converting)
    manager = Manager(ServiceSettings(state_file=home / "state.sqlite3"))
    with pytest.raises(PullCancelledError, match="What was downloaded stays"):
        manager.pull(PullBody(model=REPO), report)
    assert store.installed() == []


@pytest.mark.parametrize("moment", ["explained", "installed"])
def test_model_is_in_the_store_whole_or_not_at_all(hub: Hub, home: Path, moment: str) -> None:
    del hub, home
    word = {"explained": "licence:", "installed": "is in the model store"}[moment]
    audience = Audience(lambda me: any(word in said for said in me.said))
    if moment == "explained":
        with pytest.raises(PullCancelledError):
            pull.pull("nllb", PullRequest(), audience)
        assert (store.installed(), audience.seen) == ([], [])
    else:
        folder = pull.pull("nllb", PullRequest(), audience)
        assert [stored.path for stored in store.installed()] == [folder]


def test_whatever_a_reporter_raises_ends_the_pull_as_it_is(hub: Hub, home: Path) -> None:
    del hub, home

    class GoneError(Exception):
        pass

    def gone(_: Audience) -> bool:
        raise GoneError

    with pytest.raises(GoneError):
        pull.pull("nllb", PullRequest(), Audience(gone))
    assert store.installed() == []


def test_same_model_twice_at_once_is_refused_and_another_is_pulled_meanwhile(
    hub: Hub, home: Path
) -> None:
    hub.faults.stall_after[FILE] = 10
    done: list[Path] = []
    first = threading.Thread(
        target=lambda: done.append(pull.pull("nllb", PullRequest(), Audience()))
    )
    first.start()
    assert hub.faults.stalled.wait(60)
    with pytest.raises(PullRunningError, match="another pull of nllb is running"):
        pull.pull("nllb", PullRequest(quantization="int16"), Audience())
    other = pull.pull("aya", PullRequest(quantization="Q2_K"), Audience())
    assert [stored.path for stored in store.installed()] == [other]
    hub.faults.release.set()
    first.join(60)
    assert {stored.path for stored in store.installed()} == {other, *done}
    assert (len(done), partials(home)) == (1, [])


def test_disk_that_fills_up_midway_leaves_the_store_and_what_arrived(
    hub: Hub, home: Path, original: Path
) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    largest = max(original.iterdir(), key=lambda path: path.stat().st_size)
    most = largest.stat().st_size - 1
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))
    try:
        with pytest.raises(DownloadError, match="File too large"):
            pull.pull("nllb", PullRequest(), Audience())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (store.installed(), [each.stat().st_size for each in partials(home)]) == ([], [most])
    hub.requests.clear()
    pull.pull("nllb", PullRequest(), Audience())
    assert hub.ranges(largest.name) == [f"bytes={most}-"]


def test_read_only_store_is_named_before_a_hub_is_asked(hub: Hub, home: Path) -> None:
    (home / "models").mkdir()
    with (
        read_only(home),
        pytest.raises(WeightsError, match=r"model store is read-only here: .*Permission denied"),
    ):
        pull.pull("nllb", PullRequest(), Audience())
    assert hub.requests == []
    assert list(home.iterdir()) == [home / "models"]


@pytest.mark.parametrize(("name", "there"), [("nllb", True), ("base", False), ("../x", False)])
def test_what_can_be_pulled_here_is_known(name: str, *, there: bool) -> None:
    assert pull.has_source(name) is there
