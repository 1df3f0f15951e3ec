"""Models that the gateway starts and stops: how long callers wait, and what memory comes back."""

import statistics
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from load_tests.benchmarks.fleet import asking, machine, served
from load_tests.benchmarks.fleet.asking import Shaped
from load_tests.benchmarks.fleet.machine import Memory
from load_tests.benchmarks.goals import Goal
from load_tests.benchmarks.workload import sentences
from load_tests.server import Server

# By keeping them no longer than this: to unload one by asking takes a key.
_KEEP_ALIVE_S = 5
CONFIGURATION = f"""
[backends.nllb]
on_demand = true

[backends.aya]
on_demand = true

[on_demand]
max_models = 1
keep_alive_s = {_KEEP_ALIVE_S}
"""
_MAX_TOKENS = 64
_FIRST, _OTHER = "nllb", "aya"
_CALLS = 30


@dataclass(frozen=True)
class Round:
    """A gateway that was started anew; seconds, except where the name says otherwise."""

    cold_s: Mapping[str, float]
    """A model's first answer where none was running."""
    evicted_s: Mapping[str, float]
    """A model's first answer where the other one had to go."""
    warm_ms: Mapping[str, float]
    """p50 of one caller's calls of a model that runs."""
    stopped_s: float
    """From the end of a model's time until nothing of it runs."""
    memory: Mapping[str, Memory]
    """Of the gateway and all it has started: `alone`, `with nllb`, `after`."""

    @property
    def returned(self) -> float:
        """The share of what the model took."""
        alone, full, after = (self.memory[name].total for name in ("alone", "with nllb", "after"))
        return (full - after) / (full - alone)


def measure(rounds: int) -> list[Round]:
    return [_round() for _ in range(rounds)]


def _round() -> Round:
    with (
        tempfile.TemporaryDirectory() as name,
        served.starting(Path(name, "gateway"), CONFIGURATION) as gateway,
    ):
        return go_through(gateway)


def go_through(gateway: Server) -> Round:
    """Cold, warm, none, and one evicting the other, both ways."""
    url = gateway.url
    memory = {"alone": machine.memory_of(gateway.pid)}
    cold = {_FIRST: _first_answer(url, _FIRST)}
    warm = {_FIRST: _warm_ms(url, _FIRST)}
    memory[f"with {_FIRST}"] = machine.memory_of(gateway.pid)
    stopped_s = served.timed(partial(_wait_for_end, gateway, memory["alone"])) - _KEEP_ALIVE_S
    memory["after"] = machine.memory_of(gateway.pid)
    cold[_OTHER] = _first_answer(url, _OTHER)
    warm[_OTHER] = _warm_ms(url, _OTHER)
    evicted = {each: _first_answer(url, each) for each in (_FIRST, _OTHER)}
    return Round(cold, evicted, warm, stopped_s, memory)


def _first_answer(url: str, model: str) -> float:
    one = sentences(1)[0]
    body = {
        "text": one.text,
        "source_lang": one.source,
        "target_lang": one.target,
        "model": model,
        "options": {"max_output_tokens": _MAX_TOKENS},
    }
    return served.timed(partial(served.ask, url, served.TRANSLATE, body))


def _warm_ms(url: str, model: str) -> float:
    question = Shaped({}, _MAX_TOKENS, served.TRANSLATE, model=model)
    return asking.run(url, sentences(_CALLS), 1, question).p50_ms


def _wait_for_end(gateway: Server, alone: Memory) -> None:
    served.wait_for(lambda: len(machine.tree(gateway.pid)) <= alone.processes, "A model's end")


def goals(rounds: Sequence[Round]) -> list[Goal]:
    returned = statistics.median(each.returned for each in rounds)
    return [Goal("on demand, memory returned by a stopped model", returned, 0.9, at_least=True)]


def table(rounds: Sequence[Round]) -> str:
    """Medians over the rounds."""
    return "\n".join([f"{'on demand':<42}{'nllb':>10}{'aya':>10}", *_lines(rounds)])


def _lines(rounds: Sequence[Round]) -> Iterator[str]:
    rows = {
        "first answer, none runs, s": [each.cold_s for each in rounds],
        "first answer, the other one goes, s": [each.evicted_s for each in rounds],
        "answer, it runs, ms": [each.warm_ms for each in rounds],
    }
    for name, found in rows.items():
        both = [statistics.median(each[model] for each in found) for model in (_FIRST, _OTHER)]
        yield f"  {name:<40}{both[0]:>10.2f}{both[1]:>10.2f}"
    stopped = statistics.median(each.stopped_s for each in rounds)
    yield f"  {'its time is over until it has ended, s':<40}{stopped:>10.2f}"
    for name in rounds[0].memory:
        size = statistics.median(each.memory[name].total for each in rounds) / 2**20
        yield f"  {f'memory of all processes, {name}, MiB':<40}{size:>10.0f}"
