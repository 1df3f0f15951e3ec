from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from bentos.cli.command import lingua_nexus
from tests.bentos.cli.typed import environment, python


def completed(typed: str, begun: str) -> set[str]:
    shell = ShellComplete(lingua_nexus, {}, "lingua-nexus", "_LINGUA_NEXUS_COMPLETE")
    return {item.value for item in shell.get_completions(typed.split(), begun)}


def test_commands_options_and_models_are_completed() -> None:
    assert completed("models", "re") == {"recommend"}
    assert completed("models list --family", "tr") == {"translation"}
    small = {"nllb-200-distilled-600m", "nllb-200-distilled-1.3b"}
    assert completed("models show", "NLLB-200-d") == completed("models plan", "nllb-200-d") == small


def test_broken_catalogue_completes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[[")
    monkeypatch.setenv("LINGUA_NEXUS_CATALOGUE_FILE", str(broken))
    assert completed("models show", "nllb") == set()


def test_shell_is_answered(home: Path) -> None:
    asked = {
        "_LINGUA_NEXUS_COMPLETE": "bash_complete",
        "COMP_WORDS": "lingua-nexus models re",
        "COMP_CWORD": "2",
    }
    program = "from bentos.cli import main; main()"
    code, out, error = python(environment(home) | asked, "-c", program)
    assert (code, out, error) == (0, "plain,recommend\n", "")
