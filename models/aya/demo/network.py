"""The network that is trained: Command-R's layers over one shared prefix and equally long rows.

Faster to train on a CPU than a plain forward pass over whole sequences, and equal to it: what all
rows of a batch begin with is computed once, all rows attend to it, and what only the output needs
is computed only where there is an output.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

EPSILON = 1e-5
ROPE_BASE = 10_000.0
_HEAD_DIM = 64


def rotations(length: int, head_dim: int) -> Tensor:
    """The rotary embedding of positions 0..length-1 as complex factors; (length, head_dim / 2)."""
    frequency = ROPE_BASE ** (-torch.arange(0, head_dim, 2) / head_dim)
    angle = torch.arange(length).unsqueeze(1) * frequency
    return torch.polar(torch.ones_like(angle), angle)


def rotate(heads: Tensor, factors: Tensor) -> Tensor:
    """Turns neighbouring pairs of each head's values: (..., heads, head_dim), factors (..., n)."""
    pairs = torch.view_as_complex(heads.float().unflatten(-1, (-1, 2)))
    turned = torch.view_as_real(pairs * factors.unsqueeze(-2)).flatten(-2)
    return turned.to(heads.dtype)


@dataclass(frozen=True, slots=True)
class Group:
    """What begins alike: `prefix` (n,) stands before each of `rows` (m, length).

    `wanted` are places in the flattened `rows`.
    """

    prefix: Tensor
    rows: Tensor
    wanted: Tensor


class Shape:
    """How a group lies among the flat tokens: from `start`, a prefix, then `rows` of `length`."""

    def __init__(self, start: int, group: Group, factors: Tensor) -> None:
        self.start, self.prefix = start, len(group.prefix)
        self.rows, self.length = group.rows.shape
        self.end = start + self.prefix + self.rows * self.length
        self.wanted = group.wanted + start + self.prefix
        own = factors[self.prefix : self.prefix + self.length].repeat(self.rows, 1)
        self.factors = torch.cat([factors[: self.prefix], own])
        size = max(self.prefix, self.length)
        mask = torch.full((size, size), -math.inf, device=factors.device)
        self.mask = mask.triu(1).to(torch.bfloat16)


class Layout:
    """How the groups of a pass lie one after the other, and the positions of all tokens."""

    def __init__(self, groups: Sequence[Group], factors: Tensor) -> None:
        self.shapes: list[Shape] = []
        for group in groups:
            start = self.shapes[-1].end if self.shapes else 0
            self.shapes.append(Shape(start, group, factors))
        self.factors = torch.cat([shape.factors for shape in self.shapes])
        self.wanted = torch.cat([shape.wanted for shape in self.shapes])


