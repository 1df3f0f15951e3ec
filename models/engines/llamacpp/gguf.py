"""Reads what a GGUF file says of itself, within bounds, and refuses broken ones; no llama.cpp.

Not the `gguf` library's reader: that makes arrays of every vocabulary entry, which takes 27 s for
a vocabulary of 256 000, and believes the sizes a file claims. The tests compare the two.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from models.engines.llamacpp.header import TYPES, GGUFError, GGUFHeader, Scalar, Tensor

__all__ = ["GGUFError", "GGUFHeader", "Layout", "Tensor", "check", "inspect"]

MAX_HEADER_BYTES = 64 * 2**20
"""A vocabulary of 256 000 with its merges takes 11 MB."""
MAX_ITEMS = 4 * 2**20
"""Of an array of texts; 256 000 tokens have as many merges."""
MAX_ENTRIES = 2**16
"""Metadata keys, tensors, or layers."""
MAX_ELEMENTS = 2**48
"""Of a tensor."""

_READ_BYTES = 2**20
_VERSIONS = (2, 3)
_ALIGNMENT = 32
_DIMENSIONS = 4
_STRING, _ARRAY = 8, 9
_NUMBERS = {
    kind: struct.Struct(f"<{code}") for kind, code in enumerate("BbHhIif?--Qqd") if code != "-"
}
_LENGTH = struct.Struct("<Q")
_TOKENS, _TOKEN_TYPES = "tokenizer.ggml.tokens", "tokenizer.ggml.token_type"
_INT32 = 5
_CONTROL = (3, 4)
"""Types of vocabulary entries that are control tokens or the makers' own; 1 is a piece of text."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The tensors that an architecture cannot do without."""

    outer: tuple[str, ...] = ("token_embd.weight", "output_norm.weight")
    block: tuple[str, ...] = ()
    """Of each layer N, without the `blk.N.` before them."""

    def names(self, layers: int) -> Iterable[str]:
        yield from self.outer
        for layer in range(layers):
            yield from (f"blk.{layer}.{name}" for name in self.block)


def inspect(path: Path) -> GGUFHeader:
    """What `path` says of itself; all of its data is known to be there.

    Raises:
        GGUFError: where it is no GGUF file, or a broken one.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            header = _Reader(path.name, file, size).header()
    except OSError as error:
        raise GGUFError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    if size < header.file_size:
        raise GGUFError(
            f"{path.name} is truncated: it has {size} bytes, its weights end at {header.file_size}."
        )
    return header


def check(
    path: Path, architecture: str, layout: Layout | None = None, tokens: Iterable[str] = ()
) -> GGUFHeader:
    """`inspect`, and whether it is a model of this architecture with these special tokens.

    Raises:
        GGUFError: naming what is wrong.
    """
    header = inspect(path)
    if header.architecture != architecture:
        found = repr(header.architecture[:80]) if header.architecture else "not named"
        raise GGUFError(f"{path.name} is no {architecture} model: its architecture is {found}.")
    if not 0 < header.layers <= MAX_ENTRIES:
        raise GGUFError(f"{path.name} has an impossible number of layers: {header.layers}.")
    names = (layout or Layout()).names(header.layers)
    if missing := next((name for name in names if name not in header.tensors), None):
        raise GGUFError(f"{path.name} is incomplete: it lacks the tensor {missing}.")
    if lacking := [token for token in tokens if token not in header.control_tokens]:
        raise GGUFError(f"{path.name} lacks the special tokens {', '.join(lacking)}.")
    return header


@dataclass(slots=True)
class _Metadata:
    scalars: dict[str, Scalar] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)
    starts: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Of each array: the type of its items, and where in the file it begins."""


