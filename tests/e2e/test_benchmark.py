"""The benchmark's contestants on the served demo: they do the same work."""

from pathlib import Path

import pytest

from load_tests.benchmarks import callers, startup
from load_tests.benchmarks.engine import EngineProcess
from load_tests.benchmarks.stages import planned
from load_tests.benchmarks.workload import Work, sentences
from load_tests.server import ROOT
from tests.e2e.found import Demo

WORK = Work(threads=1, beam=1, max_tokens=64)
WEIGHTS = ROOT / "models" / "nllb" / "demo" / "weights"
of_nllb = pytest.mark.parametrize("demo", ["nllb"], indirect=True)


@of_nllb
def test_the_service_writes_what_the_engine_writes(demo: Demo, tmp_path: Path) -> None:
    with EngineProcess("ctranslate2", WEIGHTS, WORK, tmp_path / "log") as engine:
        theirs = engine.run(24, 8)
    question = callers.Translate({"beam_size": WORK.beam}, WORK.max_tokens)
    ours = callers.run(demo.url, sentences(24), 8, question)
    assert ours.sentences == len(ours.calls_ms) == 24
    # A sentence that goes round in a loop is translated again, and then otherwise.
    assert ours.tokens == theirs.tokens or ours.repeated


@of_nllb
def test_a_refused_request_ends_the_measurement(demo: Demo) -> None:
    impossible = callers.Translate({"beam_size": 99}, WORK.max_tokens)
    with pytest.raises(callers.WrongAnswerError, match="422"):
        callers.run(demo.url, sentences(2), 2, impossible)


def test_the_service_that_does_nothing_becomes_ready(tmp_path: Path) -> None:
    server = startup.trivial(tmp_path)
    with server:
        assert server.ready_after_s > 0


def test_the_service_estimates_what_it_is_asked_to_plan(demo: Demo) -> None:
    few, many = (
        planned(demo.url, {"model": "aya", "quantization": "Q4_K_M", "slots": slots})
        for slots in (1, 8)
    )
    # Seven slots more, of 2,048 tokens with keys and values of 68 KiB each.
    assert many - few >= 7 * 2048 * 68 * 1024
    assert few > 5e9
