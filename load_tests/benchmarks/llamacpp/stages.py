"""One GGUF measured: every contestant started, then round after round; decides no goal."""

import contextlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from load_tests.benchmarks import callers
from load_tests.benchmarks.engine import ContestantProcess
from load_tests.benchmarks.goals import served
from load_tests.benchmarks.llamacpp import prefix
from load_tests.benchmarks.llamacpp.goals import SIZES, beside, locked, unequal
from load_tests.benchmarks.llamacpp.prefix import FirstToken
from load_tests.benchmarks.llamacpp.prompt import Piece
from load_tests.benchmarks.llamacpp.server import Complete, Context, LlamaServer
from load_tests.benchmarks.stages import added_by_model, alternate, resident_bytes
from load_tests.benchmarks.workload import Run, sentences
from load_tests.server import Server

_LOCKED = "load_tests.benchmarks.llamacpp.locked"


@dataclass(frozen=True)
class Stage:
    """A model, and how much a round asks: sentences by the number of callers."""

    name: str
    weights: Path
    counts: Mapping[int, int]
    locked_counts: Mapping[int, int]
    pairs: Sequence[tuple[str, str]]
    """Language pairs to measure the first token with."""
    tokens: int = 16


@dataclass(frozen=True)
class Measured:
    """Every contestant's runs, in the order of its rounds."""

    rounds: dict[str, list[Run]]
    first: list[FirstToken]
    memory_bytes: dict[str, int]
    unequal: list[str]


@dataclass(frozen=True)
class Contestants:
    """All of them, up."""

    service: Server
    server: LlamaServer
    locked: ContestantProcess


def measure(stage: Stage, program: Path, context: Context, rounds: int) -> Measured:
    """All contestants are up at once; only one works at a time."""
    with contextlib.ExitStack() as stack, tempfile.TemporaryDirectory() as name:
        all_of_them = _start(stack, Path(name), stage, program, context)
        # First: afterwards the service knows the sentences' language pairs.
        first = prefix.measure(all_of_them.service.url, stage.pairs)
        runs, prompts = _runs(all_of_them, stage)
        for contestant in (served, beside, locked):  # warm
            runs[contestant(SIZES[-1])]()
        found = alternate(runs, rounds)
        memory = {
            "service": added_by_model(all_of_them.service),
            "service's process, all in all": resident_bytes(all_of_them.service),
            "llama-server's process": resident_bytes(all_of_them.server),
            "Llama": all_of_them.locked.memory_bytes,
        }
        return Measured(found, first, memory, unequal(found, stage.tokens, prompts))


def _start(
    stack: contextlib.ExitStack, folder: Path, stage: Stage, program: Path, context: Context
) -> Contestants:
    service = stack.enter_context(serve(folder, stage.weights, context))
    server = LlamaServer(program, stage.weights, context, folder / "llama-server")
    arguments = [str(stage.weights), str(context.threads), str(context.tokens_per_slot)]
    return Contestants(
        service,
        stack.enter_context(server),
        stack.enter_context(ContestantProcess(_LOCKED, arguments, folder / "locked")),
    )


def serve(folder: Path, weights: Path, context: Context) -> Server:
    env = {
        "AYA_MODEL_PATH": str(weights),
        "AYA_THREADS": str(context.threads),
        "AYA_SLOTS": str(context.slots),
        "AYA_CONTEXT_TOKENS": str(context.tokens_per_slot),
        "AYA_IGNORE_END": "true",
    }
    return Server("bentos.aya:AyaService", log=folder / "service", home=folder / "home", env=env)


def _runs(
    all_of_them: Contestants, stage: Stage
) -> tuple[dict[str, Callable[[], Run]], dict[str, int]]:
    """Every contestant's round, and the tokens it counts of what it reads."""
    todo = sentences(max(stage.counts.values()))
    tokenizer = all_of_them.server
    encoded = {one: tokenizer.encode(one) for one in todo}
    texts = {one: len(tokenizer.tokens(Piece(one.text))) for one in todo}
    ours = callers.Translate({}, stage.tokens)
    theirs = Complete(encoded, stage.tokens)
    runs: dict[str, Callable[[], Run]] = {}
    prompts: dict[str, int] = {}
    for size in SIZES:
        some, fewer = todo[: stage.counts[size]], todo[: stage.locked_counts[size]]
        runs[served(size)] = partial(callers.run, all_of_them.service.url, some, size, ours)
        runs[beside(size)] = partial(callers.run, all_of_them.server.url, some, size, theirs)
        job = {
            "prompts": [encoded[one] for one in fewer],
            "callers": size,
            "tokens": stage.tokens,
        }
        runs[locked(size)] = partial(all_of_them.locked.ask, job)
        # The service counts the texts' tokens, the others those of whole prompts.
        prompts[served(size)] = sum(texts[one] for one in some)
        prompts[beside(size)] = sum(len(encoded[one]) for one in some)
        prompts[locked(size)] = sum(len(encoded[one]) for one in fewer)
    return runs, prompts
