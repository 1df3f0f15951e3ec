from collections.abc import Iterator
from dataclasses import replace
from itertools import repeat
from pathlib import Path

import pytest
from typing_extensions import override

from models.nllb.demo.corpus import Batcher, TokenBatch, load_examples
from models.nllb.demo.train import Plan, train, train_step
from tests.models.nllb.demo.runs import CORPUS, first_batch, network_of, run, tokenizer_of

PLAN = Plan(
    steps=100,
    micro_batches=2,
    tokens=500,
    dim=64,
    heads=1,
    encoder_layers=2,
    decoder_layers=1,
    warmup=5,
    decay=0.5,
)


def mean_loss(out: Path) -> float:
    return train_step(network_of(out), repeat(first_batch(out, 500)), PLAN)[0]


def test_twenty_steps_lower_the_loss(trained: Path, tmp_path: Path) -> None:
    run(tmp_path, steps=1)
    assert mean_loss(trained) < mean_loss(tmp_path) - 0.5


def test_a_run_goes_on_from_its_checkpoint(trained: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        run(trained, steps=20)
    assert "going on from step 20" in caplog.text


class Watched(Batcher):
    """Remembers the sources of the batches it gave."""

    seen: list[list[list[int]]]

    @override
    def __iter__(self) -> Iterator[TokenBatch]:
        self.seen = []
        for batch in super().__iter__():
            self.seen.append(batch.source.tolist())
            yield batch


def test_a_run_that_goes_on_does_not_begin_with_the_same_batches(
    trained: Path, tmp_path: Path
) -> None:
    tokenizer = tokenizer_of(trained)
    examples = load_examples(CORPUS / "train.tsv.gz", tokenizer, seed=1)

    def seen(steps: int) -> list[list[list[int]]]:
        batcher = Watched(examples, tokenizer, PLAN.tokens, seed=1)
        plan = replace(PLAN, steps=steps)
        train(network_of(trained), batcher, plan, tmp_path / "checkpoint.pt")
        return batcher.seen

    begun, gone_on = seen(2), seen(4)
    assert len(begun) == len(gone_on) == 2 * PLAN.micro_batches
    assert not [batch for batch in gone_on if batch in begun]


def test_every_parameter_learns(trained: Path) -> None:
    network = network_of(trained)
    train_step(network, repeat(first_batch(trained, 500)), PLAN)
    still = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    # A key's bias shifts all scores of a query alike: its gradient is zero, but for rounding.
    assert [name for name in still if not name.endswith("k_proj.bias")] == []
