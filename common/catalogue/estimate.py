"""What a model takes of memory and disk, from its architecture; measures nothing.

Memory is what loading adds to the process: what a service reports as `memory_bytes`.
"""

from dataclasses import dataclass
from functools import lru_cache

from common.catalogue import mixes
from common.catalogue.entry import Architecture, Engine, Entry, Kind
from common.catalogue.parts import (
    Matrix,
    Part,
    encoder_parameters,
    experts,
    matrices,
)
from common.catalogue.serving import Q8_0_BYTES, Serving, cache_bytes, step_bytes

PROCESS_BYTES = 150_000_000
"""What a service takes before it loads anything."""

# Bytes of a weight in the formats of CTranslate2 and transformers.
_WIDTHS = {"float32": 4.0, "float16": 2.0, "bfloat16": 2.0, "int16": 2.0, "int8": 1.0, "int4": 0.5}
_OTHER_NAMES = {
    "fp32": "float32", "f32": "float32", "fp16": "float16", "f16": "float16",
    "bf16": "bfloat16",
}  # fmt: skip
_F32, _F16 = 4, 2
_GROUP = 128
"""Weights in int4 that have a scale and a zero together."""
# A token's text, number, score and merge, in a GGUF file; as read off Command-R's.
_TOKEN_IN_FILE = 43
# Measured by loading a small and a large vocabulary: the engine's library and what comes with it,
# and the tables that a token is in (in Python too, for those that `tokenizers` reads).
_LIBRARY = {
    Engine.CTRANSLATE2: 20_000_000,
    Engine.LLAMACPP: 15_000_000,
    Engine.TRANSFORMERS: 200_000_000,
}
_TOKEN = {Engine.CTRANSLATE2: 590, Engine.LLAMACPP: 250, Engine.TRANSFORMERS: 300}


@dataclass(frozen=True, slots=True)
class Need:
    """Estimated bytes, by what takes them."""

    weights: int
    cache: int
    """Keys and values."""
    overhead: int
    """Intermediate results, the engine's library, the tokenizer."""

    @property
    def total(self) -> int:
        return self.weights + self.cache + self.overhead


def estimate(entry: Entry, quantization: str, serving: Serving | None = None) -> Need:
    """Memory that loading the model adds.

    Raises:
        ValueError: The quantization is no format of the model's engine.
    """
    offer = entry.quantization(quantization)
    known = offer.file.size if offer and offer.file else None
    served = serving or Serving.of(entry)
    return need_of(entry.architecture, entry.engine, quantization, served, known)


def need_of(
    model: Architecture,
    engine: Engine,
    quantization: str,
    serving: Serving,
    weights: int | None = None,
) -> Need:
    """The same of an architecture; `weights` where their size is known.

    Raises:
        ValueError: The quantization is no format of the engine.
    """
    return Need(
        weights or weights_bytes(model, engine, quantization),
        cache_bytes(model, serving, _width_of_results(engine, quantization, serving)),
        fixed_bytes(model, engine) + step_bytes(model, serving),
    )


def required(entry: Entry, quantization: str, serving: Serving | None = None) -> int:
    """Memory that must be there to serve it: the process, and all that is computed at once."""
    busiest = serving or Serving.busiest(entry)
    return PROCESS_BYTES + estimate(entry, quantization, busiest).total


def recommended(entry: Entry, available: int, serving: Serving | None = None) -> str:
    """The largest quantization that can be served with so much memory, else the smallest.

    Those that are twice as slow and hardly better have to be asked for, as long as there are others
    and it is not the usual one. Of those that are as large it is the one that is offered first.
    """
    names = [offer.name for offer in entry.quantizations]
    usual = [name for name in names if name == entry.default_quantization or _is_small(name)]
    sizes = {name: required(entry, name, serving) for name in usual}
    fitting = [name for name in sizes if sizes[name] <= available]
    if not fitting:
        return min(sizes, key=lambda name: sizes[name])
    return max(fitting, key=lambda name: sizes[name])


def is_format(engine: Engine, quantization: str) -> bool:
    """Whether it is one that the engine's weights can be estimated in."""
    if engine is Engine.LLAMACPP:
        return mixes.is_mix(quantization)
    try:
        _formats(quantization)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1024)
