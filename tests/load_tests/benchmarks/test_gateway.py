import argparse
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from load_tests.benchmarks import gateway
from load_tests.benchmarks.gateway import Found
from load_tests.benchmarks.goals import Goal


def part(value: float) -> Found:
    return Found({"some": value}, [Goal("any", value, 1, at_least=False)], ["FAILED   one"])


def test_the_long_part_is_measured_when_it_is_asked_for_or_nothing_is() -> None:
    def chosen(*arguments: str) -> list[str]:
        return gateway.chosen(gateway.parse(list(arguments)))

    assert chosen() == ["routing", "demand", "instances"]
    assert chosen("--quick") == ["routing", "demand"]
    assert chosen("--quick", "--only", "instances") == ["instances"]
    assert gateway.parse(["--quick"]).rounds == 3
    assert gateway.parse(["--quick", "--rounds", "1"]).rounds == 1


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Has the part on models on demand find a value instead of measuring."""

    def found(value: float) -> None:
        def measure(options: argparse.Namespace) -> Found:
            assert options.rounds == 5
            return part(value)

        monkeypatch.setitem(gateway.PARTS, "demand", measure)

    return found


def test_a_missed_goal_fails(measured: Callable[[float], None], tmp_path: Path) -> None:
    arguments = ["--only", "demand", "--out", str(tmp_path / "gateway.json")]
    measured(0.5)
    assert gateway.main(arguments) == 0
    measured(2)
    assert gateway.main(arguments) == 1
    assert gateway.main([*arguments, "--no-gate"]) == 0


def test_all_is_written_down(
    measured: Callable[[float], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    measured(2)
    out = tmp_path / "new" / "gateway.json"
    gateway.main(["--only", "demand", "--out", str(out)])
    written = json.loads(out.read_text())
    assert written["demand"]["some"] == 2
    assert 0 <= written["demand"]["others_share"] <= 1
    assert not written["goals"][0]["reached"]
    printed = capsys.readouterr().out
    assert "FAILED   one" in printed
    assert "of the processor's time meanwhile (demand)" in printed
