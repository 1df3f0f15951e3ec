"""Random weights made here, of the layout that is measured, and the contestant that reads them."""

import json
from pathlib import Path

import gguf
import pytest

from load_tests.benchmarks.engine import ContestantProcess
from load_tests.benchmarks.llamacpp.shape import AYA_8B, Shape, make, tensors
from tests.tiny_gguf import tiny_gguf

SMALL = Shape(layers=8, width=256, heads=4, kv_heads=2, feed_forward=512, context=512)
LOCKED = "load_tests.benchmarks.llamacpp.locked"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("random")
    return make(SMALL, tiny_gguf(folder), folder / "small")


def test_the_weights_load_and_write_as_many_tokens_as_are_asked_for(
    weights: Path, tmp_path: Path
) -> None:
    with ContestantProcess(LOCKED, [str(weights), "1", "64"], tmp_path / "log") as process:
        assert process.memory_bytes > 0
        job = {"prompts": [[3, 20, 30], [3, 20, 31], [4]], "callers": 2, "tokens": 5}
        run = process.ask(job)
    assert (run.sentences, run.tokens, run.tokens_in) == (3, 15, 7)
    assert len(run.calls_ms) == 3


def test_the_numbers_are_those_of_a_network(weights: Path) -> None:
    for tensor in gguf.GGUFReader(weights).tensors:
        values = gguf.dequantize(tensor.data, tensor.tensor_type)
        if tensor.name.endswith("norm.weight"):
            assert (values == 1).all()
        else:
            assert values.std() == pytest.approx(0.02, rel=0.1)
            assert abs(values.mean()) < 0.001


def test_the_manifest_belongs_to_the_file(weights: Path) -> None:
    facts = json.loads((weights.parent / "lingua-nexus.json").read_text())
    assert facts["sizes"] == {"small.gguf": weights.stat().st_size}
    assert not weights.parent.with_name("small.unfinished").exists()


def test_the_full_shape_is_that_of_eight_billion_weights_in_q4_k_m() -> None:
    found = list(tensors(AYA_8B, 256_000))
    weights = sum((tensor.rows or 1) * tensor.columns for tensor in found)
    size = sum(tensor.rows * tensor.bytes_per_row for tensor in found)
    assert weights == pytest.approx(8.03e9, rel=0.001)
    assert size == pytest.approx(5.05e9, rel=0.01)
    assert AYA_8B.kv_bytes_per_token == 68 * 1024
