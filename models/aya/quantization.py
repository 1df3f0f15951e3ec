"""Which of Aya Expanse 8B's quantisations to take, and why; asks neither hub nor machine."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from typing_extensions import override

from common.catalogue.entry import Architecture, Engine, Kind
from common.catalogue.estimate import PROCESS_BYTES, fixed_bytes
from common.catalogue.serving import Q8_0_BYTES, Serving, cache_bytes, step_bytes
from common.downloads import gigabytes
from common.memory import Memory
from models.base.weights import WeightsError
from models.engines.llamacpp.contract import EngineSettings

AUTO = "auto"
# Largest first, as llama.cpp's and the repository's tables order them for an 8B; only to know what
# comes after one that the repository lacks.
ORDER = (
    *("F32", "BF16", "F16", "Q8_0", "Q6_K_L", "Q6_K", "Q5_K_L", "Q5_1", "Q5_K_M", "Q5_K_S", "Q5_0"),
    *("Q4_K_L", "Q4_1", "Q4_K_M", "Q4_K_S", "IQ4_NL", "Q4_0", "IQ4_XS", "Q3_K_XL", "Q3_K_L"),
    *("Q3_K_M", "IQ3_M", "IQ3_S", "Q3_K_S", "IQ3_XS", "Q2_K_L", "IQ3_XXS", "Q2_K", "Q2_K_S"),
    *("IQ2_M", "IQ2_S", "IQ2_XS", "IQ2_XXS", "IQ1_M", "IQ1_S"),
)
_F16_BYTES = 2
UNQUANTISED = ("F32", "BF16", "F16")
REMOVED = re.compile(r"Q4_0_\d_\d")
"""Formats that llama.cpp no longer reads."""

# config.json of CohereForAI/aya-expanse-8b.
EXPANSE_8B = Architecture(
    name="cohere",
    kind=Kind.DECODER,
    parameters=8_028_033_024,
    layers=32,
    heads=32,
    kv_heads=8,
    dimension=4096,
    inner_dimension=14336,
    vocabulary=256_000,
    context=8192,
)


@dataclass(frozen=True, slots=True)
class Need:
    """Estimated bytes of memory, by what takes them."""

    weights: int
    cache: int
    batch: int
    service: int
    """The process beside the model, the engine's library and the vocabulary."""

    @property
    def total(self) -> int:
        return self.weights + self.cache + self.batch + self.service

    @override
    def __str__(self) -> str:
        return (
            f"{gigabytes(self.total)} (weights {gigabytes(self.weights)}, "
            f"KV cache {gigabytes(self.cache)}, batch {gigabytes(self.batch)}, "
            f"service {gigabytes(self.service)})"
        )


def need(file_size: int, engine: EngineSettings, model: Architecture = EXPANSE_8B) -> Need:
    """What serving a file takes."""
    serving = Serving(
        engine.slots,
        engine.context_tokens,
        prefix_tokens=engine.prefix_tokens,
        sequences=engine.sequences,
        rows=engine.rows,
    )
    width = _F16_BYTES if engine.cache_type == "f16" else Q8_0_BYTES
    return Need(
        weights=file_size,
        cache=cache_bytes(model, serving, width),
        batch=step_bytes(model, serving),
        service=PROCESS_BYTES + fixed_bytes(model, Engine.LLAMACPP),
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """Quantisations to try in turn, and why the first is the first."""

    names: tuple[str, ...]
    why: str


def choose(
    sizes: Mapping[str, int], wanted: str | None, memory: Memory, engine: EngineSettings
) -> Choice:
    """From what there is, with the size of each; `auto` takes the largest that fits the memory.

    Raises:
        WeightsError: where none fits, or what is wanted is no quantisation.
    """
    usable = {name: size for name, size in sizes.items() if not REMOVED.fullmatch(name)}
    falling = sorted(usable, key=lambda name: usable[name], reverse=True)
    name = (wanted or AUTO).upper()
    if name == AUTO.upper():
        return _automatic(falling, usable, memory, engine)
    if name in usable:
        smaller = _quantised(each for each in falling if usable[each] < usable[name])
        return Choice((name, *smaller), "as asked for" + _tight(usable[name], memory, engine))
    if REMOVED.fullmatch(name):
        raise WeightsError(f"{name} is a format that llama.cpp no longer reads; take Q4_0.")
    if name not in ORDER:
        raise WeightsError(f"No quantization {name!r}; there are {', '.join(falling)}, and {AUTO}.")
    later = ORDER[ORDER.index(name) :]
    smaller = _quantised(each for each in falling if each in later)
    if not smaller:
        raise WeightsError(f"There is no {name} and none smaller; there are {', '.join(falling)}.")
    why = f"there is no {name}, this is the next smaller one"
    return Choice(smaller, why + _tight(usable[smaller[0]], memory, engine))


def _automatic(
    falling: list[str], sizes: Mapping[str, int], memory: Memory, engine: EngineSettings
) -> Choice:
    names = _quantised(falling)
    fitting = tuple(name for name in names if need(sizes[name], engine).total <= memory.available)
    if not names:
        raise WeightsError("There is no quantization to choose from.")
    if not fitting:
        least = names[-1]
        raise WeightsError(
            f"No quantization fits the memory: the smallest, {least}, needs "
            f"{need(sizes[least], engine)}, there are {memory}. "
            f"QUANT={least} takes it all the same."
        )
    why = f"the largest quantisation that fits {memory}"
    if skipped := [name for name in names if name not in fitting]:
        above = skipped[-1]
        why += f", {above} would need {gigabytes(need(sizes[above], engine).total)}"
    return Choice(fitting, why)


def _quantised(names: Iterable[str]) -> tuple[str, ...]:
    """Without those that are twice as slow and no better: they have to be asked for."""
    return tuple(name for name in names if name not in UNQUANTISED)


def _tight(size: int, memory: Memory, engine: EngineSettings) -> str:
    needed = need(size, engine).total
    if needed <= memory.available:
        return ""
    return f"; it needs {gigabytes(needed)} of memory, more than {memory}"
