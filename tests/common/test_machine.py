import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from common import memory
from common.catalogue.entry import Engine
from common.cores import usable_cores
from common.machine import Machine, Speed, detect, expected_tokens_per_s, probe
from tests.common.catalogue.shapes import AYA_8B, LLAMA_8B, MIXTRAL, NLLB_600M, entry

GB = 10**9
X86 = """processor\t: 0
model name\t: A CPU
flags\t\t: fpu sse4_2 avx avx2 avx512f avx512_vnni amx_int8

processor\t: 1
flags\t\t: fpu sse4_2 avx avx2 avx512f avx512_vnni amx_int8
"""
OLD_X86 = "flags : fpu sse sse2 sse4_1 sse4_2 popcnt\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd crc32 asimddp i8mm\n"


@dataclass
class Info:
    free: int


class NoGPUError(Exception):
    """As NVML raises."""


class FakeNVML:
    """NVML of a machine with GPUs that have so much free, or whose call of that name fails."""

    NVMLError = NoGPUError

    def __init__(self, *free: int, failing: str = "") -> None:
        self._free, self._failing = free, failing
        self.open = 0

    def _call(self, name: str) -> None:
        if name == self._failing:
            raise self.NVMLError(name)

    def nvmlInit(self) -> None:  # noqa: N802  # its name
        self._call("init")
        self.open += 1

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.open -= 1

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return len(self._free)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        return index

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> Info:  # noqa: N802
        self._call("memory")
        return Info(self._free[handle])


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str, str], Machine]:
    """A machine of that architecture, whose kernel says that of its processor."""

    def detected(architecture: str, cpu_info: str) -> Machine:
        monkeypatch.setattr(platform, "machine", lambda: architecture)
        file = tmp_path / "cpuinfo"
        file.write_text(cpu_info)
        return detect(file, FakeNVML())

    return detected


def test_this_machine_is_described() -> None:
    found = detect(nvml=FakeNVML())
    assert found.memory_of == "ram"
    assert found.memory_bytes == pytest.approx(memory.available().available, rel=0.2)
    assert found.cores == usable_cores()
    assert found.architecture


@pytest.mark.parametrize(
    ("architecture", "cpu_info", "known", "sets"),
    [
        (
            "x86_64",
            X86,
            "x86_64",
            ("amx_int8", "avx512_vnni", "avx512f", "avx2", "avx", "sse4_2"),
        ),
        ("AMD64", OLD_X86, "x86_64", ("sse4_2",)),
        ("aarch64", ARM, "aarch64", ("i8mm", "dotprod", "neon")),
        ("arm64", "", "aarch64", ()),
        ("riscv64", "isa : rv64imafdc\n", "riscv64", ()),
        ("", "", "unknown", ()),
    ],
)
def test_instruction_sets_are_the_kernels_best_first(
    on: Callable[[str, str], Machine],
    architecture: str,
    cpu_info: str,
    known: str,
    sets: tuple[str, ...],
) -> None:
    found = on(architecture, cpu_info)
    assert (found.architecture, found.instruction_sets) == (known, sets)
    assert found.instruction_set == (sets[0] if sets else "unknown")


def test_a_kernel_that_says_nothing_leaves_it_unknown(tmp_path: Path) -> None:
    assert detect(tmp_path / "none", FakeNVML()).instruction_set == "unknown"


def test_the_first_gpu_is_what_counts() -> None:
    nvml = FakeNVML(8 * GB, 24 * GB)
    found = detect(nvml=nvml)
    assert (found.memory_bytes, found.memory_of) == (8 * GB, "vram")
    assert nvml.open == 0


@pytest.mark.parametrize(
    "nvml",
    [FakeNVML(), FakeNVML(8 * GB, failing="init"), FakeNVML(8 * GB, failing="memory")],
    ids=["no GPU", "no driver", "memory is not told"],
)
def test_without_a_gpu_it_is_main_memory(nvml: FakeNVML) -> None:
    assert detect(nvml=nvml).memory_of == "ram"
    assert nvml.open == 0


def test_without_nvmls_library_it_is_main_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert detect().memory_of == "ram"


def test_probe_measures_reading_and_computing() -> None:
    found = probe(0.1)
    # From a microcontroller to all that is to come.
    assert 1e8 < found.bytes_per_s < 1e13
    assert 1e8 < found.flops_per_s < 1e15


def test_probe_takes_a_part_of_what_little_memory_there_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "available", lambda: memory.Memory(4000, "free on this machine"))
    assert probe(0.01).bytes_per_s > 0


def test_expected_speed_is_what_was_measured_of_the_8b_shape() -> None:
    # One caller of the service, on the two cores whose memory gave 25 GB/s.
    aya = entry(AYA_8B, "Q4_K_M", sizes={"Q4_K_M": 5_056_981_856})
    found = expected_tokens_per_s(aya, "Q4_K_M", Speed(25e9, 150e9))
    assert found == pytest.approx(4.2, rel=0.25)


def test_whichever_takes_longer_decides() -> None:
    llama = entry(LLAMA_8B, "Q4_K_M", "Q8_0")
    slow_memory, slow_cores = Speed(10e9, 1e15), Speed(1e15, 10e9)
    four, eight = (expected_tokens_per_s(llama, name, slow_memory) for name in ("Q4_K_M", "Q8_0"))
    assert four > 1.5 * eight
    four, eight = (expected_tokens_per_s(llama, name, slow_cores) for name in ("Q4_K_M", "Q8_0"))
    assert four == eight == pytest.approx(10e9 / 2 / 7.5e9, rel=0.01)


def test_of_a_mixture_only_the_active_experts_are_read() -> None:
    speed = Speed(25e9, 1e15)
    mixture = entry(MIXTRAL, "Q8_0")
    dense = entry(MIXTRAL.model_copy(update={"active_parameters": None}), "Q8_0")
    assert expected_tokens_per_s(mixture, "Q8_0", speed) > 3 * expected_tokens_per_s(
        dense, "Q8_0", speed
    )


def test_an_encoder_reads_its_source_once() -> None:
    nllb = entry(NLLB_600M, "int8", engine=Engine.CTRANSLATE2)
    found = expected_tokens_per_s(nllb, "int8", Speed(25e9, 1e15))
    assert found == pytest.approx(25e9 / 464e6, rel=0.02)
