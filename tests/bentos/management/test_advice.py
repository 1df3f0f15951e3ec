from collections.abc import Callable

import pytest

from bentos.management.advice import compatibility, plan
from bentos.management.shapes import Plan, PlanRequest, Verdict
from common.catalogue.entry import Engine, Entry, HubFile
from common.catalogue.estimate import estimate, required
from common.catalogue.serving import Serving
from common.machine import Machine, Speed
from tests.bentos.management.shelf import machine
from tests.common.catalogue.shapes import AYA_8B, NLLB_600M, entry

GB = 10**9
MIXES = ("Q4_K_M", "Q8_0", "Q6_K", "Q2_K")
SIZES = {"Q4_K_M": 5_056_981_856, "Q8_0": 8_540_000_000}
AYA = entry(AYA_8B, *MIXES, id="aya", bento="aya", sizes=SIZES)
NLLB = entry(NLLB_600M, "int8", "float32", id="nllb", bento="nllb", engine=Engine.CTRANSLATE2)


def planned(
    request: PlanRequest,
    of: Entry = AYA,
    on: Machine | None = None,
    disk_free: int = 100 * GB,
) -> Plan:
    return plan(of, request, on or machine(64), disk_free, {})


def x86(*instruction_sets: str) -> Machine:
    return Machine(64 * GB, "ram", 2, "x86_64", instruction_sets)


def test_what_is_asked_for_and_fits_is_planned() -> None:
    found = planned(PlanRequest(model="aya", quantization="q4_k_m"))
    assert (found.id, found.quantization, found.verdict) == ("aya", "Q4_K_M", Verdict.FITS)
    assert found.reason == (
        f"Q4_K_M needs {required(AYA, 'Q4_K_M') / GB:.2f} GB when it is busy; "
        "64.00 GB of main memory are free."
    )
    assert found.download_bytes == found.disk_bytes == SIZES["Q4_K_M"]
    assert (found.memory_available_bytes, found.memory_of) == (64 * GB, "ram")
    assert (found.license, found.commercial_use) == ("Apache-2.0", True)
    assert found.warnings == []


def test_nothing_asked_for_plans_what_is_recommended() -> None:
    assert planned(PlanRequest(model="aya")).quantization == "Q8_0"
    tight = planned(PlanRequest(model="aya"), on=machine(7.5))
    assert (tight.quantization, tight.verdict) == ("Q4_K_M", Verdict.FITS)


def test_a_smaller_one_that_fits_is_named() -> None:
    found = planned(PlanRequest(model="aya", quantization="Q8_0"), on=machine(7.5))
    assert (found.quantization, found.verdict) == ("Q8_0", Verdict.FITS_SMALLER)
    assert found.fitting == "Q4_K_M"
    assert f"Q8_0 needs {required(AYA, 'Q8_0') / GB:.2f} GB" in found.reason
    assert f"Q4_K_M needs {required(AYA, 'Q4_K_M') / GB:.2f} GB and fits." in found.reason


def test_where_none_fits_the_reason_has_the_numbers() -> None:
    found = planned(PlanRequest(model="aya", quantization="Q8_0"), on=machine(3))
    assert found.verdict is Verdict.DOES_NOT_FIT
    assert found.fitting is None
    assert f"and Q2_K, the smallest, {required(AYA, 'Q2_K') / GB:.2f} GB" in found.reason
    assert found.reason.endswith("only 3.00 GB of main memory are free.")
    least = planned(PlanRequest(model="aya"), on=machine(3))
    assert (least.quantization, least.verdict) == ("Q2_K", Verdict.DOES_NOT_FIT)
    assert "the smallest" not in least.reason


def test_exactly_enough_is_enough() -> None:
    needed = required(AYA, "Q4_K_M")
    request = PlanRequest(model="aya", quantization="Q4_K_M", memory_bytes=needed)
    assert planned(request).verdict is Verdict.FITS
    less = request.model_copy(update={"memory_bytes": needed - 1})
    assert planned(less).verdict is Verdict.FITS_SMALLER


def test_given_memory_counts_instead_of_the_machines() -> None:
    found = planned(PlanRequest(model="aya", memory_bytes=3 * GB))
    assert (found.memory_of, found.memory_available_bytes) == ("given", 3 * GB)
    assert found.reason.endswith("only 3.00 GB are given.")


def test_a_gpus_memory_is_said_to_be_its_own() -> None:
    on_gpu = Machine(24 * GB, "vram", 8, "x86_64", ())
    speed = Speed(25e9, 150e9)
    found = plan(AYA, PlanRequest(model="aya"), on_gpu, 100 * GB, {}, speed=speed)
    assert "24.00 GB of the GPU's memory are free." in found.reason
    assert (found.memory_of, found.instruction_set) == ("vram", "unknown")
    # What was probed is the processor.
    assert found.tokens_per_second is None
    assert "without GPU support" in found.warnings[0]
    # What keeps keys and values rounded is the processor too.
    on_cpu = planned(PlanRequest(model="aya", quantization=found.quantization)).memory
    assert found.memory.cache_bytes * 34 == on_cpu.cache_bytes * 64


def test_slots_and_their_context_are_what_is_estimated() -> None:
    asked = PlanRequest(model="aya", quantization="Q4_K_M", slots=16, context_tokens=384)
    serving = Serving(16, 384, prefix_tokens=1024, sequences=32, rows=64)
    found = planned(asked)
    assert found.memory.total_bytes == estimate(AYA, "Q4_K_M", serving).total
    assert found.memory.cache_bytes == (16 * 384 + 1024) * 68 * 1024
    more = planned(PlanRequest(model="aya", slots=64, context_tokens=8192), on=machine(32))
    assert more.verdict is Verdict.DOES_NOT_FIT


