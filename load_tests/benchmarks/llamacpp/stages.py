"""One GGUF measured: every contestant started, then round after round; decides no goal."""

import contextlib
import itertools
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from string import ascii_uppercase

from load_tests.benchmarks import callers
from load_tests.benchmarks.engine import ContestantProcess
from load_tests.benchmarks.goals import ESTIMATED, served
from load_tests.benchmarks.llamacpp import prefix
from load_tests.benchmarks.llamacpp.goals import SIZES, beside, locked, unequal
from load_tests.benchmarks.llamacpp.prefix import FirstToken
from load_tests.benchmarks.llamacpp.prompt import Piece
from load_tests.benchmarks.llamacpp.server import Complete, Context, LlamaServer
from load_tests.benchmarks.stages import added_by_model, alternate, planned, resident_bytes
from load_tests.benchmarks.workload import Run, Sentence, sentences
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
    planned_as: str | None = None
    """The model in the catalogue whose shape it is, in Q4_K_M; None: there is none."""


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
        runs, read = _runs(all_of_them, stage)
        for contestant in (served, beside, locked):  # warm
            runs[contestant(SIZES[-1])]()
        found = alternate(runs, rounds)
        memory = {
            "service": added_by_model(all_of_them.service),
            "service's process, all in all": resident_bytes(all_of_them.service),
            "llama-server's process": resident_bytes(all_of_them.server),
            "Llama": all_of_them.locked.memory_bytes,
        }
        if stage.planned_as:
            memory[ESTIMATED] = planned(all_of_them.service.url, plan(stage.planned_as, context))
        return Measured(found, first, memory, unequal(found, stage.tokens, read))


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


def plan(model: str, context: Context) -> dict[str, str | int]:
    """What the service is asked to estimate: the model as it is served here."""
    return {
        "model": model,
        "quantization": "Q4_K_M",
        "slots": context.slots,
        "context_tokens": context.tokens_per_slot,
    }


def serve(folder: Path, weights: Path, context: Context) -> Server:
    env = {
        "AYA_MODEL_PATH": str(weights),
        "AYA_THREADS": str(context.threads),
        "AYA_SLOTS": str(context.slots),
        "AYA_CONTEXT_TOKENS": str(context.tokens_per_slot),
        "AYA_PREFIX_TOKENS": str(context.prefix_tokens),
        "AYA_IGNORE_END": "true",
    }
    return Server("bentos.aya:AyaService", log=folder / "service", home=folder / "home", env=env)


class _Rounds:
    """A contestant's rounds of a size. Each has texts that are new to it, the same for all.

    Both llama-server and `Llama` keep whole prompts computed, and would not read a text again, nor
    the beginning that it shares with another.
    """

    def __init__(self, count: int, size: int, ask: Callable[[list[Sentence]], Run]) -> None:
        self._sentences = sentences(count)
        self._numbers = itertools.count(SIZES.index(size), len(SIZES))
        self._ask = ask

    def texts(self, number: int) -> list[Sentence]:
        """The sentences with a label before each, which is as many tokens as any other's.

        Their first letters differ in 26 rounds that follow each other, whatever their sizes.
        """
        label = f"{ascii_uppercase[number % len(ascii_uppercase)]} {number:03d}"
        return [replace(one, text=f"{label} {one.text}") for one in self._sentences]

    def __call__(self) -> Run:
        return self._ask(self.texts(next(self._numbers)))


def _runs(all_of_them: Contestants, stage: Stage) -> tuple[dict[str, _Rounds], dict[str, int]]:
    """Every contestant's rounds, and the tokens it counts of what it reads in one."""
    server = all_of_them.server
    question = callers.Translate({}, stage.tokens)

    def ask_service(size: int, texts: list[Sentence]) -> Run:
        return callers.run(all_of_them.service.url, texts, size, question)

    def ask_server(size: int, texts: list[Sentence]) -> Run:
        encoded = {one: server.encode(one) for one in texts}
        return callers.run(server.url, texts, size, Complete(encoded, stage.tokens))

    def ask_locked(size: int, texts: list[Sentence]) -> Run:
        prompts = [server.encode(one) for one in texts]
        job = {"prompts": prompts, "callers": size, "tokens": stage.tokens}
        return all_of_them.locked.ask(job)

    runs: dict[str, _Rounds] = {}
    read: dict[str, int] = {}
    for size in SIZES:
        runs[served(size)] = _Rounds(stage.counts[size], size, partial(ask_service, size))
        runs[beside(size)] = _Rounds(stage.counts[size], size, partial(ask_server, size))
        runs[locked(size)] = _Rounds(stage.locked_counts[size], size, partial(ask_locked, size))
        # The service counts the texts' tokens, the others those of whole prompts.
        texts = runs[served(size)].texts(0)
        read[served(size)] = sum(len(server.tokens(Piece(one.text))) for one in texts)
        read[beside(size)] = sum(len(server.encode(one)) for one in texts)
        read[locked(size)] = sum(len(server.encode(one)) for one in runs[locked(size)].texts(0))
    return runs, read
