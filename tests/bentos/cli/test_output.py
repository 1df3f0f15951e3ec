import io

import pytest
from rich.text import Text
from typing_extensions import override

from bentos.cli import output
from bentos.management.shapes import RemoveReport

LONG = "nllb:" + "x" * 90
SHAPE = RemoveReport(removed=[LONG])


def test_answer_is_json_or_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    output.show(SHAPE, Text("page   "), as_json=False)
    assert capsys.readouterr().out == "page\n"
    output.show(SHAPE, Text("page"), as_json=True)
    assert RemoveReport.model_validate_json(capsys.readouterr().out) == SHAPE


def test_text_is_not_wrapped(capsys: pytest.CaptureFixture[str]) -> None:
    output.show(SHAPE, f"Removed the long {LONG} of it.", as_json=False)
    assert capsys.readouterr().out == f"Removed the long {LONG} of it.\n"


def test_what_is_to_be_copied_is_whole_on_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    table = output.columns("Tag", "Text", whole=("Tag",), right=("Text",))
    table.add_row(LONG[:60], "many words that may be broken")
    output.show(SHAPE, table, as_json=False)
    assert LONG[:60] in capsys.readouterr().out


def test_markup_in_a_text_is_a_text(capsys: pytest.CaptureFixture[str]) -> None:
    output.show(SHAPE, output.facts({"Label": "[bold]not bold[/bold] :smile:"}), as_json=False)
    assert capsys.readouterr().out == "Label  [bold]not bold[/bold] :smile:\n"


def test_terminal_gets_styles_and_a_file_none(monkeypatch: pytest.MonkeyPatch) -> None:
    class Screen(io.StringIO):
        @override
        def isatty(self) -> bool:
            return True

    for screen, styled in ((Screen(), True), (io.StringIO(), False)):
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setattr("sys.stdout", screen)
        output.show(SHAPE, output.title("Title"), as_json=False)
        assert screen.getvalue() == ("\x1b[1mTitle\x1b[0m\n" if styled else "Title\n")
