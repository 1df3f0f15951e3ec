import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.base.exceptions import InitializationError, TranslationError
from models.nllb.backend import (
    Backend,
    CTranslate2Backend,
    Decoding,
    EncodedSegment,
    TransformersBackend,
    load_backend,
)
from models.nllb.settings import NLLBSettings
from models.nllb.tokenizer import NLLBTokenizer
from models.nllb.weights import DEMO, convert

REFERENCE = DEMO.parent / "transformers"
SENTENCES = Path("tests/data/parallel/valid.multiref.jsonl")
TOKENIZER = NLLBTokenizer(DEMO / "tokenizer.json")
FLOAT32 = NLLBSettings(device="cpu", compute_type="float32", threads=2)
LANGUAGES = ["eng_Latn", "fra_Latn", "deu_Latn", "spa_Latn"]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """The demo in float32, made from the reference's files."""
    source = tmp_path_factory.mktemp("float32") / "transformers"
    shutil.copytree(REFERENCE, source)
    # The converter computes the positions in this type; the reference has them in float32.
    config = json.loads((source / "config.json").read_text())
    (source / "config.json").write_text(json.dumps(config | {"dtype": "float32"}))
    folder = source.with_name("weights")
    convert(source, folder, "float32")
    backend = CTranslate2Backend(folder, FLOAT32)
    yield backend
    backend.close()


@pytest.fixture(scope="module")
def reference() -> Iterator[Backend]:
    backend = TransformersBackend(REFERENCE, FLOAT32)
    yield backend
    backend.close()


@pytest.fixture(scope="module", params=["engine", "reference"])
def either(request: pytest.FixtureRequest) -> Backend:
    backend: Backend = request.getfixturevalue(request.param)
    return backend


@pytest.fixture(scope="module")
def batch() -> list[EncodedSegment]:
    """Fifty sentences, all twelve language pairs mixed."""
    pairs = [(a, b) for a in LANGUAGES for b in LANGUAGES if a != b]
    rows = [json.loads(line)["text"] for line in SENTENCES.read_text(encoding="utf-8").splitlines()]
    return [
        segment(row[pairs[place % 12][0]], *pairs[place % 12])
        for place, row in enumerate(rows[:50])
    ]


def segment(text: str, source: str = "eng_Latn", target: str = "fra_Latn") -> EncodedSegment:
    return EncodedSegment(TOKENIZER.pieces(text), source, target)


@pytest.mark.parametrize(
    "decoding",
    [
        Decoding(beam_size=1, max_pieces=80),
        Decoding(beam_size=4, max_pieces=80),
        Decoding(beam_size=4, max_pieces=14, min_pieces=12, no_repeat_ngram_size=2),
        Decoding(beam_size=1, max_pieces=80, repetition_penalty=1.3),
    ],
    ids=["greedy", "beam", "constrained-beam", "penalty"],
)
def test_both_engines_write_the_same(
    engine: Backend, reference: Backend, batch: list[EncodedSegment], decoding: Decoding
) -> None:
    ours, theirs = engine.translate(batch, decoding), reference.translate(batch, decoding)
    assert ours == theirs
    assert len({result.pieces for result in ours}) > 40


@pytest.mark.parametrize("beam_size", [1, 2, 4])
def test_both_engines_score_alike(
    engine: Backend, reference: Backend, batch: list[EncodedSegment], beam_size: int
) -> None:
    decoding = Decoding(beam_size=beam_size, max_pieces=80)
    ours, theirs = engine.translate(batch, decoding), reference.translate(batch, decoding)
    scores = [result.score for result in ours]
    assert scores == pytest.approx([result.score for result in theirs], abs=1e-3)
    assert all(score is not None and -4 < score < 0 for score in scores)


def test_a_score_is_the_mean_log_probability_of_the_pieces_and_the_end_mark(
    engine: Backend,
) -> None:
    assert isinstance(engine, CTranslate2Backend)
    item = segment("I would like a cup of coffee, please.")
    for beam_size in (1, 3):
        (result,) = engine.translate([item], Decoding(beam_size=beam_size, max_pieces=60))
        # Scored by the engine itself: the language, the pieces, the end mark.
        (scored,) = engine._translator.score_batch(
            [item.tokens], [[item.target_lang, *result.pieces]]
        )
        language, *written = scored.log_probs
        assert language < -1
        assert result.score == pytest.approx(sum(written) / len(written), abs=1e-4)


