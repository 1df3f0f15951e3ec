"""The predecessor's shape and ours at full size: memory, start-up, answers, and a death."""

import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from load_tests.benchmarks.fleet import asking, machine, served
from load_tests.benchmarks.fleet.asking import Asked, Shaped
from load_tests.benchmarks.fleet.machine import Memory
from load_tests.benchmarks.fleet.predecessor import CONTEXT_TOKENS, Predecessor
from load_tests.benchmarks.goals import Goal
from load_tests.benchmarks.workload import Sentence, Work, sentences
from load_tests.server import Server

NLLB, AYA = "nllb", "aya"
TOKENS = {NLLB: 20, AYA: 16}
"""Random weights never end by themselves: every translation has so many."""
_SERVICES = {NLLB: "bentos.nllb:", AYA: "bentos.aya:"}
"""Beginnings of what `bentoml serve` is told."""
_COUNTS = {NLLB: 8, AYA: 3}
_UNDER_LOAD, _CALLERS = 60, 4
_SLOTS, _PREFIX_TOKENS = 4, 1024
_READ_BYTES = 2**24
CONFIGURATION = f"""
[backends.nllb]
on_demand = true
pinned = true

[backends.nllb.environment]
NLLB_MODEL_PATH = "{{nllb}}"
NLLB_MAX_OUTPUT_TOKENS = "{TOKENS[NLLB]}"

[backends.aya]
on_demand = true
pinned = true

[backends.aya.environment]
AYA_MODEL_PATH = "{{aya}}"
AYA_SLOTS = "{_SLOTS}"
AYA_CONTEXT_TOKENS = "{(CONTEXT_TOKENS - _PREFIX_TOKENS) // _SLOTS}"
AYA_PREFIX_TOKENS = "{_PREFIX_TOKENS}"
AYA_MAX_OUTPUT_TOKENS = "{TOKENS[AYA]}"
AYA_IGNORE_END = "true"
"""


@dataclass(frozen=True)
class Weights:
    """NLLB's for either engine, and Aya's."""

    transformers: Path
    ctranslate2: Path
    gguf: Path


@dataclass(frozen=True)
class Shape:
    """One of the two, measured."""

    ready_s: Mapping[str, float]
    """From its start until a model had translated."""
    memory: Mapping[str, Memory]
    """Of each instance: a process with all below it."""
    answer_ms: Mapping[str, Sequence[float]]
    """Of one caller, call by call."""
    started_together: int = 1
    """Models seen starting at the same moment."""


@dataclass(frozen=True)
class Death:
    """NLLB under load, while Aya is killed."""

    nllb: Asked
    aya_back_s: float
    """Until Aya translates again."""


def before(weights: Weights, work: Work) -> Shape:
    """The predecessor's: both in one process, nothing answers until both are there."""
    _cache(weights.transformers / "model.safetensors", weights.gguf)
    with tempfile.TemporaryDirectory() as name:
        log = Path(name, "log")
        process = Predecessor(weights.transformers, weights.gguf, work, TOKENS[AYA], log)
        began = time.perf_counter()
        with process:
            ready_s = time.perf_counter() - began
            answers = {model: process.run(model, _COUNTS[model]).calls_ms for model in TOKENS}
            memory = machine.memory_of(process.pid)
    return Shape(dict.fromkeys(TOKENS, ready_s), {"both in one": memory}, answers)


def after(weights: Weights, work: Work) -> tuple[Shape, Death]:
    """Ours: a gateway that starts both, a process tree each."""
    _cache(weights.ctranslate2 / "model.bin", weights.gguf)
    configuration = CONFIGURATION.format(nllb=weights.ctranslate2, aya=weights.gguf)
    with tempfile.TemporaryDirectory() as name:
        gateway = served.starting(Path(name, "gateway"), configuration)
        began = time.perf_counter()
        with gateway:
            ready_s, together = _until_ready(gateway.url, began)
            answers = {model: _ask(gateway.url, model, work).calls_ms for model in TOKENS}
            shape = Shape(ready_s, _instances(gateway), answers, together)
            return shape, kill_under_load(gateway, work)


def _cache(*files: Path) -> None:
    """Reads them, so that neither shape waits for the disk."""
    for file in files:
        with file.open("rb") as opened:
            while opened.read(_READ_BYTES):
                pass


