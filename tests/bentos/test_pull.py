import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typing_extensions import override

from bentos import pull
from bentos.pull import PullRunningError, Terminal
from common.downloads import DownloadError, DownloadInterruptedError
from models.aya import weights as aya_weights
from models.base.weights import Description, Progress, PullRequest, WeightsError, WeightsPlan
from models.nllb import weights
from tests.hub import Hub
from tests.tiny import tiny_nllb
from tests.tiny_gguf import tiny_gguf

REPO = "facebook/nllb-200-distilled-600M"
ROOT = Path(__file__).parents[2]
FILE = "pytorch_model.bin"
RUNNING = "error: another pull of nllb is running.\n"


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


def start(home: Path, endpoint: str, *arguments: str, model: str = "nllb") -> subprocess.Popen[str]:
    ours = {
        "BENTOML_HOME": str(home),
        "HF_ENDPOINT": endpoint,
        "HF_HUB_OFFLINE": "0",
        "HF_HOME": str(home.parent / "hf"),
    }
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "bentos.pull", model, *arguments],
        cwd=ROOT,
        env=os.environ | ours,  # noqa: TID251 - the child's, with ours on top
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(home: Path, endpoint: str, *arguments: str, model: str = "nllb") -> tuple[int, str, str]:
    process = start(home, endpoint, *arguments, model=model)
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
    assert (code, error) == (1, RUNNING)
    hub.faults.release.set()
    first.communicate(timeout=60)
    assert first.returncode == 0


@pytest.mark.parametrize(
    "fault", ["wrong bytes", "hostile name", "no hub", "gated", "no such model", "not a model"]
)
def test_failure_is_one_line_and_leaves_the_store_as_it_was(
    hub: Hub, home: Path, original: Path, fault: str
) -> None:
    arguments, endpoint, message = [], hub.endpoint, ""
    if fault == "wrong bytes":
        hub.faults.wrong.add(FILE)
        message = f"The checksum of {FILE} is not the one the hub gives; removed, try again."
    elif fault == "hostile name":
        files = {path.name: path.read_bytes() for path in original.iterdir()}
        hub.publish(REPO, files | {"../../outside.bin": b"x"})
        message = "The hub lists a file that would leave its folder: '../../outside.bin'."
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
        pull.pull("nllb", PullRequest(folder=original), Terminal(), lambda _: 1000)
    assert stored(home) == []


@pytest.mark.parametrize("name", ["nothing", "../nllb", "base"])
def test_name_that_is_no_model_is_refused(name: str) -> None:
    with pytest.raises(WeightsError, match=f"'{name}'"):
        pull.source_of(name)


def test_dry_run_says_what_it_takes_and_downloads_nothing_large(hub: Hub, home: Path) -> None:
    code, out, error = run(home, hub.endpoint, "--dry-run")
    assert code == 0, error
    found = hub.find(REPO)
    assert found is not None
    lines = out.splitlines()
    assert lines[0] == f"nllb:distilled-600m-int8-{found[0][:8]}"
    said = dict(line.strip().split(": ", 1) for line in lines[1:-1])
    topics = ["source", "quantization", "download", "memory", "disk", "licence"]
    assert list(said) == topics
    assert said["source"].strip() == f"{REPO} at {found[0][:8]}"
    assert said["licence"].strip() == "CC-BY-NC-4.0"
    assert re.fullmatch(r"[\d.]+ GB needed, [\d.]+ GB free", said["disk"].strip())
    assert lines[-1] == "A dry run: nothing was pulled."
    assert hub.ranges(FILE) == []
    assert stored(home) == []


class Screen(io.StringIO):
    """A terminal's part in a pull."""

    @override
    def isatty(self) -> bool:
        return True


def test_progress_is_one_line_that_is_rewritten_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    terminal = Terminal()
    for done in (0, 1, 500, 1000, 1000):
        terminal.progress("a.bin", done, 1000)
    assert screen.getvalue() == "\r  0 % \r 50 % \r100 % \n"
    assert capsys.readouterr().out == "Downloading a.bin, 0.00 GB.\n"


def test_progress_is_one_line_a_file_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal()
    for name in ("a.bin", "b.bin"):
        for done in (0, 500_000_000, 1_000_000_000):
            terminal.progress(name, done, 1_000_000_000)
    said = capsys.readouterr()
    assert said.out == "Downloading a.bin, 1.00 GB.\nDownloading b.bin, 1.00 GB.\n"
    assert said.err == ""


class Rung(WeightsPlan):
    """A plan that fails with each of the errors in turn, and then succeeds."""

    def __init__(self, folder: Path, errors: list[Exception]) -> None:
        self.folder = folder
        self._errors = errors
        version = f"step-{len(errors)}"
        self.description = Description(version, "somewhere", "abcdef0123", "MIT", {}, {})

    @override
    def needed_bytes(self) -> int:
        return 1000

    @override
    def check_tools(self) -> None:
        pass

    @override
    def make(self, progress: Progress) -> Path:
        if self._errors:
            raise self._errors[0]
        made = self.folder / "made"
        made.mkdir(parents=True)
        (made / "weights").touch()
        return made

    @override
    def fallback(self) -> WeightsPlan | None:
        return Rung(self.folder, self._errors[1:]) if self._errors else None


