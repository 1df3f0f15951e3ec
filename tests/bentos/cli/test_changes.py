import io
import json
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typing_extensions import override

from bentos import pull
from bentos.cli import main
from bentos.management.manager import Manager
from bentos.management.settings import ManagementSettings
from bentos.management.shapes import CurrentModel, ImportReport
from common.downloads import DownloadInterruptedError
from common.settings import ServiceSettings
from tests.bentos.cli.conftest import Run
from tests.bentos.cli.typed import Terminal, environment, piped, plain
from tests.bentos.management.shelf import LARGE, SMALL, empty_store, install, machine
from tests.bentos.test_pull import Ladder, stored
from tests.hub import Hub
from tests.tiny_gguf import tiny_gguf

NLLB = "nllb-200-distilled-600m"
FILE = "aya-expanse-8b-Q2_K.gguf"
PULL = ("models", "pull", "aya", "--quant", "Q2_K")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    content = tiny_gguf(tmp_path / "gguf", layers=1).read_bytes()
    with Hub().running() as server:
        server.publish("bartowski/aya-expanse-8b-GGUF", {FILE: content})
        yield server


def test_pull_says_each_file_once_where_it_is_piped(hub: Hub, home: Path) -> None:
    code, out, error = piped(environment(home, hub.endpoint), *PULL)
    assert code == 0, error
    [folder] = stored(home)
    assert out == f"Installed aya:{folder.name}.\n"
    lines = [line for line in error.splitlines() if line.startswith(f"Downloading {FILE}, ")]
    assert len(lines) == 1
    code, out, error = piped(environment(home), "models", "list", "--installed", "--json")
    assert code == 0, error
    assert [each["id"] for each in json.loads(out)["models"]] == ["aya"]


def test_pull_as_json_is_an_event_a_line(hub: Hub, home: Path) -> None:
    code, out, error = piped(environment(home, hub.endpoint), *PULL, "--json")
    assert code == 0, error
    events = [json.loads(line) for line in out.splitlines()]
    assert events[0]["status"] == "started"
    assert events[-1] == {"status": "installed", "tag": f"aya:{stored(home)[0].name}"}
    done = [event for event in events if event["status"] == "downloading"]
    assert done
    assert done[-1]["completed"] == done[-1]["total"]


def test_pull_is_cancelled_with_ctrl_c_and_the_same_command_goes_on(hub: Hub, home: Path) -> None:
    sent = 1_000
    hub.faults.stall_after[FILE] = sent
    terminal = Terminal(environment(home, hub.endpoint), *PULL)
    assert hub.faults.stalled.wait(60)
    terminal.until("%")
    code = terminal.end("\x03")
    hub.faults.release.set()
    said = plain(terminal.written)
    assert code == 130, said
    assert f"Downloading {FILE}, " in said
    assert "interrupted: the same command goes on from here." in said
    assert "Traceback" not in said
    assert stored(home) == []

    hub.requests.clear()
    code, _, error = piped(environment(home, hub.endpoint), *PULL)
    assert code == 0, error
    assert hub.ranges(FILE) == [f"bytes={sent}-"]
    assert len(stored(home)) == 1


def test_pull_from_a_terminal_leaves_lines_and_no_bar(hub: Hub, home: Path) -> None:
    terminal = Terminal(environment(home, hub.endpoint), *PULL)
    assert terminal.end() == 0, terminal.written
    assert plain(terminal.written).rstrip().endswith(f"Installed aya:{stored(home)[0].name}.")
    assert stored(home)[0].name.startswith("expanse-8b-q2_k")
    assert terminal.written.count("\x1b[?25l") == terminal.written.count("\x1b[?25h")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("pull nothing", "There is no model 'nothing'"),
        ("pull nllb --quant Q9", "has no quantization 'Q9'"),
        ("pull llama-3.1-8b", "No Bento serves llama-3.1-8b yet."),
        ("use nllb", "There is no nllb-200-distilled-600m in the model store."),
        ("rm nllb --yes", "There is no nllb in the model store."),
        ("rm nothing --yes", "There is no"),
        ("export {folder}/out.zip --weights aya", "There is no aya in the model store."),
    ],
)
def test_what_cannot_be_done_is_one_line(
    run: Run, tmp_path: Path, arguments: str, said: str
) -> None:
    done = run("models", *arguments.format(folder=tmp_path).split())
    assert (done.code, done.out) == (1, "")
    assert done.error.startswith("error: ")
    assert done.error.count("\n") == 1
    assert said in done.error
    assert not (tmp_path / "out.zip").exists()