def weights_bytes(model: Architecture, engine: Engine, quantization: str) -> int:
    """The weights in a format, as its mix of types has them.

    Raises:
        ValueError: The engine has no such format.
    """
    if not is_format(engine, quantization):
        raise ValueError(f"{engine} has no format {quantization!r}.")
    if engine is Engine.LLAMACPP:
        return _gguf_bytes(model, quantization)
    kept, computed = _formats(quantization)
    return round(sum(_matrix_bytes(matrix, kept, computed) for matrix in matrices(model)))


def fixed_bytes(model: Architecture, engine: Engine) -> int:
    """The engine's library and the vocabulary, however much is computed."""
    return _LIBRARY[engine] + _TOKEN[engine] * model.vocabulary


def download_bytes(entry: Entry, quantization: str) -> int | None:
    """What pulling it brings; None where a size is not known."""
    offer = entry.quantization(quantization)
    held = {each.file.name for each in entry.quantizations if each.file}
    files = [file for file in entry.files if file.name not in held]
    if offer and offer.file:
        files.append(offer.file)
    sizes = [file.size for file in files]
    known = [size for size in sizes if size is not None]
    return sum(known) if known and len(known) == len(sizes) else None


def disk_bytes(entry: Entry, quantization: str) -> int | None:
    """Room on the disk while it is pulled; None where a size is not known.

    What is converted here is there twice, as it came and as it will be served.
    """
    download = download_bytes(entry, quantization)
    offer = entry.quantization(quantization)
    if download is None or (offer and offer.file) or entry.engine is not Engine.CTRANSLATE2:
        return download
    return download + weights_bytes(entry.architecture, entry.engine, quantization)


def active_bytes(entry: Entry, quantization: str) -> int:
    """Weights that one token is computed with: of the input's embeddings one row alone."""
    model = entry.architecture
    return round(
        estimate(entry, quantization).weights * active_parameters(model) / model.parameters
    )


def active_parameters(model: Architecture) -> int:
    """Those that writing one token takes: an encoder has read the source before."""
    if model.active_parameters is not None or model.kind is Kind.ENCODER:
        return model.active_parameters or model.parameters
    one_row = 0 if model.tied_embeddings else model.vocabulary * model.dimension
    return model.parameters - encoder_parameters(model) - one_row


def _is_small(quantization: str) -> bool:
    """Whether it has eight bits a weight or fewer."""
    if mixes.is_mix(quantization):
        return not mixes.is_plain(quantization)
    return _WIDTHS.get(_formats(quantization)[0], 1) <= 1


def _gguf_bytes(model: Architecture, quantization: str) -> int:
    heads = model.heads // (model.kv_heads or model.heads)
    traits = mixes.Traits(heads, experts(model), model.layers)
    sizes = (
        mixes.bytes_of(mixes.type_of(quantization, matrix, traits), matrix.elements)
        for matrix in matrices(model)
    )
    return round(sum(sizes)) + _TOKEN_IN_FILE * model.vocabulary


def _formats(quantization: str) -> tuple[str, str]:
    """What matrices are kept in, and what all else is and is computed in: `int8_float16`."""
    kept, _, computed = quantization.lower().partition("_")
    kept, computed = (_OTHER_NAMES.get(name, name) for name in (kept, computed))
    if not computed:
        computed = {"int8": "float32", "int16": "float32", "int4": "float16"}.get(kept, kept)
    if not {kept, computed} <= _WIDTHS.keys():
        raise ValueError(f"There is no format {quantization!r}.")
    return kept, computed


def _matrix_bytes(matrix: Matrix, kept: str, computed: str) -> float:
    if matrix.part in (Part.SMALL, Part.OTHER):
        return matrix.elements * _WIDTHS[computed]
    if kept == "int8":  # each row has a scale
        return matrix.elements * (1 + _F32 / matrix.columns)
    if kept == "int4":
        if matrix.part in (Part.INPUT, Part.OUTPUT, Part.SHARED):
            return matrix.elements * _WIDTHS[computed]
        return matrix.elements * (_WIDTHS[kept] + 2 * _F16 / _GROUP)
    return matrix.elements * _WIDTHS[kept]


def _width_of_results(engine: Engine, quantization: str, serving: Serving) -> float:
    """Bytes of a key's elements."""
    if engine is Engine.LLAMACPP:
        return _F16 if serving.on_gpu else Q8_0_BYTES
    return int(_WIDTHS[_formats(quantization)[1]])
