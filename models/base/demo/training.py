"""What the demos' training loops share: the optimizers, the schedule, the output's gradients."""

from pathlib import Path

import torch
from torch import Tensor, nn

# Rows of logits that stay in a CPU's cache: 512 x 6,000 x 4 bytes.
_CHUNK = 512


def rate(step: int, steps: int, warmup: int, decay: float) -> float:
    """The learning rate's factor: linear warm-up, constant, linear cool-down."""
    warm = max(1, min(warmup, steps // 10))
    cool = max(1, round(steps * decay))
    return max(0.0, min(1.0, (step + 1) / warm, (steps - step) / cool))


def optimizers(
    network: nn.Module, muon_rate: float, adam_rate: float
) -> list[torch.optim.Optimizer]:
    """Muon for the matrices, AdamW for the embedding, the norms and the biases."""
    matrices = [each.weight for each in network.modules() if isinstance(each, nn.Linear)]
    known = {id(matrix) for matrix in matrices}
    others = [parameter for parameter in network.parameters() if id(parameter) not in known]
    return [
        torch.optim.Muon(matrices, lr=muon_rate, weight_decay=0.01),
        torch.optim.AdamW(others, lr=adam_rate, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def save(path: Path, network: nn.Module, opts: list[torch.optim.Optimizer], step: int) -> None:
    """Replaces the checkpoint in one step, so that an interrupted write leaves the old one."""
    partial = path.with_suffix(".partial")
    state = {
        "network": network.state_dict(),
        "optimizers": [opt.state_dict() for opt in opts],
        "step": step,
    }
    torch.save(state, partial)
    partial.replace(path)


def restore(path: Path, network: nn.Module, opts: list[torch.optim.Optimizer]) -> int:
    """Loads what `save` wrote; the step that comes next."""
    state = torch.load(path, weights_only=True)
    network.load_state_dict(state["network"])
    for opt, saved in zip(opts, state["optimizers"], strict=True):
        opt.load_state_dict(saved)
    step: int = state["step"]
    return step


@torch.no_grad()
def output_gradients(
    states: Tensor, weight: Tensor, labels: Tensor, smoothing: float
) -> tuple[float, Tensor, Tensor]:
    """Output projection, smoothed cross entropy and its gradients, a cache-sized chunk at a time.

    `states` (n, dim), `weight` (vocab, dim), `labels` (n,), where -1 does not count. Returns the
    loss in nats, summed, and its gradients with respect to `states` and `weight`. In place and
    by hand: on a CPU several times faster than what autograd makes of such a matrix.
    """
    vocab = weight.shape[0]
    weight_low = weight.to(torch.bfloat16)
    grad_states, grad_weight = torch.zeros_like(states), torch.zeros_like(weight)
    total = 0.0
    for rows in (labels >= 0).nonzero().squeeze(1).split(_CHUNK):
        part, label = states[rows].to(torch.bfloat16), labels[rows].unsqueeze(1)
        logits = (part @ weight_low.T).float()
        logits -= logits.amax(dim=1, keepdim=True)
        picked = logits.gather(1, label)
        mean = logits.mean(dim=1, keepdim=True)
        grad = logits.exp_()
        norm = grad.sum(dim=1, keepdim=True)
        total += (norm.log() - (1 - smoothing) * picked - smoothing * mean).sum().item()
        grad /= norm
        grad -= smoothing / vocab
        grad.scatter_add_(1, label, torch.full_like(picked, smoothing - 1))
        low = grad.to(torch.bfloat16)
        grad_states[rows] = (low @ weight_low).float()
        grad_weight += (low.T @ part).float()
    return total, grad_states, grad_weight
