from pathlib import Path

import torch
from torch import Tensor

from models.aya.demo.export import load
from models.aya.demo.network import Group, Network
from models.aya.demo.train import group_of
from tests.models.aya.demo import plain
from tests.models.aya.demo.runs import batches


def whole(network: Network, group: Group) -> Tensor:
    """The states at the wanted places, each row computed with its own prefix."""
    first = len(group.prefix)
    rows = [plain.states(network, torch.cat([group.prefix, row]))[first:] for row in group.rows]
    return torch.cat(rows)[group.wanted]


@torch.no_grad()
def test_sharing_the_prefix_changes_nothing(trained: Path) -> None:
    network, _ = load(trained)
    groups = [group_of(batch, "cpu") for batch in batches(trained, tokens=60, count=4)]
    expected = torch.cat([whole(network, group) for group in groups])
    torch.testing.assert_close(network.states(groups), expected, atol=1e-4, rtol=1e-4)


def test_what_a_row_learns_reaches_the_prefix(trained: Path) -> None:
    network, _ = load(trained)
    group = group_of(batches(trained, tokens=60, count=1)[0], "cpu")
    values = [layer.v.weight for layer in network.blocks()]
    expected, ours = (
        torch.autograd.grad(states.softmax(1)[:, 0].sum(), values)
        for states in (whole(network, group), network.states([group]))
    )
    torch.testing.assert_close(ours, expected, atol=1e-5, rtol=1e-3)
