import json
import sys

import pytest

from bentos.cli.progress import reporting
from bentos.management.shapes import PullEvent

EVENTS = [
    PullEvent(status="started", message="NLLB, from somewhere."),
    *(
        PullEvent(status="downloading", file=name, completed=done, total=2_000_000)
        for name in ("one.bin", "two.bin")
        for done in (500_000, 1_000_000, 2_000_000)
    ),
    PullEvent(status="message", message="Converting\x1b[2J."),
    PullEvent(status="installed", tag="nllb:1"),
]
LINES = [
    "NLLB, from somewhere.",
    "Downloading one.bin, 2 MB.",
    "Downloading two.bin, 2 MB.",
    "Converting\ufffd[2J.",
]


def report(*, as_json: bool = False) -> None:
    with reporting(as_json=as_json) as told:
        for event in EVENTS:
            told(event)


def test_file_is_a_line_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    report()
    assert capsys.readouterr() == ("", "".join(f"{line}\n" for line in LINES))


def test_json_is_an_event_a_line_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    report(as_json=True)
    out, error = capsys.readouterr()
    assert [PullEvent.model_validate_json(line) for line in out.splitlines()] == EVENTS
    assert json.loads(out.splitlines()[-1]) == {"status": "installed", "tag": "nllb:1"}
    assert error == ""


@pytest.mark.parametrize(("terminal", "has_bar"), [("xterm-256color", True), ("dumb", False)])
def test_bar_is_shown_only_where_it_can_be_rewritten(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    terminal: str,
    has_bar: bool,
) -> None:
    monkeypatch.setenv("TERM", terminal)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    report()
    out, error = capsys.readouterr()
    assert out == ""
    assert ("%" in error) == has_bar
    for line in LINES:
        assert line in error