class Ladder:
    """A `source` module's part in a pull."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)

    def plan(self, request: PullRequest, workspace: Path) -> WeightsPlan:
        del request
        return Rung(workspace / "work", self._errors)


@pytest.fixture
def own_store(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("bentos.store._root", lambda: home / "models")
    return home


def test_what_cannot_be_had_gives_way_to_the_next_and_that_is_said(
    own_store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ladder = Ladder(WeightsError("a.gguf is truncated."), DownloadError("No b.gguf."))
    monkeypatch.setattr(pull, "source_of", lambda _: ladder)
    assert pull.pull("some", PullRequest(), Terminal()).name == "step-0"
    said = capsys.readouterr().out
    assert "step-2 cannot be had: a.gguf is truncated." in said
    assert "step-1 cannot be had: No b.gguf." in said
    assert "some:step-0 is in the model store. Its licence is MIT." in said
    assert [path.name for path in stored(own_store)] == ["step-0"]


def test_interrupted_download_is_gone_on_from_and_not_given_up(
    own_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ladder = Ladder(DownloadInterruptedError("Run the command again to go on from here."))
    monkeypatch.setattr(pull, "source_of", lambda _: ladder)
    with pytest.raises(DownloadInterruptedError):
        pull.pull("some", PullRequest(), Terminal())
    assert stored(own_store) == []


def test_dry_run_says_what_is_there_already(
    own_store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pull, "source_of", lambda _: Ladder())
    pull.preview("some", PullRequest(), Terminal())
    assert "already" not in capsys.readouterr().out
    pull.pull("some", PullRequest(), Terminal())
    pull.preview("some", PullRequest(), Terminal())
    assert "It is in the model store already." in capsys.readouterr().out
    assert len(stored(own_store)) == 1


@pytest.mark.parametrize(
    ("failure", "code", "said"),
    [
        (WeightsError("No such model."), 1, "error: No such model.\n"),
        (DownloadError("No hub."), 1, "error: No hub.\n"),
        (PermissionError(13, "Permission denied"), 1, "error: [Errno 13] Permission denied\n"),
        (PullRunningError("another pull of nllb is running."), 1, RUNNING),
        (KeyboardInterrupt(), 130, "interrupted: the same command goes on from here.\n"),
        (None, 0, ""),
    ],
)
@pytest.mark.usefixtures("own_store")
def test_command_ends_with_one_line_and_a_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    failure: BaseException | None,
    code: int,
    said: str,
) -> None:
    def source_of(name: str) -> Ladder:
        assert name == "nllb"
        if failure is not None:
            raise failure
        return Ladder()

    monkeypatch.setattr(pull, "source_of", source_of)
    assert pull.main(["nllb"]) == code
    assert capsys.readouterr().err == said


@pytest.fixture
def aya_hub(tmp_path: Path) -> Iterator[Hub]:
    layers = {"Q8_0": 3, "Q4_K_M": 2, "Q2_K": 1}
    files = {
        f"aya-expanse-8b-{name}.gguf": tiny_gguf(tmp_path / "gguf", layers=count).read_bytes()
        for name, count in layers.items()
    }
    with Hub().running() as server:
        server.publish("bartowski/aya-expanse-8b-GGUF", files)
        yield server


def test_quantization_that_cannot_be_had_gives_way_to_a_smaller_one(
    aya_hub: Hub, home: Path
) -> None:
    aya_hub.faults.wrong.add("aya-expanse-8b-Q8_0.gguf")
    aya_hub.faults.status["aya-expanse-8b-Q4_K_M.gguf"] = [404]
    code, out, error = run(home, aya_hub.endpoint, "--quantization", "Q8_0", model="aya-expanse-8b")
    assert code == 0, error
    assert re.search(r"expanse-8b-q8_0-\w+ cannot be had: The checksum of aya-expanse-8b-Q8", out)
    assert re.search(r"expanse-8b-q4_k_m-\w+ cannot be had: The hub answered 404", out)
    [folder] = stored(home)
    assert folder.parent.name == "aya"
    served = aya_weights.read(folder)
    assert (served.quantization, served.license) == ("Q2_K", "CC-BY-NC-4.0")
    assert f"aya:{served.version} is in the model store." in out


def test_dry_run_of_aya_says_why_which_quantization(aya_hub: Hub, home: Path) -> None:
    code, out, error = run(
        home, aya_hub.endpoint, "--dry-run", "--quantization", "q4_k_m", model="aya"
    )
    assert code == 0, error
    assert "  quantization: Q4_K_M, as asked for" in out
    assert "  licence:      CC-BY-NC-4.0\n" in out
    assert "KV cache 1.21 GB" in out
    assert not [path for _, path, _ in aya_hub.requests if "/resolve/" in path]


def test_alias_of_a_bentofile_names_the_same_model_to_a_pull() -> None:
    for bentofile in ROOT.glob("bentofile.*.yaml"):
        name = bentofile.name.split(".")[1]
        found = re.search(r"^# aliases: *(.*)$", bentofile.read_text(), re.MULTILINE)
        for alias in [name, *(found[1].split() if found else [])]:
            assert pull.full_name(alias) == name
    assert pull.full_name("aya-expanse-8b") == "aya"
    assert pull.full_name("nothing") == "nothing"
