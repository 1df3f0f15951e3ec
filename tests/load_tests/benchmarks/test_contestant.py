"""Both engines on random weights made here: small ones, of the layout that is measured."""

from pathlib import Path

import pytest

from load_tests.benchmarks.engine import EngineProcess
from load_tests.benchmarks.shape import NLLB_600M, Shape, make, vocabulary
from load_tests.benchmarks.workload import Work, sentences
from models.nllb.weights import read

SMALL = Shape(vocabulary=4000, width=32, layers=1, feed_forward=64, heads=2, positions=128)
WORK = Work(threads=1, beam=2, max_tokens=12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("random") / "small"
    make(SMALL, folder)
    return folder


@pytest.mark.parametrize("engine", ["ctranslate2", "transformers"])
def test_every_translation_has_as_many_tokens_as_it_may(
    engine: str, folder: Path, tmp_path: Path
) -> None:
    with EngineProcess(engine, folder / engine, WORK, tmp_path / "log") as process:
        assert process.memory_bytes > 0
        run = process.run(4, 1)
    assert run.sentences == len(run.calls_ms) == 4
    assert run.tokens == 4 * WORK.max_tokens


def test_a_batch_is_one_call(folder: Path, tmp_path: Path) -> None:
    with EngineProcess("ctranslate2", folder / "ctranslate2", WORK, tmp_path / "log") as process:
        run = process.run(10, 4)
    assert len(run.calls_ms) == 3
    assert run.tokens == 10 * WORK.max_tokens


def test_a_contestant_that_cannot_start_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="tokenizer"),
        EngineProcess("ctranslate2", tmp_path, WORK, tmp_path / "log"),
    ):
        raise AssertionError


def test_the_service_takes_the_random_weights(folder: Path) -> None:
    weights = read(folder / "ctranslate2")
    assert len(weights.languages) == 202
    assert not weights.demo


def test_the_full_vocabulary_has_nllbs_layout() -> None:
    vocab, merges = vocabulary(NLLB_600M.pieces)
    assert len(vocab) == NLLB_600M.pieces == 256_001
    assert list(vocab)[:4] == ["<s>", "<pad>", "</s>", "<unk>"]
    assert all(left in vocab and right in vocab for left, right in merges)


def test_the_sentences_are_one_segment_each_and_in_four_languages() -> None:
    known = sentences(192)
    assert len(set(known)) == 192
    assert len({one.source for one in known}) == len({one.target for one in known}) == 4
    assert sentences(200)[192:] == known[:8]
