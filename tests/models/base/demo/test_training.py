from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional

from models.base.demo.training import optimizers, output_gradients, rate, restore, save


def test_the_output_gradients_are_those_of_autograd() -> None:
    generator = torch.Generator().manual_seed(1)
    states = torch.randn(7, 16, generator=generator, requires_grad=True)
    weight = torch.randn(30, 16, generator=generator, requires_grad=True)
    labels = torch.tensor([3, -1, 0, 29, 7, -1, 3])
    expected = functional.cross_entropy(
        states @ weight.T, labels, ignore_index=-1, label_smoothing=0.1, reduction="sum"
    )
    torch.autograd.backward(expected)
    loss, grad_states, grad_weight = output_gradients(states.detach(), weight.detach(), labels, 0.1)
    # Ours multiplies in bfloat16, which keeps 8 bits.
    assert abs(loss - expected.item()) < 0.02 * expected.item()
    torch.testing.assert_close(grad_states, states.grad, atol=0.05, rtol=0.05)
    torch.testing.assert_close(grad_weight, weight.grad, atol=0.05, rtol=0.05)


def test_the_rate_warms_up_holds_and_cools_down() -> None:
    rates = [rate(step, steps=100, warmup=5, decay=0.5) for step in range(100)]
    assert rates[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert rates[5:51] == [1.0] * 46
    assert rates[51:] == sorted(rates[51:], reverse=True)
    assert rates[-1] == pytest.approx(0.02)


def test_what_was_saved_is_restored_with_the_optimizers(tmp_path: Path) -> None:
    network = nn.Sequential(nn.Embedding(4, 8), nn.Linear(8, 8), nn.LayerNorm(8))
    opts = optimizers(network, muon_rate=0.1, adam_rate=0.1)
    torch.autograd.backward(network(torch.arange(4)).square().sum())
    for opt in opts:
        opt.step()
    save(tmp_path / "checkpoint.pt", network, opts, 7)
    other = nn.Sequential(nn.Embedding(4, 8), nn.Linear(8, 8), nn.LayerNorm(8))
    fresh = optimizers(other, muon_rate=0.1, adam_rate=0.1)
    assert restore(tmp_path / "checkpoint.pt", other, fresh) == 7
    torch.testing.assert_close(other.state_dict(), network.state_dict())
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]
    for ours, theirs in zip(opts, fresh, strict=True):
        torch.testing.assert_close(theirs.state_dict(), ours.state_dict())
