"""Whether a machine can serve a model, and why; asks nothing but what it is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Literal

from typing_extensions import override

from bentos.management.ranking import recommend
from bentos.management.shapes import CheckItem, MemoryEstimate, Plan, PlanRequest, Verdict
from common.catalogue.entry import Engine, Entry
from common.catalogue.estimate import (
    disk_bytes,
    download_bytes,
    estimate,
    recommended,
    required,
)
from common.catalogue.serving import Serving
from common.downloads import gigabytes
from common.machine import Machine, Speed, expected_tokens_per_s

__all__ = ["compatibility", "plan", "recommend"]

# What integer arithmetic needs to be fast; what else a processor has is better still.
_NEEDED_INSTRUCTIONS = {"x86_64": ("avx2", "AVX2"), "aarch64": ("dotprod", "dot products")}
_MODULES = {
    Engine.CTRANSLATE2: "ctranslate2",
    Engine.LLAMACPP: "llama_cpp",
    Engine.TRANSFORMERS: "transformers",
}


@dataclass(frozen=True, slots=True)
class _Room:
    """Memory that a model may take, and whose it is."""

    available: int
    of: Literal["ram", "vram", "given"]

    @classmethod
    def on(cls, machine: Machine, given: int | None = None) -> "_Room":
        if given is not None:
            return cls(given, "given")
        return cls(machine.memory_bytes, machine.memory_of)

    @override
    def __str__(self) -> str:
        whose = {"ram": "main memory are free", "vram": "the GPU's memory are free"}
        if self.of == "given":
            return f"{gigabytes(self.available)} are given"
        return f"{gigabytes(self.available)} of {whose[self.of]}"


def plan(
    entry: Entry,
    request: PlanRequest,
    machine: Machine,
    disk_free: int,
    measured: Mapping[str, int],
    *,
    speed: Speed | None = None,
) -> Plan:
    """What serving the model takes, and whether there is room; `measured` by quantization.

    Raises:
        ValueError: It does not come in the quantization that is asked for.
    """
    room = _Room.on(machine, request.memory_bytes)
    serving = _serving(entry, request, machine)
    name = _asked(entry, request.quantization) or recommended(entry, room.available, serving)
    verdict, reason = _verdict(entry, name, serving, room)
    on_gpu = machine.memory_of == "vram"
    return Plan(
        id=entry.id,
        quantization=name,
        verdict=verdict,
        fitting=_fitting(entry, serving, room),
        reason=reason,
        download_bytes=download_bytes(entry, name),
        disk_bytes=disk_bytes(entry, name),
        disk_free_bytes=disk_free,
        memory=_memory(entry, name, serving, measured),
        memory_available_bytes=room.available,
        memory_of=room.of,
        instruction_set=machine.instruction_set,
        # The probe measures the processor.
        tokens_per_second=(
            round(expected_tokens_per_s(entry, name, speed), 2) if speed and not on_gpu else None
        ),
        license=entry.license,
        commercial_use=entry.commercial_use,
        warnings=[*_warnings(entry, name, request, machine, disk_free)],
    )


def _serving(entry: Entry, request: PlanRequest, machine: Machine) -> Serving | None:
    """What is asked for; None: as the engine usually does."""
    serving = Serving.asked(entry, request.slots, request.context_tokens)
    if machine.memory_of == "vram" and entry.engine is Engine.LLAMACPP:
        return replace(serving or Serving.busiest(entry), on_gpu=True)
    return serving


def compatibility(
    entry: Entry, machine: Machine, is_installed: Callable[[str], bool] | None = None
) -> list[CheckItem]:
    """What a machine must have to serve it, each looked at."""
    room = _Room.on(machine)
    name = recommended(entry, room.available)
    verdict, reason = _verdict(entry, name, None, room)
    lacking = _lacking_instructions(machine)
    module = _MODULES[entry.engine]
    has_engine = (is_installed or _is_installed)(module)
    return [
        CheckItem(name="memory", ok=verdict is Verdict.FITS, message=reason),
        CheckItem(
            name="instruction set",
            ok=lacking is None,
            message=lacking or f"The processor has {machine.instruction_set}.",
        ),
        CheckItem(
            name="engine",
            ok=has_engine,
            message=f"{module} is {'installed' if has_engine else 'not installed'}.",
        ),
        CheckItem(
            name="servable",
            ok=entry.servable,
            message=f"The Bento {entry.bento} serves it." if entry.servable else _NOT_SERVABLE,
        ),
    ]


_NOT_SERVABLE = "No Bento serves this model yet: it can be planned for, not pulled."


def _asked(entry: Entry, name: str | None) -> str | None:
    if name is None:
        return None
    offer = entry.quantization(name)
    if offer is None:
        offered = ", ".join(each.name for each in entry.quantizations)
        raise ValueError(f"{entry.id} does not come in {name!r}; there are {offered}.")
    return offer.name


def _verdict(entry: Entry, name: str, serving: Serving | None, room: _Room) -> tuple[Verdict, str]:
    needed = required(entry, name, serving)
    if needed <= room.available:
        return Verdict.FITS, f"{name} needs {gigabytes(needed)} when it is busy; {room}."
    other = recommended(entry, room.available, serving)
    smaller = required(entry, other, serving)
    if smaller <= room.available:
        return Verdict.FITS_SMALLER, (
            f"{name} needs {gigabytes(needed)} when it is busy and {room}; "
            f"{other} needs {gigabytes(smaller)} and fits."
        )
    even = f", and {other}, the smallest, {gigabytes(smaller)}" if other != name else ""
    return Verdict.DOES_NOT_FIT, (
        f"{name} needs {gigabytes(needed)} when it is busy{even}; only {room}."
    )


def _fitting(entry: Entry, serving: Serving | None, room: _Room) -> str | None:
    name = recommended(entry, room.available, serving)
    return name if required(entry, name, serving) <= room.available else None


def _memory(
    entry: Entry, name: str, serving: Serving | None, measured: Mapping[str, int]
) -> MemoryEstimate:
    need = estimate(entry, name, serving)
    known = {quantization.upper(): size for quantization, size in measured.items()}
    return MemoryEstimate(
        quantization=name,
        weights_bytes=need.weights,
        cache_bytes=need.cache,
        overhead_bytes=need.overhead,
        total_bytes=need.total,
        download_bytes=download_bytes(entry, name),
        measured_bytes=known.get(name.upper()),
    )


def _warnings(
    entry: Entry, name: str, request: PlanRequest, machine: Machine, disk_free: int
) -> list[str]:
    found = []
    disk = disk_bytes(entry, name)
    if not entry.servable:
        found.append(_NOT_SERVABLE)
    if disk is not None and disk > disk_free:
        found.append(f"Pulling needs {gigabytes(disk)} of disk; {gigabytes(disk_free)} are free.")
    if machine.memory_of == "vram":
        found.append("An engine that was built without GPU support takes main memory instead.")
    elif lacking := _lacking_instructions(machine):
        found.append(lacking)
    if (request.context_tokens or 0) > entry.architecture.context:
        found.append(
            f"The model was trained for {entry.architecture.context} tokens; no slot gets more."
        )
    if _is_converted(entry, name, machine):
        found.append("A CPU computes it in int8 unless the service is set otherwise.")
    if not entry.commercial_use:
        found.append(f"The licence, {entry.license}, restricts commercial use.")
    if entry.unverified:
        found.append(f"Not verified against the source: {', '.join(entry.unverified)}.")
    return found


def _is_converted(entry: Entry, name: str, machine: Machine) -> bool:
    """Whether loading makes other weights of it, which take less once they are there."""
    on_cpu = entry.engine is Engine.CTRANSLATE2 and machine.memory_of == "ram"
    return on_cpu and not name.startswith("int8")


def _lacking_instructions(machine: Machine) -> str | None:
    """What makes it slow; None where nothing is known to be lacking."""
    needed, known_as = _NEEDED_INSTRUCTIONS.get(machine.architecture, ("", ""))
    best = machine.instruction_set
    if not needed or not machine.instruction_sets or needed in machine.instruction_sets:
        return None
    return f"The processor has no {known_as}, {best} at best: expect a fraction of the speed."


def _is_installed(module: str) -> bool:
    return find_spec(module) is not None