def test_pull_that_failed_says_why(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    failure = DownloadInterruptedError("The connection broke.")
    monkeypatch.setattr(pull, "source_of", lambda _: Ladder(failure))
    done = run("models", "pull", "nllb")
    assert (done.code, done.out) == (1, "")
    assert done.error.splitlines()[-1] == "error: The connection broke."
    done = run("models", "pull", "nllb", "--json")
    assert done.code == 1
    failed = {"status": "failed", "message": "The connection broke."}
    assert json.loads(done.out.splitlines()[-1]) == failed


def test_interrupted_pull_ends_with_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def source_of(name: str) -> Ladder:
        del name
        signal.raise_signal(signal.SIGINT)
        return Ladder()

    monkeypatch.setattr(pull, "source_of", source_of)
    done = run("models", "pull", "nllb")
    assert done.code == 130
    assert done.error.splitlines()[-1] == "interrupted: the same command goes on from here."


def test_pulled_tag_is_said(run: Run, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr(pull, "source_of", lambda _: Ladder())
    done = run("models", "pull", "nllb")
    assert (done.code, done.out) == (0, "Installed nllb:step-0.\n"), done.error
    assert [path.name for path in stored(home)] == ["step-0"]
    done = run("models", "pull", "nllb", "--json")
    assert json.loads(done.out.splitlines()[-1])["tag"] == "nllb:step-0"


def test_used_model_is_current(run: Run, tmp_path: Path) -> None:
    install(tmp_path, "1-int8", LARGE)
    done = run("models", "use", "nllb-200-1.3b", "--version", "1-int8")
    assert done.out == "nllb-200-1.3b 1-int8 is the translation model from the next start on.\n"
    assert re.search(r"translation +nllb-200-1\.3b +1-int8$", run("models", "current").out, re.M)
    again = run("models", "use", "nllb-200-1.3b", "--json")
    assert CurrentModel.model_validate_json(again.out).version == "1-int8"
    assert run("models", "use", "nllb-200-1.3b", "--version", "2").code == 1


def test_removing_needs_yes_where_nobody_can_be_asked(home: Path, tmp_path: Path) -> None:
    install(tmp_path, "1", SMALL)
    code, out, error = piped(environment(home), "models", "rm", "nllb")
    assert (code, out) == (2, "")
    assert error.startswith("error: Without a terminal to ask on, --yes is needed.")
    assert len(stored(home)) == 1
    assert piped(environment(home), "models", "rm", "nllb", "--yes")[:2] == (0, "Removed nllb:1.\n")
    assert stored(home) == []


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        ("y\n", 0, "Removed nllb:2."),
        ("\n", 1, "Nothing was removed."),
        ("\x03", 130, "interrupted."),
    ],
)
def test_removing_asks_on_a_terminal(
    home: Path, tmp_path: Path, answer: str, code: int, said: str
) -> None:
    install(tmp_path, "1", LARGE)
    install(tmp_path, "2", SMALL)
    terminal = Terminal(environment(home), "models", "rm", NLLB)
    terminal.until("Remove nllb:2? [y/N]: ")
    assert terminal.end(answer) == code
    assert said in terminal.written
    assert "Traceback" not in terminal.written
    assert len(stored(home)) == (1 if code == 0 else 2)


class Typist(io.StringIO):
    """Somebody at a terminal."""

    @override
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("name", "answer", "code"), [(NLLB, "n", 1), ("nllb:1", "y", 0)])
def test_removing_follows_the_answer(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    name: str,
    answer: str,
    code: int,
) -> None:
    install(tmp_path, "1", SMALL)
    monkeypatch.setattr(sys, "stdin", Typist(f"{answer}\n"))
    done = run("models", "rm", name)
    assert done.code == code
    assert "Remove nllb:1? [y/N]: " in done.error
    assert len(stored(tmp_path / "home")) == code


def test_nobody_is_asked_about_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Typist())
    done = run("models", "rm", NLLB)
    assert (done.code, done.error) == (1, f"error: There is no {NLLB} in the model store.\n")


def test_model_in_use_is_removed_only_when_forced(run: Run, home: Path, tmp_path: Path) -> None:
    install(tmp_path, "1", SMALL)
    run("models", "use", "nllb")
    done = run("models", "rm", "nllb", "--yes")
    assert (done.code, done.out) == (1, "")
    assert "it is the one in use" in done.error
    done = run("models", "rm", "nllb:1", "--yes", "--force", "--json")
    assert (done.code, json.loads(done.out)) == (0, {"removed": ["nllb:1"]})
    assert stored(home) == []


def test_export_is_imported_into_an_empty_home(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install(tmp_path, "1", SMALL)
    run("models", "use", "nllb")
    file = tmp_path / "all.bundle"
    done = run("models", "export", str(file), "--weights", "nllb")
    assert (done.code, done.out) == (0, f"Exported to {file}.\n"), done.error
    done = run("models", "export", str(tmp_path / "state.bundle"), "--json")
    assert json.loads(done.out) == {"path": str(tmp_path / "state.bundle")}

    settings = ServiceSettings(state_file=tmp_path / "other" / "state.sqlite3")
    with empty_store(tmp_path / "other" / "home"):
        other = Manager(settings, ManagementSettings(), machine)
        assert main(["models", "import", str(file)], lambda: other) == 0
        assert "Weights\n  nllb:1\n" in capsys.readouterr().out
        assert len(stored(tmp_path / "other" / "home")) == 1
        assert main(["models", "import", str(file), "--json"], lambda: other) == 0
        ImportReport.model_validate_json(capsys.readouterr().out)
    done = run("models", "import", str(tmp_path / "nothing"))
    assert done.code == 2
    assert "does not exist" in done.error
    (tmp_path / "broken").write_bytes(b"nothing of ours")
    done = run("models", "import", str(tmp_path / "broken"))
    assert (done.code, done.out, done.error.count("\n")) == (1, "", 1)
