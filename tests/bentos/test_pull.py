import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bentos import pull
from common.downloads import DownloadError
from models.base.weights import PullRequest, WeightsError
from models.nllb import weights
from tests.hub import Hub
from tests.tiny import tiny_nllb

REPO = "facebook/nllb-200-distilled-600M"
ROOT = Path(__file__).parents[2]
FILE = "pytorch_model.bin"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_nllb(tmp_path_factory.mktemp("original"))


@pytest.fixture
def hub(original: Path) -> Iterator[Hub]:
    with Hub().running() as server:
        server.publish_folder(REPO, original)
        yield server


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def start(home: Path, endpoint: str, *arguments: str) -> subprocess.Popen[str]:
    ours = {
        "BENTOML_HOME": str(home),
        "HF_ENDPOINT": endpoint,
        "HF_HUB_OFFLINE": "0",
        "HF_HOME": str(home.parent / "hf"),
    }
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "bentos.pull", "nllb", *arguments],
        cwd=ROOT,
        env=os.environ | ours,  # noqa: TID251 - the child's, with ours on top
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(home: Path, endpoint: str, *arguments: str) -> tuple[int, str, str]:
    process = start(home, endpoint, *arguments)
    out, error = process.communicate(timeout=120)
    return process.returncode, out, error


def stored(home: Path) -> list[Path]:
    return sorted(path.parent for path in (home / "models").glob("*/*/model.yaml"))


def test_pulled_model_is_in_the_store_and_served_before_the_demo(hub: Hub, home: Path) -> None:
    code, out, error = run(home, hub.endpoint)
    assert code == 0, error
    found = hub.find(REPO)
    assert found is not None
    tag = f"nllb:distilled-600m-int8-{found[0][:8]}"
    assert f"{tag} is in the model store. Its licence is CC-BY-NC-4.0." in out
    [folder] = stored(home)
    served = weights.resolve(None, folder)
    assert (served.demo, served.source, len(served.languages)) == (False, REPO, 202)
    assert (home / "models" / "nllb" / "latest").read_text() == served.version
    assert not list((home / "downloads" / "nllb").glob("facebook*"))

    hub.requests.clear()
    code, out, error = run(home, hub.endpoint)
    assert (code, hub.ranges(FILE)) == (0, [])
    assert f"{tag} is in the model store already." in out
    assert stored(home) == [folder]


def test_killed_pull_goes_on_where_it_was(hub: Hub, home: Path) -> None:
    sent = 50_000
    hub.faults.stall_after[FILE] = sent
    process = start(home, hub.endpoint)
    assert hub.faults.stalled.wait(60)
    deadline = time.monotonic() + 30
    while not any(path.stat().st_size == sent for path in home.rglob(f"{FILE}.partial")):
        assert time.monotonic() < deadline
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    assert stored(home) == []
    hub.faults.release.set()

    code, _, error = run(home, hub.endpoint)
    assert code == 0, error
    assert hub.ranges(FILE) == [None, f"bytes={sent}-"]
    assert len(stored(home)) == 1


def test_second_pull_at_the_same_time_is_refused(hub: Hub, home: Path) -> None:
    hub.faults.stall_after[FILE] = 10
    first = start(home, hub.endpoint)
    assert hub.faults.stalled.wait(60)
    code, _, error = run(home, hub.endpoint)
    assert (code, error) == (1, "error: another pull of nllb is running.\n")
    hub.faults.release.set()
    first.communicate(timeout=60)
    assert first.returncode == 0


@pytest.mark.parametrize(
    "fault", ["wrong bytes", "no hub", "gated", "no such model", "not a model"]
)
def test_failure_is_one_line_and_leaves_the_store_as_it_was(
    hub: Hub, home: Path, original: Path, fault: str
) -> None:
    arguments, endpoint, message = [], hub.endpoint, ""
    if fault == "wrong bytes":
        hub.faults.wrong.add(FILE)
        message = f"The checksum of {FILE} is not the one the hub gives; removed, try again."
    elif fault == "no hub":
        with Hub().running() as gone:
            endpoint = gone.endpoint
        message = "The hub cannot be reached (ConnectError)."
    elif fault == "gated":
        hub.faults.gated = True
        message = f"{REPO} is gated: accept its terms on the hub, then set HF_TOKEN."
    elif fault == "no such model":
        arguments = ["9B"]
        message = (
            "facebook/nllb-200-9B is not on the hub, or is private and HF_TOKEN gives no access."
        )
    else:
        hub.publish(
            REPO,
            {path.name: path.read_bytes() for path in original.iterdir()} | {"config.json": b"{}"},
        )
        message = "The model's architecture is None; the dense NLLB-200 models are 'm2m_100'."
    assert run(home, endpoint, *arguments)[::2] == (1, f"error: {message}\n")
    assert stored(home) == []


def test_folder_is_imported_without_a_hub(home: Path, original: Path) -> None:
    code, out, error = run(
        home, "http://127.0.0.1:1", "--from", str(original), "--quantization", "float32"
    )
    assert code == 0, error
    [folder] = stored(home)
    assert weights.read(folder).quantization == "float32"
    assert f"nllb:{folder.name} is in the model store." in out
    assert (original / FILE).is_file()


def test_full_disk_is_found_before_the_download(
    home: Path, original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bentos.store._root", lambda: home / "models")
    with pytest.raises(DownloadError, match=r"needed, 0\.00 GB free"):
        pull.pull("nllb", PullRequest(folder=original), lambda _: 1000)
    assert stored(home) == []


@pytest.mark.parametrize("name", ["nothing", "../nllb", "base"])
def test_name_that_is_no_model_is_refused(name: str) -> None:
    with pytest.raises(WeightsError, match=f"'{name}'"):
        pull.source_of(name)


def test_command_line_is_read_whole() -> None:
    given = [
        "nllb",
        "1.3B",
        "--quantization",
        "int16",
        "--shortlist",
        "fra_Latn, deu_Latn",
        "--shortlist-text",
        "a",
    ]
    expected = PullRequest(
        model="1.3B",
        quantization="int16",
        shortlist=("fra_Latn", "deu_Latn"),
        shortlist_texts=(Path("a"),),
    )
    assert pull.parse(given) == ("nllb", expected)
    with pytest.raises(SystemExit):
        pull.parse(["nllb", "--shortlist-text", "a"])