class _Reader:
    """Goes through a header once. Holds what it has read, `MAX_HEADER_BYTES` at most."""

    def __init__(self, name: str, file: BinaryIO, size: int) -> None:
        self._name = name
        self._file = file
        self._size = size
        self._buffer = bytearray()
        self._at = 0

    def header(self) -> GGUFHeader:
        version = self._version()
        tensor_count = self._count("tensors", MAX_ENTRIES)
        metadata = self._metadata()
        alignment = metadata.scalars.get("general.alignment", _ALIGNMENT)
        if not isinstance(alignment, int) or alignment < 1 or alignment & (alignment - 1):
            raise self._broken(f"its alignment is {alignment!r}, no power of two")
        tensors: dict[str, Tensor] = {}
        end = 0
        for _ in range(tensor_count):
            tensor = self._tensor(end)
            if tensor.name in tensors:
                raise self._broken(f"it has the tensor {tensor.name[:80]!r} twice")
            tensors[tensor.name] = tensor
            end += _padded(tensor.size, alignment)
        return GGUFHeader(
            version=version,
            metadata=metadata.scalars,
            array_lengths=metadata.lengths,
            control_tokens=self._control_tokens(metadata),
            tensors=tensors,
            data_start=_padded(self._at, alignment),
        )

    def _version(self) -> int:
        if self._size < len(b"GGUF") or self._take(4) != b"GGUF":
            raise GGUFError(f"{self._name} is not a GGUF file.")
        version = self._number(4)
        if version & 0xFFFF == 0:
            raise GGUFError(f"{self._name} is a big-endian GGUF file; only little-endian is read.")
        if version not in _VERSIONS:
            raise GGUFError(f"{self._name} is a GGUF file of version {version}, not 2 or 3.")
        return version

    def _metadata(self) -> _Metadata:
        found = _Metadata()
        for _ in range(self._count("keys", MAX_ENTRIES)):
            key = self._text()
            if key in found.scalars or key in found.lengths:
                raise self._broken(f"it has the key {key[:80]!r} twice")
            kind = self._number(4)
            if kind == _ARRAY:
                item, length = self._number(4), self._number(8)
                found.starts[key] = (item, self._at)
                self._skip_array(key, item, length)
                found.lengths[key] = length
            else:
                found.scalars[key] = self._scalar(key, kind)
        return found

    def _scalar(self, key: str, kind: int) -> Scalar:
        if kind == _STRING:
            return self._text()
        if kind not in _NUMBERS:
            raise self._broken(f"the key {key[:80]!r} has a value of unknown type {kind}")
        number = _NUMBERS[kind]
        value: Scalar = number.unpack(self._take(number.size))[0]
        return value

    def _skip_array(self, key: str, item: int, length: int) -> None:
        if item == _STRING:
            if length > MAX_ITEMS:
                raise self._broken(f"the key {key[:80]!r} has {length} items")
            for _ in self._texts(self._at, length):
                pass
        elif item in _NUMBERS:
            self._take(length * _NUMBERS[item].size)
        else:
            raise self._broken(f"the key {key[:80]!r} has items of unknown type {item}")

    def _texts(self, start: int, length: int) -> Iterator[tuple[int, int]]:
        """Where each text of an array begins and ends; the reader stands behind the last."""
        buffer, at = self._buffer, start
        for _ in range(length):
            begin = at + _LENGTH.size
            if begin > len(buffer):
                self._read_to(begin)
            at = begin + _LENGTH.unpack_from(buffer, at)[0]
            if at > len(buffer):
                self._read_to(at)
            yield begin, at
        self._at = at

    def _control_tokens(self, metadata: _Metadata) -> frozenset[str]:
        """Read a second time rather than kept: a vocabulary has a handful of them."""
        count = metadata.lengths.get(_TOKENS, 0)
        item, start = metadata.starts.get(_TOKENS, (0, 0))
        type_item, types_start = metadata.starts.get(_TOKEN_TYPES, (0, 0))
        fits = count == metadata.lengths.get(_TOKEN_TYPES, 0)
        if (item, type_item) != (_STRING, _INT32) or not fits:
            return frozenset()
        types = struct.iter_unpack("<i", self._buffer[types_start : types_start + 4 * count])
        here = self._at
        found = frozenset(
            self._buffer[begin:end].decode(errors="replace")
            for (kind,), (begin, end) in zip(types, self._texts(start, count), strict=True)
            if kind in _CONTROL
        )
        self._at = here
        return found

    def _tensor(self, expected_offset: int) -> Tensor:
        name = self._text()
        dimensions = self._number(4)
        if not 0 < dimensions <= _DIMENSIONS:
            raise self._broken(f"the tensor {name[:80]!r} has {dimensions} dimensions")
        shape = tuple(self._number(8) for _ in range(dimensions))
        kind, offset = self._number(4), self._number(8)
        if kind not in TYPES:
            raise self._broken(f"the tensor {name[:80]!r} is of type {kind}, which is not known")
        type_name, block, block_bytes = TYPES[kind]
        elements = 1
        for length in shape:
            elements *= length
        if not 0 < elements <= MAX_ELEMENTS or shape[0] % block:
            sizes = " x ".join(map(str, shape))
            raise self._broken(f"the tensor {name[:80]!r} cannot be {sizes} of {type_name}")
        if offset != expected_offset:
            raise self._broken(f"the tensor {name[:80]!r} does not follow the one before it")
        size = elements // block * block_bytes
        return Tensor(name, shape, type_name, elements, offset, size)

    def _count(self, what: str, most: int) -> int:
        count = self._number(8)
        if count > most:
            raise self._broken(f"it claims to have {count} {what}")
        return count

    def _number(self, size: int) -> int:
        return int.from_bytes(self._take(size), "little")

    def _text(self) -> str:
        return self._take(self._number(8)).decode(errors="replace")

    def _take(self, size: int) -> bytearray:
        start = self._at
        self._skip(size)
        return self._buffer[start : self._at]

    def _skip(self, size: int) -> None:
        end = self._at + size
        if end > len(self._buffer):
            self._read_to(end)
        self._at = end

    def _read_to(self, end: int) -> None:
        if end > self._size:
            raise GGUFError(f"{self._name} is truncated: it ends within its header.")
        if end > MAX_HEADER_BYTES:
            raise self._broken(f"its header is larger than {MAX_HEADER_BYTES} bytes")
        while len(self._buffer) < end:
            more = self._file.read(max(_READ_BYTES, end - len(self._buffer)))
            if not more:
                raise GGUFError(f"{self._name} is truncated: it ends within its header.")
            self._buffer += more

    def _broken(self, reason: str) -> GGUFError:
        return GGUFError(f"{self._name} is damaged: {reason}.")


def _padded(size: int, alignment: int) -> int:
    return -(-size // alignment) * alignment
