"""What a GGUF file says of itself, as facts, and llama.cpp's names for them; not how it is read."""

from dataclasses import dataclass

Scalar = int | float | bool | str

# llama.cpp's ggml_type: name, elements in a block, bytes of a block. Q8_1 and Q8_K are for
# intermediate results and in no file.
TYPES = {
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1),
    25: ("I16", 1, 2),
    26: ("I32", 1, 4),
    27: ("I64", 1, 8),
    28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56),
    30: ("BF16", 1, 2),
    34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17),
    40: ("NVFP4", 64, 36),
    41: ("Q1_0", 128, 18),
    42: ("Q2_0", 64, 18),
}

# llama.cpp's llama_ftype.
QUANTIZATIONS = {
    0: "F32",
    1: "F16",
    2: "Q4_0",
    3: "Q4_1",
    7: "Q8_0",
    8: "Q5_0",
    9: "Q5_1",
    10: "Q2_K",
    11: "Q3_K_S",
    12: "Q3_K_M",
    13: "Q3_K_L",
    14: "Q4_K_S",
    15: "Q4_K_M",
    16: "Q5_K_S",
    17: "Q5_K_M",
    18: "Q6_K",
    19: "IQ2_XXS",
    20: "IQ2_XS",
    21: "Q2_K_S",
    22: "IQ3_XS",
    23: "IQ3_XXS",
    24: "IQ1_S",
    25: "IQ4_NL",
    26: "IQ3_S",
    27: "IQ3_M",
    28: "IQ2_S",
    29: "IQ2_M",
    30: "IQ4_XS",
    31: "IQ1_M",
    32: "BF16",
    36: "TQ1_0",
    37: "TQ2_0",
    38: "MXFP4_MOE",
    39: "NVFP4",
    40: "Q1_0",
    41: "Q2_0",
}


class GGUFError(ValueError):
    """The file cannot be served; the message is one line and names the file and the reason."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """Where one is in the file and what it is; the fastest dimension first, as in the file."""

    name: str
    shape: tuple[int, ...]
    type: str
    elements: int
    offset: int
    """From the start of the data."""
    size: int


@dataclass(frozen=True, slots=True)
class GGUFHeader:
    """All that stands before the weights, except for the content of arrays."""

    version: int
    metadata: dict[str, Scalar]
    array_lengths: dict[str, int]
    control_tokens: frozenset[str]
    """Vocabulary entries that text never becomes unless special tokens are asked for."""
    tensors: dict[str, Tensor]
    data_start: int

    @property
    def file_size(self) -> int:
        """Bytes that the file must have at least."""
        ends = [self.data_start + each.offset + each.size for each in self.tensors.values()]
        return max(ends, default=0)

    @property
    def architecture(self) -> str:
        return self.text("general.architecture")

    @property
    def name(self) -> str:
        return self.text("general.name")

    @property
    def quantization(self) -> str:
        """As llama.cpp names the file's mix of types; `unknown` where it does not say."""
        return QUANTIZATIONS.get(self.number("general.file_type", -1), "unknown")

    @property
    def parameters(self) -> int:
        return sum(tensor.elements for tensor in self.tensors.values())

    @property
    def layers(self) -> int:
        return self.number(f"{self.architecture}.block_count")

    @property
    def width(self) -> int:
        return self.number(f"{self.architecture}.embedding_length")

    @property
    def heads(self) -> int:
        return self.number(f"{self.architecture}.attention.head_count")

    @property
    def kv_heads(self) -> int:
        return self.number(f"{self.architecture}.attention.head_count_kv", self.heads)

    @property
    def context_length(self) -> int:
        """Tokens the model was trained for."""
        return self.number(f"{self.architecture}.context_length")

    @property
    def vocabulary(self) -> int:
        return self.array_lengths.get("tokenizer.ggml.tokens", 0)

    def text(self, key: str) -> str:
        """Empty where the file has no such text."""
        value = self.metadata.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str, default: int = 0) -> int:
        """The default where the file has no such whole number."""
        value = self.metadata.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else default
