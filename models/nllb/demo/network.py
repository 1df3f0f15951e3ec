"""The network that is trained: M2M100's layers over unpadded tokens, named as in transformers.

Faster to train on a CPU than transformers' own module (no padding in the linear layers, one encoder
pass for all translations of a sentence, softmax and its gradient in one cache-sized pass), and
equal to it: `state_dict()` loads into `M2M100ForConditionalGeneration`.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

# M2M100SinusoidalPositionalEmbedding counts from padding_idx + 1.
_FIRST_POSITION = 2


def sinusoids(length: int, dim: int) -> Tensor:
    """Positions 0..length-1 as M2M100 sees them; shape (length, dim)."""
    half = dim // 2
    frequency = torch.exp(torch.arange(half) * -(math.log(10_000) / (half - 1)))
    angle = (torch.arange(length) + _FIRST_POSITION).unsqueeze(1) * frequency
    return torch.cat([angle.sin(), angle.cos()], dim=1)


class Attention(nn.Module):
    """Multi-head attention's four projections."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.k_proj = nn.Linear(dim, dim)
        self.v_proj = nn.Linear(dim, dim)
        self.q_proj = nn.Linear(dim, dim)
        self.out_proj = nn.Linear(dim, dim)

    def split(self, padded: Tensor) -> Tensor:
        """(rows, length, dim) -> (rows, heads, length, dim / heads)."""
        rows, length, dim = padded.shape
        return padded.view(rows, length, self.heads, dim // self.heads).transpose(1, 2)


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> Tensor:
    """Plain attention: on a CPU, at a dozen tokens, the fused kernel takes longer."""
    scores = q @ k.transpose(2, 3) * q.shape[3] ** -0.5
    if mask is not None:
        scores = scores + mask
    mixed: Tensor = scores.softmax(dim=3).to(v.dtype) @ v
    return mixed


class Layer(nn.Module):
    """One pre-norm encoder layer; with `cross`, one decoder layer."""

    def __init__(self, dim: int, heads: int, *, cross: bool) -> None:
        super().__init__()
        self.self_attn = Attention(dim, heads)
        self.self_attn_layer_norm = nn.LayerNorm(dim)
        if cross:
            self.encoder_attn = Attention(dim, heads)
            self.encoder_attn_layer_norm = nn.LayerNorm(dim)
        self.fc1 = nn.Linear(dim, 4 * dim)
        self.fc2 = nn.Linear(4 * dim, dim)
        self.final_layer_norm = nn.LayerNorm(dim)

    def feed_forward(self, x: Tensor) -> Tensor:
        hidden = functional.relu(self.fc1(self.final_layer_norm(x)))
        added: Tensor = x + self.fc2(hidden)
        return added


class Stack(nn.Module):
    """The layers of one side and the norm after them."""

    def __init__(self, dim: int, heads: int, depth: int, *, cross: bool) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(dim, heads, cross=cross) for _ in range(depth))
        self.layer_norm = nn.LayerNorm(dim)

    def blocks(self) -> list[Layer]:
        """The layers, first to last."""
        return [layer for layer in self.layers if isinstance(layer, Layer)]


class Network(nn.Module):
    """Encoder, decoder and the embedding they share with the output."""

    def __init__(
        self, vocab: int, dim: int, heads: int, encoder_layers: int, decoder_layers: int
    ) -> None:
        super().__init__()
        self.dim = dim
        self.positions: Tensor
        self.shared = nn.Embedding(vocab, dim)
        self.encoder = Stack(dim, heads, encoder_layers, cross=False)
        self.decoder = Stack(dim, heads, decoder_layers, cross=True)
        self.register_buffer("positions", sinusoids(512, dim), persistent=False)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        nn.init.normal_(self.shared.weight, std=dim**-0.5)

    def encode(self, source: Tensor) -> Tensor:
        """(n, length) ids -> (n, length, dim)."""
        x = self.shared(source) * math.sqrt(self.dim) + self.positions[: source.shape[1]]
        for layer in self.encoder.blocks():
            attn = layer.self_attn
            h = layer.self_attn_layer_norm(x)
            q, k, v = (
                attn.split(project(h)) for project in (attn.q_proj, attn.k_proj, attn.v_proj)
            )
            mixed = attend(q, k, v)
            x = x + attn.out_proj(mixed.transpose(1, 2).reshape(x.shape))
            x = layer.feed_forward(x)
        memory: Tensor = self.encoder.layer_norm(x)
        return memory

    def decode(
        self, memory: Tensor, source_of: Tensor, inputs: Tensor, row: Tensor, column: Tensor
    ) -> Tensor:
        """States of the flat decoder tokens (see corpus.TokenBatch); shape (n_tokens, dim)."""
        rows, length = source_of.shape[0], int(column.max()) + 1
        place = row * length + column
        x = self.shared(inputs) * math.sqrt(self.dim) + self.positions[column]

        causal = torch.full((length, length), -math.inf).triu(1)

        def pad(flat: Tensor) -> Tensor:
            empty = flat.new_zeros(rows * length, self.dim)
            return empty.index_copy(0, place, flat).view(rows, length, self.dim)

        def unpad(heads: Tensor) -> Tensor:
            return heads.transpose(1, 2).reshape(rows * length, self.dim).index_select(0, place)

        for layer in self.decoder.blocks():
            attn = layer.self_attn
            h = layer.self_attn_layer_norm(x)
            q, k, v = (
                attn.split(pad(project(h))) for project in (attn.q_proj, attn.k_proj, attn.v_proj)
            )
            # No key mask: padding stands behind every real token of its row, where the causal mask
            # hides it.
            x = x + attn.out_proj(unpad(attend(q, k, v, causal)))
            attn = layer.encoder_attn
            q = attn.split(pad(attn.q_proj(layer.encoder_attn_layer_norm(x))))
            k, v = (
                attn.split(project(memory).index_select(0, source_of))
                for project in (attn.k_proj, attn.v_proj)
            )
            x = x + attn.out_proj(unpad(attend(q, k, v)))
            x = layer.feed_forward(x)
        states: Tensor = self.decoder.layer_norm(x)
        return states
