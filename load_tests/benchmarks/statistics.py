"""Measures what keeping statistics costs a service: `make bench:statistics`.

Two services of the embedded NLLB demo, of which one keeps none, take turns; fails when the other
one is more than a hundredth slower.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from load_tests.benchmarks import callers, report
from load_tests.benchmarks.goals import Goal, over_rounds, throughput_ratio
from load_tests.benchmarks.stages import alternate
from load_tests.benchmarks.workload import Run, sentences
from load_tests.server import ROOT, Server, ServerProcess

KEEPING, WITHOUT = "keeping statistics", "without"
"""The two contestants."""

_SERVICE = "bentos.nllb:NLLBService"
_MAX_TOKENS = 64


@dataclass(frozen=True)
class Costly(Run):
    """A round, and the processor's time that the service took for it."""

    cpu_s: float = 0.0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench:statistics", description=__doc__)
    parser.add_argument("--no-gate", action="store_true", help="report, but never fail")
    parser.add_argument("--pairs", type=int, default=6, help="so often both are started anew")
    parser.add_argument("--rounds", type=int, default=5, help="of each pair")
    parser.add_argument("--callers", type=int, default=16)
    parser.add_argument("--count", type=int, default=768, help="sentences a round")
    parser.add_argument(
        "--threads", type=int, default=len(os.sched_getaffinity(0)), help="of each service"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "load_tests/results/statistics.json")
    return parser.parse_args(arguments)


def measure(options: argparse.Namespace) -> dict[str, list[Costly]]:
    """Two processes of one program may differ by a tenth all their lives, hence several pairs."""
    found: dict[str, list[Costly]] = {KEEPING: [], WITHOUT: []}
    for number in range(options.pairs):
        order = (KEEPING, WITHOUT) if number % 2 == 0 else (WITHOUT, KEEPING)
        for contestant, runs in measure_pair(order, options).items():
            found[contestant] += runs
    return found


def measure_pair(order: Sequence[str], options: argparse.Namespace) -> dict[str, list[Costly]]:
    """Both are up at once; only one works at a time."""
    with ExitStack() as stack, tempfile.TemporaryDirectory() as name:
        contestants: dict[str, Callable[[], Run]] = {}
        kept = Path(name, "state.sqlite3")
        for contestant in order:
            state_file = str(kept) if contestant == KEEPING else ""
            folder = Path(name, contestant.replace(" ", "-"))
            folder.mkdir()
            env = {"NLLB_THREADS": str(options.threads), "LINGUA_NEXUS_STATE_FILE": state_file}
            server = Server(_SERVICE, log=folder / "log", home=folder / "home", env=env)
            contestants[contestant] = partial(run, stack.enter_context(server), options)
        for once in contestants.values():  # warm
            once()
        rounds = as_costly(alternate(contestants, options.rounds))
        if not kept.exists():
            raise RuntimeError("No statistics were kept, so nothing was measured.")
        return rounds


def run(server: Server, options: argparse.Namespace) -> Costly:
    """A round of one of them."""
    question = callers.Translate({"beam_size": 1}, _MAX_TOKENS)
    before = cpu_s(server)
    found = callers.run(server.url, sentences(options.count), options.callers, question)
    spent = cpu_s(server) - before
    return Costly(found.sentences, found.seconds, found.tokens, found.calls_ms, cpu_s=spent)


def cpu_s(server: ServerProcess) -> float:
    """All that its processes have taken so far."""
    parent = psutil.Process(server.pid)
    times = [each.cpu_times() for each in (parent, *parent.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def as_costly(rounds: Mapping[str, Sequence[Run]]) -> dict[str, list[Costly]]:
    return {
        name: [each for each in runs if isinstance(each, Costly)] for name, runs in rounds.items()
    }


def goal_of(rounds: Mapping[str, Sequence[Run]]) -> Goal:
    value = over_rounds(rounds[KEEPING], rounds[WITHOUT], throughput_ratio)
    return Goal("throughput, keeping statistics over without", value, 0.99, at_least=True)


def cpu_ratio(rounds: Mapping[str, Sequence[Costly]]) -> float:
    """Of the processor's time, compared inside each round; no goal, for it varies more."""
    pairs = zip(rounds[KEEPING], rounds[WITHOUT], strict=True)
    return statistics.median(ours.cpu_s / theirs.cpu_s for ours, theirs in pairs)


def spread(rounds: Mapping[str, Sequence[Run]]) -> tuple[float, float]:
    """Between which two ratios of throughput half of the rounds were."""
    ratios = list(map(throughput_ratio, rounds[KEEPING], rounds[WITHOUT]))
    low, _, high = statistics.quantiles(ratios, n=4)
    return low, high


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    began = time.perf_counter()
    rounds = measure(options)
    goal, (low, high) = goal_of(rounds), spread(rounds)
    print(report.table(f"{options.callers} callers", rounds, WITHOUT))
    written: dict[str, Any] = {
        **report.as_json(rounds, {}),
        "cpu_s": {name: [round(each.cpu_s, 3) for each in runs] for name, runs in rounds.items()},
        "goals": report.goals_as_json([goal]),
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(written, indent=2) + "\n")
    print(goal)
    print(f"half of the {len(rounds[KEEPING])} rounds: {low:.3f} to {high:.3f}")
    print(f"processor's time, keeping over without: {cpu_ratio(rounds):.3f}")
    print(f"{time.perf_counter() - began:.0f} s; written to {options.out}")
    return 0 if goal.reached or options.no_gate else 1


if __name__ == "__main__":
    sys.exit(main())