def test_measured_memory_stands_beside_the_estimate() -> None:
    request = PlanRequest(model="aya", quantization="Q4_K_M")
    found = plan(AYA, request, machine(64), GB, {"q4_k_m": 6 * GB}).memory
    assert (found.quantization, found.measured_bytes) == ("Q4_K_M", 6 * GB)
    assert found.total_bytes == found.weights_bytes + found.cache_bytes + found.overhead_bytes
    assert planned(request).memory.measured_bytes is None


def test_speed_is_expected_only_of_a_probe() -> None:
    request = PlanRequest(model="aya", quantization="Q4_K_M")
    found = plan(AYA, request, machine(64), GB, {}, speed=Speed(25e9, 150e9))
    assert found.tokens_per_second == pytest.approx(4.94, abs=0.01)
    assert planned(request).tokens_per_second is None


def test_quantization_that_is_not_offered_is_refused() -> None:
    with pytest.raises(ValueError, match=r"aya does not come in 'Q9'; there are Q4_K_M, Q8_0"):
        planned(PlanRequest(model="aya", quantization="Q9"))


@pytest.mark.parametrize(
    ("facts", "warning"),
    [
        ({"bento": None}, "No Bento serves this model yet"),
        (
            {"commercial_use": False, "license": "CC-BY-NC-4.0"},
            "The licence, CC-BY-NC-4.0, restricts commercial use.",
        ),
        (
            {"unverified": ("files", "license")},
            "Not verified against the source: files, license.",
        ),
    ],
)
def test_what_the_catalogue_says_against_it_is_a_warning(
    facts: dict[str, object], warning: str
) -> None:
    [found] = planned(PlanRequest(model="aya"), of=AYA.model_copy(update=facts)).warnings
    assert found.startswith(warning)


@pytest.mark.parametrize(
    ("on", "warning"),
    [
        (x86("avx2", "avx", "sse4_2"), None),
        (x86("avx", "sse4_2"), "no AVX2, avx at best"),
        (Machine(64 * GB, "ram", 2, "aarch64", ("neon",)), "no dot products, neon at best"),
        (Machine(64 * GB, "ram", 2, "aarch64", ("i8mm", "dotprod", "neon")), None),
        (x86(), None),
        (Machine(64 * GB, "ram", 2, "riscv64", ()), None),
    ],
)
def test_a_slow_processor_is_a_warning(on: Machine, warning: str | None) -> None:
    found = planned(PlanRequest(model="aya"), on=on).warnings
    assert [warning in each for each in found if warning] == ([True] if warning else [])
    assert bool(found) is (warning is not None)


def test_a_full_disk_is_a_warning() -> None:
    request = PlanRequest(model="aya", quantization="Q4_K_M")
    [found] = planned(request, disk_free=5 * GB).warnings
    assert found == "Pulling needs 5.06 GB of disk; 5.00 GB are free."
    files = (HubFile(name="model.bin", size=GB),)
    converted = NLLB.model_copy(update={"files": files})
    [found] = planned(PlanRequest(model="nllb"), of=converted, disk_free=GB).warnings
    assert found == "Pulling needs 1.62 GB of disk; 1.00 GB are free."


def test_what_a_cpu_computes_in_int8_whatever_it_comes_in_is_a_warning() -> None:
    [found] = planned(PlanRequest(model="nllb", quantization="float32"), of=NLLB).warnings
    assert "computes it in int8" in found
    assert planned(PlanRequest(model="nllb", quantization="int8"), of=NLLB).warnings == []


def test_more_context_than_the_model_has_is_a_warning() -> None:
    request = PlanRequest(model="aya", slots=1, context_tokens=16384)
    [found] = planned(request).warnings
    assert "trained for 8192 tokens" in found


def test_more_memory_never_plans_a_smaller_quantization() -> None:
    sizes = []
    for step in range(1, 60):
        found = planned(PlanRequest(model="aya", memory_bytes=step * GB // 4))
        sizes.append(found.memory.weights_bytes)
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == len(MIXES)


def nothing(_: str) -> bool:
    return False


def everything(_: str) -> bool:
    return True


@pytest.mark.parametrize(
    ("of", "on", "installed", "failing"),
    [
        (AYA, machine(64), everything, {}),
        (AYA, machine(1), everything, {"memory": "only 1.00 GB of main memory are free."}),
        (AYA, x86("avx"), everything, {"instruction set": "no AVX2"}),
        (AYA, machine(64), nothing, {"engine": "llama_cpp is not installed."}),
        (NLLB, machine(64), nothing, {"engine": "ctranslate2 is not installed."}),
        (
            AYA.model_copy(update={"bento": None}),
            machine(64),
            everything,
            {"servable": "No Bento"},
        ),
    ],
)
def test_a_machine_that_cannot_serve_it_is_told_what_it_lacks(
    of: Entry, on: Machine, installed: Callable[[str], bool], failing: dict[str, str]
) -> None:
    found = compatibility(of, on, installed)
    assert [each.name for each in found] == ["memory", "instruction set", "engine", "servable"]
    lacking = {each.name: each.message for each in found if not each.ok}
    assert lacking.keys() == failing.keys()
    assert all(text in lacking[name] for name, text in failing.items())


def test_installed_engines_are_found() -> None:
    [engine] = [each for each in compatibility(AYA, machine(64)) if each.name == "engine"]
    assert (engine.ok, engine.message) == (True, "llama_cpp is installed.")