class Layer(nn.Module):
    """Attention and feed-forward beside each other, both from one norm."""

    def __init__(self, dim: int, heads: int, kv_heads: int, feed_forward: int) -> None:
        super().__init__()
        self.heads, self.kv_heads, self.head_dim = heads, kv_heads, dim // heads
        kv_dim = kv_heads * self.head_dim
        self.norm = nn.LayerNorm(dim, eps=EPSILON, bias=False)
        self.q = nn.Linear(dim, dim, bias=False)
        self.k = nn.Linear(dim, kv_dim, bias=False)
        self.v = nn.Linear(dim, kv_dim, bias=False)
        self.out = nn.Linear(dim, dim, bias=False)
        self.gate = nn.Linear(dim, feed_forward, bias=False)
        self.up = nn.Linear(dim, feed_forward, bias=False)
        self.down = nn.Linear(feed_forward, dim, bias=False)

    def states(self, x: Tensor, layout: Layout, wanted: Tensor | None = None) -> Tensor:
        """The states after this layer: of all tokens, or of the `wanted` ones only."""
        h = self.norm(x)
        if torch.is_autocast_enabled(x.device.type):
            h = h.to(torch.get_autocast_dtype(x.device.type))
        mixed = self._attention(h, layout)
        if wanted is not None:
            x, h, mixed = (each.index_select(0, wanted) for each in (x, h, mixed))
        hidden = functional.silu(self.gate(h)) * self.up(h)
        added: Tensor = x + self.out(mixed) + self.down(hidden)
        return added

    def _attention(self, h: Tensor, layout: Layout) -> Tensor:
        q = rotate(self.q(h).unflatten(1, (self.heads, -1)), layout.factors)
        q = q * self.head_dim**-0.5
        k = rotate(self.k(h).unflatten(1, (self.kv_heads, -1)), layout.factors)
        v = self.v(h).unflatten(1, (self.kv_heads, -1))
        mixed: list[Tensor] = []
        for shape in layout.shapes:
            own_q, own_k, own_v = (each[shape.start : shape.end] for each in (q, k, v))
            first = shape.prefix
            mixed.append(self._among_prefix(own_q[:first], own_k[:first], own_v[:first], shape))
            mixed.append(self._among_rows(own_q[first:], own_k, own_v, shape))
        return torch.cat(mixed)

    def _among_prefix(self, q: Tensor, k: Tensor, v: Tensor, shape: Shape) -> Tensor:
        """(length, heads, head_dim) each -> (length, dim)."""
        group = self.heads // self.kv_heads
        keys, values = (each.transpose(0, 1).repeat_interleave(group, dim=0) for each in (k, v))
        scores = q.transpose(0, 1) @ keys.transpose(1, 2) + shape.mask[: len(q), : len(q)]
        mixed = scores.softmax(dim=-1).to(v.dtype) @ values
        return mixed.transpose(0, 1).flatten(1)

    def _among_rows(self, q: Tensor, k: Tensor, v: Tensor, shape: Shape) -> Tensor:
        """Rows attend to the prefix and to what is before in themselves.

        Heads first, and the queries that share a key's head below each other, so that the products
        are few and large.
        """
        rows, length, first = shape.rows, shape.length, shape.prefix
        kv, group = self.kv_heads, self.heads // self.kv_heads
        q = q.view(rows, length, kv, group, -1).permute(2, 0, 3, 1, 4).contiguous()
        k_first, v_first = k[:first].transpose(0, 1), v[:first].transpose(0, 1)
        k_own, v_own = (
            each[first:].view(rows, length, kv, -1).permute(2, 0, 1, 3).flatten(0, 1)
            for each in (k, v)
        )
        own = q.view(kv * rows, group * length, -1) @ k_own.transpose(1, 2)
        own = own.view(kv * rows, group, length, length) + shape.mask[:length, :length]
        before = q.view(kv, rows * group * length, -1) @ k_first.transpose(1, 2)
        scores = torch.cat(
            [before.view(kv * rows, group * length, first), own.flatten(1, 2)], dim=2
        )
        weights = scores.softmax(dim=-1).to(v.dtype)
        mixed = (weights[..., first:] @ v_own).view(kv, rows, group, length, -1)
        mixed = mixed + (weights[..., :first].reshape(kv, -1, first) @ v_first).view_as(mixed)
        return mixed.permute(1, 3, 0, 2, 4).reshape(rows * length, -1)


class Network(nn.Module):
    """Embedding, layers, norm; the output's matrix is the embedding."""

    def __init__(
        self, vocab: int, dim: int, layers: int, feed_forward: int, context: int = 1024
    ) -> None:
        super().__init__()
        # Two heads share one key's where there are two.
        heads = max(1, dim // _HEAD_DIM)
        kv_heads = max(1, heads // 2)
        self.scale = math.sqrt(dim) / 4
        self.context = context
        self.embedding = nn.Embedding(vocab, dim)
        self.layers = nn.ModuleList(
            Layer(dim, heads, kv_heads, feed_forward) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(dim, eps=EPSILON, bias=False)
        self.factors: Tensor
        self.register_buffer("factors", rotations(context, dim // heads), persistent=False)
        self._initialize()

    def _initialize(self) -> None:
        # The embedding is kept small, as the output needs it, and enlarged at the input, not so far
        # that every token would begin with predicting itself. export.py writes it enlarged, and the
        # inverse as the scale of the logits.
        nn.init.normal_(self.embedding.weight, std=self.embedding.embedding_dim**-0.5)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)

    def blocks(self) -> list[Layer]:
        """The layers, with their type."""
        return [layer for layer in self.layers if isinstance(layer, Layer)]

    def states(self, groups: Sequence[Group]) -> Tensor:
        """States that the output is made of at the groups' wanted places; shape (n, dim).

        Logits are the states times the embedding.
        """
        layout = Layout(groups, self.factors)
        ids = [part for group in groups for part in (group.prefix, group.rows.flatten())]
        x = self.embedding(torch.cat(ids)) * self.scale
        layers = self.blocks()
        for layer in layers[:-1]:
            x = layer.states(x, layout)
        x = layers[-1].states(x, layout, layout.wanted)
        normed: Tensor = self.norm(x)
        return normed
