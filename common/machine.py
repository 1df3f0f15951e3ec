"""What this machine offers a model: memory, cores, instructions, speed; nothing of what one needs.

The environment that GPUs are hidden with is not looked at.
"""

import importlib
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from common import memory
from common.catalogue.entry import Entry
from common.catalogue.estimate import active_bytes, active_parameters
from common.cores import usable_cores

UNKNOWN = "unknown"
_CPU_INFO = Path("/proc/cpuinfo")
# As the kernel names them and as they are known, best first.
_INSTRUCTION_SETS = {
    "x86_64": {
        "amx_int8": "amx_int8",
        "avx512_vnni": "avx512_vnni",
        "avx512f": "avx512f",
        "avx2": "avx2",
        "avx": "avx",
        "sse4_2": "sse4_2",
    },
    "aarch64": {"i8mm": "i8mm", "asimddp": "dotprod", "asimd": "neon"},
}
_SAME_ARCHITECTURE = {"amd64": "x86_64", "arm64": "aarch64"}
_FLAGS = ("flags", "features")

_PROBED_BYTES = 256 * 2**20
"""Of a matrix: more than a processor's caches hold."""
_PROBED_SHARE = 4
"""At most this part of what is free."""
_ROW = 4096
_SIDE = 1024
_FLOAT = 4
_FLOPS = 2
"""A weight is multiplied and added."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What is there now."""

    memory_bytes: int
    """That this process may still take; where there is a GPU, what the first one has free."""
    memory_of: Literal["ram", "vram"]
    cores: int
    architecture: str
    instruction_sets: tuple[str, ...]
    """Those that inference gains from, best first."""

    @property
    def instruction_set(self) -> str:
        """The best, or `unknown`."""
        return self.instruction_sets[0] if self.instruction_sets else UNKNOWN


@dataclass(frozen=True, slots=True)
class Speed:
    """What all usable cores reach together."""

    bytes_per_s: float
    """Read from memory."""
    flops_per_s: float
    """In float32."""


def detect(cpu_info: Path = _CPU_INFO, nvml: Any | None = None) -> Machine:  # noqa: ANN401  # a module, or one like it
    """Looks at this machine; `nvml` None takes the library where it is installed."""
    architecture = _architecture(platform.machine())
    graphics = _free_vram(nvml or _library())
    return Machine(
        memory_bytes=memory.available().available if graphics is None else graphics,
        memory_of="ram" if graphics is None else "vram",
        cores=usable_cores(),
        architecture=architecture,
        instruction_sets=_instruction_sets(cpu_info, architecture),
    )


def probe(seconds: float = 2.0) -> Speed:
    """Measures for so long: the best of what was reached, so that a neighbour counts little.

    Reading is a matrix times a vector, which is what writing a token is; both products use as many
    threads as numpy's library does, which are all cores.
    """
    import numpy as np  # noqa: PLC0415  # slow, and of no use to most

    size = min(_PROBED_BYTES, memory.available().available // _PROBED_SHARE)
    table = np.ones((max(1, size // _FLOAT // _ROW), _ROW), np.float32)
    row = np.ones(_ROW, np.float32)
    square = np.ones((_SIDE, _SIDE), np.float32)
    reading = _best_time(lambda: table @ row, seconds / 2)
    computing = _best_time(lambda: square @ square, seconds / 2)
    return Speed(table.nbytes / reading, _FLOPS * _SIDE**3 / computing)


def expected_tokens_per_s(entry: Entry, quantization: str, speed: Speed) -> float:
    """What one caller alone can be written in a second, at most.

    A token needs all active weights read once and each of them multiplied and added once, so
    tokens/s = 1 / max(active bytes / bytes per s, 2 * active parameters / flops per s).
    Real engines reach eight or nine tenths: 8B in Q4_K_M reads 5.06 GB a token, and wrote 4.2
    tokens a second where memory gave 25 GB/s.
    """
    reading = active_bytes(entry, quantization) / speed.bytes_per_s
    computing = _FLOPS * active_parameters(entry.architecture) / speed.flops_per_s
    return 1 / max(reading, computing)


def _best_time(run: Callable[[], object], seconds: float) -> float:
    """Of one run; the first one warms up."""
    run()
    best, end = float("inf"), time.perf_counter() + seconds
    while True:
        began = time.perf_counter()
        run()
        ended = time.perf_counter()
        best = min(best, ended - began)
        if ended >= end:
            return best


def _architecture(name: str) -> str:
    lower = name.lower()
    return _SAME_ARCHITECTURE.get(lower, lower) or UNKNOWN


def _instruction_sets(cpu_info: Path, architecture: str) -> tuple[str, ...]:
    """As the kernel lists them; none where it does not."""
    names = _INSTRUCTION_SETS.get(architecture, {})
    try:
        lines = cpu_info.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    found: set[str] = set()
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip().lower() in _FLAGS:
            found.update(value.split())
    return tuple(known for kernels, known in names.items() if kernels in found)


def _library() -> Any | None:  # noqa: ANN401  # a module without types
    try:
        return importlib.import_module("pynvml")
    except ImportError:
        return None


def _free_vram(nvml: Any | None) -> int | None:  # noqa: ANN401  # a module without types
    """Of the first GPU, which is the one that engines take; None where there is none."""
    if nvml is None:
        return None
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:
        return None
    try:
        if nvml.nvmlDeviceGetCount() == 0:
            return None
        first = nvml.nvmlDeviceGetHandleByIndex(0)
        return int(nvml.nvmlDeviceGetMemoryInfo(first).free)
    except nvml.NVMLError:
        return None
    finally:
        nvml.nvmlShutdown()
