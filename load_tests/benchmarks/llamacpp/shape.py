"""Makes random weights of Aya's architecture: they cost what real ones do and translate nothing.

`python -m load_tests.benchmarks.llamacpp.shape VOCABULARY FOLDER` writes a GGUF and its manifest.
"""

import argparse
import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import gguf
import numpy as np
import numpy.typing as npt
from gguf import GGMLQuantizationType as Kind

Bytes: TypeAlias = npt.NDArray[np.uint8]

_ARCHITECTURE = "command-r"
_BLOCK = 256
"""Weights in a block of either quantisation."""
_DEVIATION = 0.02
"""Of the weights: about what keeps a layer's output as large as its input at this width."""
# One weight's deviation where a block's scales are 1 and all else is random.
_Q4_DEVIATION, _Q6_DEVIATION = 260, 1370
_Q4_MEAN = 7.5
_LANGUAGES = ("eng_Latn", "deu_Latn", "fra_Latn", "spa_Latn")


@dataclass(frozen=True)
class Shape:
    """The sizes of a network; the vocabulary's is its file's."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    feed_forward: int
    context: int = 8192

    @property
    def kv_width(self) -> int:
        return self.width // self.heads * self.kv_heads

    @property
    def kv_bytes_per_token(self) -> int:
        """Of the cache as the service has it on a CPU, in Q8_0: 34 bytes for 32 values."""
        return self.layers * 2 * self.kv_width * 34 // 32


AYA_8B = Shape(layers=32, width=4096, heads=32, kv_heads=8, feed_forward=14336)
"""CohereForAI/aya-expanse-8b."""


@dataclass(frozen=True)
class Tensor:
    """A matrix, or with `rows` 0 a vector of ones."""

    name: str
    rows: int
    columns: int
    kind: Kind

    @property
    def bytes_per_row(self) -> int:
        weights, size = gguf.GGML_QUANT_SIZES[self.kind]
        return self.columns // weights * size

    @property
    def byte_shape(self) -> tuple[int, ...]:
        return (self.rows, self.bytes_per_row) if self.rows else (self.columns,)


def make(shape: Shape, vocabulary: Path, folder: Path, seed: int = 0) -> Path:
    """Writes `<folder's name>.gguf` and its manifest into the folder, or nothing."""
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    path = unfinished / f"{folder.name}.gguf"
    _write(shape, vocabulary, path, np.random.default_rng(seed))
    _write_manifest(path)
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)
    return folder / path.name


def tensors(shape: Shape, vocabulary: int) -> Iterator[Tensor]:
    """In the file's order, quantised as Q4_K_M quantises them."""
    yield Tensor("token_embd.weight", vocabulary, shape.width, Kind.Q6_K)
    yield Tensor("output_norm.weight", 0, shape.width, Kind.F32)
    for layer in range(shape.layers):
        finer = Kind.Q6_K if _finer(layer, shape.layers) else Kind.Q4_K
        sizes = {
            "attn_q": (shape.width, shape.width, Kind.Q4_K),
            "attn_k": (shape.kv_width, shape.width, Kind.Q4_K),
            "attn_v": (shape.kv_width, shape.width, finer),
            "attn_output": (shape.width, shape.width, Kind.Q4_K),
            "ffn_gate": (shape.feed_forward, shape.width, Kind.Q4_K),
            "ffn_up": (shape.feed_forward, shape.width, Kind.Q4_K),
            "ffn_down": (shape.width, shape.feed_forward, finer),
        }
        yield Tensor(f"blk.{layer}.attn_norm.weight", 0, shape.width, Kind.F32)
        for name, size in sizes.items():
            yield Tensor(f"blk.{layer}.{name}.weight", *size)


def _finer(layer: int, layers: int) -> bool:
    """Where Q4_K_M spends more bits (llama.cpp's `use_more_bits`)."""
    eighth = layers // 8
    return layer < eighth or layer >= 7 * layers // 8 or (layer - eighth) % 3 == 2  # noqa: PLR2004


def _write(shape: Shape, vocabulary: Path, path: Path, random: np.random.Generator) -> None:
    """A tensor at a time, so that no more than the largest is in memory."""
    writer = gguf.GGUFWriter(path, _ARCHITECTURE)
    pieces = _copy_vocabulary(vocabulary, writer)
    _describe(shape, writer)
    planned = list(tensors(shape, pieces))
    for tensor in planned:
        dtype = np.dtype(np.uint8 if tensor.rows else np.float32)
        size = int(np.prod(tensor.byte_shape)) * dtype.itemsize
        writer.add_tensor_info(tensor.name, tensor.byte_shape, dtype, size, tensor.kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for tensor in planned:
        writer.write_tensor_data(_values(tensor, random))
    writer.close()


def _describe(shape: Shape, writer: gguf.GGUFWriter) -> None:
    writer.add_name("random numbers in Aya's shape")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_K_M)
    writer.add_block_count(shape.layers)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_rope_freq_base(10_000)
    writer.add_rope_scaling_type(gguf.RopeScalingType.NONE)
    writer.add_layer_norm_eps(1e-5)
    writer.add_logit_scale(0.125)


def _copy_vocabulary(vocabulary: Path, writer: gguf.GGUFWriter) -> int:
    """Everything that the file says of its tokenizer; gives the number of tokens."""
    found = gguf.GGUFReader(vocabulary).fields
    for name, field in found.items():
        if name.startswith("tokenizer."):
            inner = field.types[1] if len(field.types) > 1 else None
            writer.add_key_value(name, field.contents(), field.types[0], inner)
    return len(found["tokenizer.ggml.tokens"].data)


def _values(tensor: Tensor, random: np.random.Generator) -> npt.NDArray[Any]:
    if tensor.kind == Kind.F32:
        return np.ones(tensor.columns, np.float32)
    blocks = tensor.rows * tensor.columns // _BLOCK
    made = _q4(blocks, random) if tensor.kind == Kind.Q4_K else _q6(blocks, random)
    return made.reshape(tensor.byte_shape)


def _q4(blocks: int, random: np.random.Generator) -> Bytes:
    """Random scales, minima and numbers; the two factors before them make their mean nothing."""
    made = random.integers(0, 256, (blocks, 144), np.uint8)
    factor = _DEVIATION / _Q4_DEVIATION
    made[:, :4] = np.array([factor, factor * _Q4_MEAN], np.float16).view(np.uint8)
    return made


def _q6(blocks: int, random: np.random.Generator) -> Bytes:
    """Random numbers and scales, the factor behind them."""
    made = random.integers(0, 256, (blocks, 210), np.uint8)
    made[:, -2:] = np.array([_DEVIATION / _Q6_DEVIATION], np.float16).view(np.uint8)
    return made


def _write_manifest(path: Path) -> None:
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    facts = {
        "name": path.stem,
        "version": "1",
        "source": "random numbers",
        "license": "none",
        "quantization": "Q4_K_M",
        "languages": _LANGUAGES,
        "description": "Random weights, to measure speed and memory with.",
        "sizes": {path.name: path.stat().st_size},
        "checksums": {path.name: checksum},
    }
    path.with_name("lingua-nexus.json").write_text(json.dumps(facts, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vocabulary", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    make(AYA_8B, options.vocabulary, options.folder)


if __name__ == "__main__":
    main()