def test_both_engines_write_the_same_further_hypotheses(
    engine: Backend, reference: Backend, batch: list[EncodedSegment]
) -> None:
    decoding = Decoding(beam_size=4, max_pieces=80, hypotheses=3)
    ours, theirs = engine.translate(batch, decoding), reference.translate(batch, decoding)
    assert ours == theirs
    for result in ours:
        ranked = [result, *result.others]
        assert len({each.pieces for each in ranked}) == 3
        # The engine ranks by a length that counts the language.
        lengths = [len(each.pieces) + each.finished for each in ranked]
        ranks = [
            (each.score or 0) * length / (length + 1)
            for each, length in zip(ranked, lengths, strict=True)
        ]
        assert ranks == sorted(ranks, reverse=True)
        assert ranks[0] < 0


def test_an_end_in_place_of_a_first_piece_is_dropped_by_both_engines(
    engine: Backend, reference: Backend
) -> None:
    # With the shipped weights the end mark is the fourth-best first piece of this sentence. Counted
    # as a finished hypothesis, it would end the search before the better translation is found.
    item = segment("Who wears the pants in your family?", "eng_Latn", "spa_Latn")
    decoding = Decoding(beam_size=4, max_pieces=80)
    assert engine.translate([item], decoding) == reference.translate([item], decoding)


def test_a_mixed_batch_gives_what_each_gives_alone(
    engine: Backend, batch: list[EncodedSegment]
) -> None:
    decoding = Decoding(beam_size=2, max_pieces=80)
    together = engine.translate(batch[:12], decoding)
    assert together == [engine.translate([item], decoding)[0] for item in batch[:12]]


def test_a_cut_output_says_so(either: Backend) -> None:
    item = segment("Where is the train station?")
    (whole,) = either.translate([item], Decoding(beam_size=1, max_pieces=60))
    assert whole.finished
    length = len(whole.pieces)
    (exact,) = either.translate([item], Decoding(beam_size=1, max_pieces=length))
    assert exact == whole
    (cut,) = either.translate([item], Decoding(beam_size=1, max_pieces=length - 1))
    assert not cut.finished
    assert cut.pieces == whole.pieces[:-1]


def test_a_least_length_is_kept(either: Backend) -> None:
    item = segment("Yes.")
    (short,) = either.translate([item], Decoding(beam_size=1, max_pieces=60))
    least = len(short.pieces) + 3
    (longer,) = either.translate([item], Decoding(beam_size=1, max_pieces=60, min_pieces=least))
    assert len(longer.pieces) >= least


def test_a_forbidden_repetition_is_not_written(either: Backend) -> None:
    item = segment("No, no, no, no, no, no, no, no, no, no, no!")
    decoding = Decoding(beam_size=1, max_pieces=40, no_repeat_ngram_size=2)
    (result,) = either.translate([item], decoding)
    pairs = list(zip(result.pieces, result.pieces[1:], strict=False))
    assert len(pairs) == len(set(pairs))


def test_an_unusable_source_is_a_translation_error(engine: Backend) -> None:
    endless = EncodedSegment(("▁the",) * 2000, "eng_Latn", "fra_Latn")
    with pytest.raises(TranslationError):
        engine.translate([endless], Decoding(beam_size=1, max_pieces=10))
    # The engine lives on.
    assert engine.translate([segment("Yes.")], Decoding(beam_size=1, max_pieces=10))


def test_the_reference_refuses_what_it_cannot_compute(tmp_path: Path) -> None:
    with pytest.raises(InitializationError, match="int8"):
        load_backend(REFERENCE, NLLBSettings(engine="transformers", compute_type="int8"))
    (tmp_path / "tokenizer.json").write_bytes((DEMO / "tokenizer.json").read_bytes())
    with pytest.raises(InitializationError, match="cannot load"):
        load_backend(tmp_path, NLLBSettings(engine="transformers", device="cpu"))


def test_the_engine_that_is_set_is_loaded() -> None:
    assert isinstance(load_backend(DEMO, NLLBSettings(device="cpu")), CTranslate2Backend)


def printed(script: str) -> str:
    """What a fresh interpreter prints."""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    return done.stdout.strip()


def test_importing_the_model_imports_no_engine() -> None:
    script = (
        "import sys, models.nllb;"
        "print([m for m in ('torch', 'transformers', 'ctranslate2') if m in sys.modules])"
    )
    assert printed(script) == "[]"


def test_serving_imports_neither_torch_nor_transformers() -> None:
    script = (
        "import asyncio, sys\n"
        "from models.nllb import NLLBModel\n"
        "async def main():\n"
        "    model = NLLBModel()\n"
        "    await model.initialize()\n"
        "    await model.translate('Hello.', 'eng_Latn', 'fra_Latn')\n"
        "    await model.cleanup()\n"
        "asyncio.run(main())\n"
        "print([m for m in ('torch', 'transformers') if m in sys.modules])"
    )
    assert printed(script) == "[]"
