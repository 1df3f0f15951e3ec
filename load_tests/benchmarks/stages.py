"""One model measured: every contestant started, then round after round; decides no goal."""

import contextlib
import json
import tempfile
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from load_tests.benchmarks import callers
from load_tests.benchmarks.engine import EngineProcess
from load_tests.benchmarks.goals import ESTIMATED, TRANSFORMERS, raw, served
from load_tests.benchmarks.workload import Run, Work, sentences
from load_tests.server import Server, ServerProcess

SIZES = (1, 8, 32)


@dataclass(frozen=True)
class Model:
    """Weights in both engines' formats; `transformers` None leaves that engine out.

    `counts` says how many sentences a round has for each batch size, 0 being transformers. `plan`
    is what the service is asked to estimate the memory of: the model whose shape it is, if any.
    """

    name: str
    ctranslate2: Path
    transformers: Path | None
    counts: Mapping[int, int]
    plan: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Measured:
    """Every contestant's runs, in the order of its rounds, and the memory that loading added."""

    rounds: dict[str, list[Run]]
    memory_bytes: dict[str, int]


def measure(model: Model, service: str, work: Work, rounds: int) -> Measured:
    """All contestants are up at once; only one works at a time."""
    with contextlib.ExitStack() as stack, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        contestants, memory = _start(stack, folder, model, service, work)
        for run in contestants.values():  # warm
            run()
        return Measured(alternate(contestants, rounds), memory)


def alternate(contestants: Mapping[str, Callable[[], Run]], rounds: int) -> dict[str, list[Run]]:
    """Everyone's runs, one a round; every other round goes through them backwards."""
    found: dict[str, list[Run]] = {contestant: [] for contestant in contestants}
    for number in range(rounds):
        order = list(contestants)[:: 1 if number % 2 == 0 else -1]
        for contestant in order:
            found[contestant].append(contestants[contestant]())
    return found


def _start(
    stack: contextlib.ExitStack, folder: Path, model: Model, service: str, work: Work
) -> tuple[dict[str, Callable[[], Run]], dict[str, int]]:
    contestants: dict[str, Callable[[], Run]] = {}
    memory: dict[str, int] = {}
    if model.transformers is not None:
        engine = EngineProcess("transformers", model.transformers, work, folder / "transformers")
        memory["transformers"] = stack.enter_context(engine).memory_bytes
        contestants[TRANSFORMERS] = partial(engine.run, model.counts[0], 1)
    engine = EngineProcess("ctranslate2", model.ctranslate2, work, folder / "ctranslate2")
    memory["ctranslate2"] = stack.enter_context(engine).memory_bytes
    server = stack.enter_context(_serve(folder, model, service, work))
    memory["service"] = added_by_model(server)
    if model.plan is not None:
        memory[ESTIMATED] = planned(server.url, model.plan)
    memory["service's process, all in all"] = resident_bytes(server)
    question = callers.Translate({"beam_size": work.beam}, work.max_tokens)
    for size in SIZES:
        count = model.counts[size]
        contestants[raw(size)] = partial(engine.run, count, size)
        contestants[served(size)] = partial(
            callers.run, server.url, sentences(count), size, question
        )
    return contestants, memory


def _serve(folder: Path, model: Model, service: str, work: Work) -> Server:
    env = {"NLLB_MODEL_PATH": str(model.ctranslate2), "NLLB_THREADS": str(work.threads)}
    return Server(service, log=folder / "service", home=folder / "home", env=env)


def added_by_model(server: Server) -> int:
    """What the service measured around loading, as the engines' processes do."""
    with urllib.request.urlopen(f"{server.url}/model", timeout=10) as answer:  # noqa: S310  # ours
        memory_bytes: int = json.load(answer)["memory_bytes"]
        return memory_bytes


def planned(url: str, plan: Mapping[str, Any]) -> int:
    """What the service estimates that loading adds, of the model that it is asked to plan."""
    request = urllib.request.Request(  # noqa: S310  # ours
        f"{url}/api/v1/models/plan",
        json.dumps(dict(plan)).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # ours
        estimated: int = json.load(answer)["memory"]["total_bytes"]
        return estimated


def resident_bytes(server: ServerProcess) -> int:
    """Of the process that holds the weights, the largest of those the server has."""
    parent = psutil.Process(server.pid)
    found: list[int] = [
        process.memory_info().rss for process in [parent, *parent.children(recursive=True)]
    ]
    return max(found)
