"""Command-R's forward pass written down plainly: one sequence, float32, nothing shared or saved."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from models.aya.demo.network import Layer, Network


def logits(network: Network, ids: Tensor) -> Tensor:
    """Scores of all tokens after each of `ids`."""
    return functional.linear(states(network, ids), network.embedding.weight)


def states(network: Network, ids: Tensor) -> Tensor:
    """What the scores are made of."""
    x = network.embedding(ids) * network.scale
    for layer in network.blocks():
        h = layer.norm(x)
        x = x + _attention(layer, h) + layer.down(functional.silu(layer.gate(h)) * layer.up(h))
    normed: Tensor = network.norm(x)
    return normed


def _attention(layer: Layer, h: Tensor) -> Tensor:
    length, group = len(h), layer.heads // layer.kv_heads
    q = _turned(layer.q(h).view(length, layer.heads, -1))
    k = _turned(layer.k(h).view(length, layer.kv_heads, -1)).repeat_interleave(group, 1)
    v = layer.v(h).view(length, layer.kv_heads, -1).repeat_interleave(group, 1)
    scores = torch.einsum("qhd,khd->hqk", q, k) / math.sqrt(layer.head_dim)
    scores = scores + torch.full((length, length), -math.inf).triu(1)
    mixed: Tensor = layer.out(torch.einsum("hqk,khd->qhd", scores.softmax(-1), v).flatten(1))
    return mixed


def _turned(heads: Tensor) -> Tensor:
    """The rotary embedding: values 2i and 2i + 1 are one pair."""
    length, _, dim = heads.shape
    turned = torch.empty_like(heads)
    for i in range(dim // 2):
        angle = torch.arange(length) * 10_000 ** (-2 * i / dim)
        cos, sin = angle.cos().unsqueeze(1), angle.sin().unsqueeze(1)
        a, b = heads[..., 2 * i], heads[..., 2 * i + 1]
        turned[..., 2 * i], turned[..., 2 * i + 1] = a * cos - b * sin, a * sin + b * cos
    return turned
