from itertools import repeat
from pathlib import Path

import pytest

from models.aya.demo.export import load
from models.aya.demo.train import Plan, train_step
from tests.models.aya.demo.runs import batches, run

PLAN = Plan(steps=1, micro_batches=2, groups=4, decay=0.5)


def mean_loss(out: Path) -> float:
    network, _ = load(out)
    return train_step(network, iter(batches(out, 200, 8)), PLAN)[0]


def test_twenty_steps_lower_the_loss(trained: Path, tmp_path: Path) -> None:
    run(tmp_path, steps=1)
    assert mean_loss(trained) < mean_loss(tmp_path) - 0.5


def test_a_run_goes_on_from_its_checkpoint(trained: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        run(trained, steps=20)
    assert "going on from step 20" in caplog.text


def test_every_parameter_learns(trained: Path) -> None:
    network, _ = load(trained)
    train_step(network, repeat(batches(trained, 200, 1)[0]), PLAN)
    assert [
        name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()
    ] == []
