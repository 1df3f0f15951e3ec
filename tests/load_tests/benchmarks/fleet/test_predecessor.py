"""Both engines in one process: NLLB on small random weights, llama.cpp on the demo's."""

from pathlib import Path

from load_tests.benchmarks.fleet import machine
from load_tests.benchmarks.fleet.predecessor import Predecessor
from load_tests.benchmarks.shape import Shape, make
from load_tests.benchmarks.workload import Work
from load_tests.server import ROOT

_AYA = ROOT / "models" / "aya" / "demo" / "weights" / "aya-demo.gguf"
_SMALL = Shape(vocabulary=4000, width=32, layers=1, feed_forward=64, heads=2, positions=128)


def test_one_process_answers_for_both_and_holds_both(tmp_path: Path) -> None:
    make(_SMALL, tmp_path / "small")
    work = Work(threads=1, beam=2, max_tokens=12)
    with Predecessor(
        tmp_path / "small" / "transformers", _AYA, work, 5, tmp_path / "log"
    ) as process:
        nllb, aya = process.run("nllb", 2), process.run("aya", 3)
        memory = machine.memory_of(process.pid)
    assert memory.processes == 1
    assert memory.anonymous > 0
    assert process.memory_bytes > 0
    assert (nllb.sentences, nllb.tokens, len(nllb.calls_ms)) == (2, 24, 2)
    assert (aya.sentences, aya.tokens, len(aya.calls_ms)) == (3, 15, 3)