def _until_ready(url: str, began: float) -> tuple[dict[str, float], int]:
    """When each model was ready, which it is once it has translated, and how many began at once."""
    ready: dict[str, float] = {}
    together = 0

    def look() -> bool:
        nonlocal together
        found = served.statuses(url)
        together = max(together, sum(status == "starting" for status in found.values()))
        for model, status in found.items():
            if status == "ready":
                ready.setdefault(model, time.perf_counter() - began)
        return len(ready) == len(TOKENS)

    served.wait_for(look, "The readiness of both models")
    return ready, together


def _instances(gateway: Server) -> dict[str, Memory]:
    """Each model's processes below the gateway, and the gateway's own."""
    found = {
        model: machine.memory_of(machine.serving(gateway.pid, service).pid)
        for model, service in _SERVICES.items()
    }
    own = machine.memory_of(gateway.pid)
    for one in found.values():
        own = own.without(one)
    return {**found, "gateway": own}


def _ask(url: str, model: str, work: Work) -> Asked:
    return asking.run(url, sentences(_COUNTS[model]), 1, _question(model, work))


def _question(model: str, work: Work) -> Shaped:
    options = {"beam_size": work.beam} if model == NLLB else {}
    return Shaped(options, TOKENS[model], served.TRANSLATE, model=model)


def kill_under_load(gateway: Server, work: Work) -> Death:
    """Kills the process that holds Aya when a third of NLLB's texts have been asked."""
    victim = machine.largest(machine.serving(gateway.pid, _SERVICES[AYA]).pid)
    killed: list[float] = []

    def todo() -> Iterator[Sentence]:
        for place, one in enumerate(sentences(_UNDER_LOAD)):
            if place == _UNDER_LOAD // 3:
                victim.kill()
                killed.append(time.perf_counter())
            yield one

    found = asking.run(gateway.url, todo(), _CALLERS, _question(NLLB, work))
    served.wait_for(lambda: served.translates(gateway.url, AYA), "Aya's return")
    return Death(found, time.perf_counter() - killed[0])


def goals(old: Shape, new: Shape, death: Death) -> list[Goal]:
    memory = max(one.total for one in new.memory.values()) / _total(old)
    started = max(new.ready_s.values()) / max(old.ready_s.values())
    return [
        Goal("instances, memory of the largest over before", memory, 0.5, at_least=False),
        Goal("instances, models starting at once", new.started_together, 2, at_least=True),
        Goal("instances, until both are ready over before", started, 1, at_least=False),
        *(
            Goal(f"instances, one caller's {model} over before", ratio, 1.05, at_least=False)
            for model, ratio in _answer_ratios(old, new).items()
        ),
        Goal("instances, errors of nllb as aya died", death.nllb.failed, 0, at_least=False),
    ]


def _total(shape: Shape) -> int:
    return sum(one.total for one in shape.memory.values())


def _answer_ratios(old: Shape, new: Shape) -> dict[str, float]:
    median = statistics.median
    return {model: median(new.answer_ms[model]) / median(old.answer_ms[model]) for model in TOKENS}


def table(old: Shape, new: Shape, death: Death) -> str:
    lines = [f"{'full size, random':<42}{'before':>10}{'after':>10}"]
    for model in TOKENS:
        ready = f"until {model} is ready, s"
        lines.append(f"  {ready:<40}{old.ready_s[model]:>10.1f}{new.ready_s[model]:>10.1f}")
    for model in TOKENS:
        both = [statistics.median(shape.answer_ms[model]) for shape in (old, new)]
        answer = f"one caller's answer of {model}, ms"
        lines.append(f"  {answer:<40}{both[0]:>10.0f}{both[1]:>10.0f}")
    for shape in (old, new):
        lines += [f"  memory, {name}: {_sizes(one)}" for name, one in shape.memory.items()]
    lines.append(
        f"  {death.nllb.sentences} of nllb answered, {death.nllb.failed} failed as aya was killed, "
        f"which was back after {death.aya_back_s:.0f} s"
    )
    return "\n".join(lines)


def _sizes(memory: Memory) -> str:
    return f"{memory.total / 2**20:.0f} MiB, {memory.anonymous / 2**20:.0f} of it no file's"
