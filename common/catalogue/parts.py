"""The matrices that an architecture's numbers tell of; knows nothing of bits or bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from common.catalogue.entry import Architecture, Kind


class Part(StrEnum):
    """What a matrix does, on which the bits that it gets depend."""

    INPUT = "input embeddings"
    OUTPUT = "output embeddings"
    SHARED = "embeddings of input and output"
    QUERY = "query"
    KEY = "key"
    VALUE = "value"
    JOIN = "attention's output"
    UP = "feed-forward, up and gate"
    DOWN = "feed-forward, down"
    OTHER = "other"
    SMALL = "norms"


@dataclass(frozen=True, slots=True)
class Matrix:
    """One of them, or several alike."""

    part: Part
    columns: int
    """Elements of a row."""
    elements: int
    layer: int = 0
    of: int = 1
    """Layers that have one."""


# They keep query, key and value in one matrix, which is treated as the value's.
_FUSED = frozenset({"phi3", "gpt2", "falcon", "bloom", "mpt"})
# Of the feed-forward layers' matrices: up, gate and down, or up and down.
_GATED, _PLAIN = 3, 2
_MOSTLY_GATED = 2.5


def head_dimension(model: Architecture) -> int:
    """Elements of a head's keys."""
    return model.head_dimension or max(1, model.dimension // model.heads)


def key_width(model: Architecture) -> int:
    """Elements of a token's keys in one layer, and of its values."""
    return (model.kv_heads or model.heads) * head_dimension(model)


def attention_layers(model: Architecture) -> int:
    """Layers that keep keys and values of what was written."""
    return model.layers if model.attention_layers is None else model.attention_layers


def matrices(model: Architecture) -> Iterator[Matrix]:
    """All of a model's, so that their elements add up to its parameters."""
    counted = 0
    for matrix in _known(model):
        counted += matrix.elements
        yield matrix
    up, down, blocks = _feed_forward(model, counted)
    for layer in range(blocks):
        yield Matrix(Part.UP, model.dimension, up // blocks, layer, blocks)
        yield Matrix(Part.DOWN, model.inner_dimension, down // blocks, layer, blocks)
    rest = model.parameters - counted - blocks * (up // blocks + down // blocks)
    yield Matrix(Part.OTHER, model.dimension, rest)


def experts(model: Architecture) -> int:
    """How many feed-forward networks each layer has, of which a token is computed with some."""
    counted = sum(matrix.elements for matrix in _known(model))
    of_one = _GATED * model.dimension * model.inner_dimension * _blocks(model)
    return max(1, round((model.parameters - counted) / of_one))


def encoder_parameters(model: Architecture) -> int:
    """Of an encoder-decoder's encoder."""
    width = model.dimension
    return model.encoder_layers * (4 * width * width + _PLAIN * width * model.inner_dimension)


def _known(model: Architecture) -> Iterator[Matrix]:
    """Those whose sizes the architecture says."""
    width, table = model.dimension, model.vocabulary * model.dimension
    if model.tied_embeddings:
        yield Matrix(Part.SHARED, width, table)
    else:
        yield Matrix(Part.INPUT, width, table)
        yield Matrix(Part.OUTPUT, width, table)
    blocks = attention_layers(model)
    if model.kind is Kind.ENCODER_DECODER:
        blocks = 2 * model.layers + model.encoder_layers
    for layer in range(blocks):
        yield from _attention(model, layer, blocks)
    # Two norms a layer and one behind them; biases are not counted, few have them.
    yield Matrix(Part.SMALL, width, (2 * _blocks(model) + 1) * width)


def _attention(model: Architecture, layer: int, blocks: int) -> Iterator[Matrix]:
    width = model.dimension
    queries, keys = model.heads * head_dimension(model), key_width(model)
    fused = model.name in _FUSED
    yield Matrix(Part.VALUE if fused else Part.QUERY, width, width * queries, layer, blocks)
    yield Matrix(Part.VALUE if fused else Part.KEY, width, width * keys, layer, blocks)
    yield Matrix(Part.VALUE, width, width * keys, layer, blocks)
    yield Matrix(Part.JOIN, queries, width * queries, layer, blocks)


def _feed_forward(model: Architecture, counted: int) -> tuple[int, int, int]:
    """Elements of all matrices up and gate, of all down, and layers that have them."""
    blocks = _blocks(model)
    one = model.dimension * model.inner_dimension * blocks
    is_gated = (model.parameters - counted) / one >= _MOSTLY_GATED
    down = one * experts(model)
    return down * ((_GATED if is_gated else _PLAIN) - 1), down, blocks


def _blocks(model: Architecture) -> int:
    return model.layers + model.encoder_layers
