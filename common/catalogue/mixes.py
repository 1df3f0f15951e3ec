"""Which type each matrix of a model has in one of llama.cpp's quantizations; reads no file.

A quantization of llama.cpp is a mix: some matrices get more bits than its name says. The rules are
those of `llama_tensor_get_type_impl` in its `src/llama-quant.cpp`, with an importance matrix, as
the published files have been made.
"""

from collections.abc import Callable
from dataclasses import dataclass

from common.catalogue.parts import Matrix, Part

# Elements of a block and its bytes: ggml's types.
BLOCKS = {
    "F32": (1, 4), "F16": (1, 2), "BF16": (1, 2),
    "Q4_0": (32, 18), "Q4_1": (32, 20), "Q5_0": (32, 22), "Q5_1": (32, 24), "Q8_0": (32, 34),
    "Q2_K": (256, 84), "Q3_K": (256, 110), "Q4_K": (256, 144), "Q5_K": (256, 176),
    "Q6_K": (256, 210), "IQ1_S": (256, 50), "IQ1_M": (256, 56), "IQ2_XXS": (256, 66),
    "IQ2_XS": (256, 74), "IQ2_S": (256, 82), "IQ3_XXS": (256, 98), "IQ3_S": (256, 110),
    "IQ4_NL": (32, 18), "IQ4_XS": (256, 136), "TQ1_0": (256, 54), "TQ2_0": (256, 66),
    "MXFP4": (32, 17), "Q1_0": (128, 18), "Q2_0": (64, 18),
}  # fmt: skip
# The type of all matrices that have no rule, where it is not named as the mix is.
_BASES = {
    "Q2_K_S": "Q2_K", "Q3_K_S": "Q3_K", "Q3_K_M": "Q3_K", "Q3_K_L": "Q3_K", "Q4_K_S": "Q4_K",
    "Q4_K_M": "Q4_K", "Q5_K_S": "Q5_K", "Q5_K_M": "Q5_K", "IQ2_S": "IQ2_XS", "IQ2_M": "IQ2_S",
    "IQ3_XS": "IQ3_S", "IQ3_M": "IQ3_S", "MXFP4_MOE": "Q8_0",
}  # fmt: skip
# Not llama.cpp's: another mix with input and output in Q8_0, as publishers of files name it.
_LARGER_ENDS = {
    "Q2_K_L": "Q2_K", "Q3_K_XL": "Q3_K_L", "Q4_K_L": "Q4_K_M", "Q5_K_L": "Q5_K_M",
    "Q6_K_L": "Q6_K",
}  # fmt: skip
MIXES = frozenset({*(BLOCKS.keys() - {"MXFP4", "Q3_K", "Q4_K", "Q5_K"}), *_BASES, *_LARGER_ENDS})
"""All that can be estimated."""
_PLAIN = frozenset({"F32", "F16", "BF16"})
_TINY = frozenset({"IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ2_M"})
# What a matrix gets whose rows are no multiple of 256.
_SHORT_ROWS = {
    "Q2_K": "Q4_0", "Q3_K": "Q4_0", "TQ1_0": "Q4_0", "TQ2_0": "Q4_0", "Q2_0": "Q4_0",
    "Q4_K": "Q5_0", "Q5_K": "Q5_1", "Q6_K": "Q8_0",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Traits:
    """What of a model the rules look at."""

    queries_per_key: int
    experts: int = 1
    layers: int = 0


When = Callable[[Matrix, Traits], bool]


def _always(_matrix: Matrix, _traits: Traits) -> bool:
    return True


def _first(divisor: int) -> When:
    return lambda matrix, _: matrix.layer < matrix.of // divisor


def _before(layer: int) -> When:
    return lambda matrix, _: matrix.layer < layer


def _more_bits(matrix: Matrix, _traits: Traits) -> bool:
    """The first and the last eighth, and of those between every third."""
    layer, layers = matrix.layer, matrix.of
    between = (layer - layers // 8) % 3 == 2  # noqa: PLR2004  # every third
    return layer < layers // 8 or layer >= 7 * layers // 8 or between


def _in_the_middle(matrix: Matrix, _traits: Traits) -> bool:
    return matrix.of // 8 <= matrix.layer < 7 * matrix.of // 8


def _shared(_matrix: Matrix, traits: Traits) -> bool:
    """Four queries or more have a key in common."""
    return traits.queries_per_key >= 4  # noqa: PLR2004  # llama.cpp's limit


def _shared_or_mixture(matrix: Matrix, traits: Traits) -> bool:
    return _shared(matrix, traits) or traits.experts >= 4  # noqa: PLR2004  # llama.cpp's limit


def _mixture(_matrix: Matrix, traits: Traits) -> bool:
    return traits.experts == 8  # noqa: PLR2004  # Mixtral's, which llama.cpp was tuned for


def _mixture_more_bits(matrix: Matrix, traits: Traits) -> bool:
    return _mixture(matrix, traits) and _more_bits(matrix, traits)


def _70b(_matrix: Matrix, traits: Traits) -> bool:
    return traits.layers == 80 and traits.queries_per_key == 8  # noqa: PLR2004


Rule = tuple[Part, str, When, str]
# The first that applies to a part of a mix decides; mixes by name, several of them apart.
_RULES: tuple[Rule, ...] = (
    (Part.VALUE, "IQ1_S IQ1_M IQ2_XXS IQ2_XS IQ2_S IQ2_M", _shared_or_mixture, "Q4_K"),
    (Part.VALUE, "IQ1_S IQ1_M IQ2_XXS IQ2_XS", _always, "Q2_K"),
    (Part.VALUE, "IQ2_S IQ2_M", _always, "IQ3_S"),
    (Part.VALUE, "*", _mixture, "Q8_0"),
    (Part.VALUE, "Q2_K Q2_K_S IQ3_XXS IQ3_XS IQ3_S IQ3_M Q3_K_S Q4_K_S", _70b, "Q5_K"),
    (Part.VALUE, "Q2_K Q2_K_S IQ3_XXS IQ3_XS IQ3_S", _shared, "Q4_K"),
    (Part.VALUE, "Q2_K", _always, "Q3_K"),
    (Part.VALUE, "IQ3_M", _always, "Q4_K"),
    (Part.VALUE, "Q3_K_M", _70b, "Q5_K"),
    (Part.VALUE, "Q3_K_M", _before(2), "Q5_K"),
    (Part.VALUE, "Q3_K_M", _always, "Q4_K"),
    (Part.VALUE, "Q3_K_L", _always, "Q5_K"),
    (Part.VALUE, "IQ4_NL IQ4_XS", _shared, "Q5_K"),
    (Part.VALUE, "Q4_K_M Q5_K_M", _more_bits, "Q6_K"),
    (Part.VALUE, "Q4_K_M", _70b, "Q5_K"),
    (Part.VALUE, "Q4_K_S", _before(4), "Q5_K"),
    (Part.KEY, "IQ1_S IQ1_M IQ2_XXS IQ2_XS IQ2_S IQ2_M", _mixture, "Q4_K"),
    (Part.KEY, "*", _mixture, "Q8_0"),
    (Part.KEY, "IQ3_XS", _always, "IQ3_XXS"),
    (Part.KEY, "IQ3_XXS", _always, "IQ2_S"),
    (Part.QUERY, "IQ3_XS", _always, "IQ3_XXS"),
    (Part.QUERY, "IQ3_XXS", _always, "IQ2_S"),
    (Part.DOWN, "IQ1_S IQ1_M IQ2_XXS IQ2_XS", _first(8), "Q2_K"),
    (Part.DOWN, "IQ2_S IQ2_M", _first(8), "IQ3_S"),
    (Part.DOWN, "Q2_K", _always, "Q3_K"),
    (Part.DOWN, "Q2_K_S", _first(8), "Q4_K"),
    (Part.DOWN, "Q3_K_M", _first(16), "Q5_K"),
    (Part.DOWN, "Q3_K_M", _always, "Q4_K"),
    (Part.DOWN, "IQ3_M", _first(8), "Q4_K"),
    (Part.DOWN, "IQ3_M", _mixture_more_bits, "Q4_K"),
    (Part.DOWN, "Q3_K_L", _always, "Q5_K"),
    (Part.DOWN, "Q4_K_M Q5_K_M", _more_bits, "Q6_K"),
    (Part.DOWN, "Q4_K_S", _first(8), "Q5_K"),
    (Part.DOWN, "Q4_0", _first(8), "Q4_1"),
    (Part.DOWN, "Q5_0", _first(8), "Q5_1"),
    (Part.JOIN, "IQ1_S IQ1_M IQ2_XXS IQ2_XS IQ2_S IQ2_M", _mixture, "Q5_K"),
    (Part.JOIN, "IQ1_S IQ1_M", _always, "IQ2_XXS"),
    (Part.JOIN, "IQ2_S IQ2_M", _always, "IQ3_S"),
    (Part.JOIN, "Q2_K IQ3_XS IQ3_XXS Q3_K_S Q3_K_M IQ4_NL Q4_K_S Q4_K_M", _mixture, "Q5_K"),
    (Part.JOIN, "IQ3_S IQ3_M IQ4_XS", _mixture, "Q5_K"),
    (Part.JOIN, "Q3_K_L", _mixture, ""),
    (Part.JOIN, "Q2_K", _always, "Q3_K"),
    (Part.JOIN, "IQ3_XXS", _always, "IQ3_S"),
    (Part.JOIN, "Q3_K_M IQ3_M", _always, "Q4_K"),
    (Part.JOIN, "Q3_K_L", _always, "Q5_K"),
    (Part.UP, "IQ3_XS", _in_the_middle, "IQ3_XXS"),
)


def _by_part(name: str) -> dict[Part, list[tuple[When, str]]]:
    found: dict[Part, list[tuple[When, str]]] = {}
    for part, mixes, applies, type_name in _RULES:
        if mixes == "*" or name in mixes.split():
            found.setdefault(part, []).append((applies, type_name))
    return found


_RULES_OF = {name: _by_part(name) for name in MIXES}


def is_mix(quantization: str) -> bool:
    """Whether llama.cpp has such a quantization."""
    return quantization.upper() in MIXES


def is_plain(quantization: str) -> bool:
    """Whether it leaves all as it is, or nearly."""
    return quantization.upper() in _PLAIN


def type_of(quantization: str, matrix: Matrix, traits: Traits) -> str:
    """The type of a matrix; `KeyError` where there is no such quantization."""
    name = quantization.upper()
    mix = _LARGER_ENDS.get(name, name)
    base = _BASES.get(mix, mix)
    if base in _PLAIN:
        return base
    if matrix.part is Part.SMALL:
        return "F32"
    if matrix.part in (Part.INPUT, Part.OUTPUT, Part.SHARED):
        found = "Q8_0" if name != mix else _end(mix, base, matrix)
    elif mix == "MXFP4_MOE":
        found = "MXFP4" if traits.experts > 1 and matrix.part in (Part.UP, Part.DOWN) else base
    else:
        found = _by_rule(mix, matrix, traits) or base
    return _fitting(found, matrix.columns)


def _end(mix: str, base: str, matrix: Matrix) -> str:
    """Of the input's and the output's embeddings."""
    if matrix.part is Part.INPUT:
        if mix in {"IQ2_S", "IQ2_M", "IQ3_XXS"}:
            return "IQ3_S"
        if mix in _TINY:
            return "Q2_K"
        return "Q4_K" if mix in {"TQ1_0", "TQ2_0", "Q2_0"} else base
    if base == "Q8_0" or matrix.columns % BLOCKS[base][0]:
        return "Q8_0"
    return "Q5_K" if mix in _TINY or mix == "IQ3_XXS" else "Q6_K"


def _by_rule(mix: str, matrix: Matrix, traits: Traits) -> str:
    """Empty where no rule gives it another type than the others."""
    rules = _RULES_OF[mix].get(matrix.part, [])
    return next((found for applies, found in rules if applies(matrix, traits)), "")


def _fitting(found: str, columns: int) -> str:
    if columns % BLOCKS[found][0] == 0:
        return found
    shorter = _SHORT_ROWS.get(found, "IQ4_NL")
    return "F16" if columns % BLOCKS[shorter][0] else shorter


def bytes_of(type_name: str, elements: int) -> float:
    """What so many elements take in a type of ggml's."""
    in_block, size = BLOCKS[type_name]
    return elements * size / in_block
