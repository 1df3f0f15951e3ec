from itertools import islice
from pathlib import Path

from models.base.demo.corpus import read_pairs
from models.nllb.demo.corpus import Batcher, load_examples
from tests.models.nllb.demo.runs import CORPUS, tokenizer_of

TRAIN = CORPUS / "train.tsv.gz"


def test_every_pair_is_used_in_both_directions(trained: Path) -> None:
    rows = list(read_pairs(TRAIN))
    examples = load_examples(TRAIN, tokenizer_of(trained), seed=1)
    assert len(rows) == 200
    assert sum(len(example.targets) for example in examples) == 400


def test_a_limit_takes_the_first_rows(trained: Path) -> None:
    assert len(load_examples(TRAIN, tokenizer_of(trained), seed=1, limit=1)) == 2


def test_batches_hold_sources_of_one_length_and_labels_one_ahead(trained: Path) -> None:
    tokenizer = tokenizer_of(trained)
    end = tokenizer.token_to_id("</s>")
    examples = load_examples(TRAIN, tokenizer, seed=1)
    for batch in islice(Batcher(examples, tokenizer, tokens=200, seed=1), 30):
        assert (batch.source[:, -1] == end).all()
        assert len(batch.inputs) == len(batch.labels) == len(batch.row) == len(batch.column)
        for row in range(len(batch.source_of)):
            inputs, labels = batch.inputs[batch.row == row], batch.labels[batch.row == row]
            assert inputs[0] == end
            assert labels[0] == -1
            assert labels[-1] == end
            assert (inputs[2:] == labels[1:-1]).all()


def test_some_sentences_are_joined(trained: Path) -> None:
    tokenizer = tokenizer_of(trained)
    examples = load_examples(TRAIN, tokenizer, seed=1)
    longest = max(len(example.source) for example in examples) + 2
    batches = islice(Batcher(examples, tokenizer, tokens=200, seed=1), 300)
    assert max(batch.source.shape[1] for batch in batches) > longest
