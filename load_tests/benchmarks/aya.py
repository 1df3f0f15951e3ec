"""Measures the served Aya beside the ways to run llama.cpp without it: `make bench:aya`.

Fails when a goal is missed. The embedded demo shows what the service adds to inference; random
weights of the 8B model's shape show what its users get.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from load_tests.benchmarks import report
from load_tests.benchmarks.goals import Goal, of_estimate
from load_tests.benchmarks.llamacpp import goals
from load_tests.benchmarks.llamacpp.prefix import FirstToken
from load_tests.benchmarks.llamacpp.server import Context
from load_tests.benchmarks.llamacpp.shape import AYA_8B
from load_tests.benchmarks.llamacpp.source import Source
from load_tests.benchmarks.llamacpp.stages import Measured, Stage, measure
from load_tests.server import ROOT

_RESULTS = ROOT / "load_tests" / "results"
_DEMO = ROOT / "models" / "aya" / "demo" / "weights" / "aya-demo.gguf"
_RANDOM = _RESULTS / "aya-8b-random"
_LANGUAGES = ("de", "en", "es", "fr")


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench:aya", description=__doc__)
    parser.add_argument("--only", choices=["demo", "8b"], help="measure one of the two")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and sentences")
    parser.add_argument("--no-gate", action="store_true", help="report, but never fail")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slots", type=int, default=16, help="sequences, ours and llama-server's")
    parser.add_argument("--slot-tokens", type=int, default=384, help="context of each")
    parser.add_argument(
        "--threads", type=int, default=len(os.sched_getaffinity(0)), help="the same for all"
    )
    parser.add_argument(
        "--source", type=Path, help="llama-cpp-python's source package where it is unpacked already"
    )
    parser.add_argument("--out", type=Path, default=_RESULTS / "aya.json")
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds = min(options.rounds, 3)
    return options


def demo(options: argparse.Namespace, source: Source) -> tuple[Measured, list[Goal]]:
    counts = {1: 16, 4: 32, 16: 64} if options.quick else {1: 32, 4: 96, 16: 192}
    stage = Stage("embedded demo", _DEMO, counts, counts, _pairs(options.rounds))
    found = _measure(stage, options, source)
    return found, goals.of_demo(found.rounds)


def random_weights(source: Source) -> Path:
    """The GGUF of the 8B model's shape; written where it is missing."""
    weights = _RANDOM / f"{_RANDOM.name}.gguf"
    if not weights.is_file():
        print("writing random weights of the 8B model's shape, 5 GB, some minutes …", flush=True)
        # In a process of its own: its memory is gone before anything is measured.
        shape = "load_tests.benchmarks.llamacpp.shape"
        subprocess.run(  # noqa: S603  # our own command line
            [sys.executable, "-m", shape, str(source.vocabulary), str(_RANDOM)],
            cwd=ROOT,
            check=True,
        )
    return weights


def shape_8b(options: argparse.Namespace, source: Source) -> tuple[Measured, list[Goal]]:
    weights = random_weights(source)
    _check_memory(weights)
    counts = {1: 1, 4: 4, 16: 16}
    # Behind a lock it is the same work for each caller, however many wait: fewer show it.
    fewer = {1: 1, 4: 2, 16: 2}
    pairs = _pairs(options.rounds)
    stage = Stage("8B, random", weights, counts, fewer, pairs, planned_as="aya")
    found = _measure(stage, options, source)
    context = _context(options)
    cache = AYA_8B.kv_bytes_per_token * (context.tokens + context.prefix_tokens)
    resident = found.memory_bytes["service's process, all in all"]
    least = weights.stat().st_size + cache
    reached = goals.of_8b(found.rounds, found.first, resident, least)
    return found, [*reached, *of_estimate("8B", found.memory_bytes)]


def _check_memory(weights: Path) -> None:
    """Without room for all three contestants something would be killed, and not always of ours."""
    needed, free = 3.6 * weights.stat().st_size, psutil.virtual_memory().available
    if free < needed:
        sys.exit(f"The 8B shape needs {needed / 1e9:.0f} GB of free memory; {free / 1e9:.0f} are.")


def _measure(stage: Stage, options: argparse.Namespace, source: Source) -> Measured:
    found = measure(stage, source.server, _context(options), options.rounds)
    print(report.table(stage.name, found.rounds, goals.beside(16)))
    print(first_tokens(found.first))
    print(report.memory_table(found.memory_bytes))
    return found


def first_tokens(first: Sequence[FirstToken]) -> str:
    """A line for a terminal."""
    pairs = ", ".join(f"{one.cold_ms:.0f}/{one.warm_ms:.0f}" for one in first)
    return f"first token, cold/warm prefix, ms: {pairs}"


def _context(options: argparse.Namespace) -> Context:
    return Context(options.threads, options.slots, options.slot_tokens)


def _pairs(count: int) -> list[tuple[str, str]]:
    """Language pairs that differ; the service warms up with other ones or is found out."""
    return list(itertools.permutations(_LANGUAGES, 2))[:count]


_STAGES = {"demo": demo, "8b": shape_8b}


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    began = time.perf_counter()
    source = Source(_RESULTS, options.source)
    written: dict[str, Any] = {"context": asdict(_context(options))}
    reached: list[Goal] = []
    unequal: list[str] = []
    for name in [options.only] if options.only else _STAGES:
        found, goals_of_stage = _STAGES[name](options, source)
        first = [asdict(one) for one in found.first]
        written[name] = {**report.as_json(found.rounds, found.memory_bytes), "first_token": first}
        reached += goals_of_stage
        unequal += found.unequal
    written["goals"] = report.goals_as_json(reached)
    written["unequal_work"] = unequal
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(written, indent=2) + "\n")
    print(*reached, *(f"UNEQUAL  {line}" for line in unequal), sep="\n")
    print(f"{time.perf_counter() - began:.0f} s; written to {options.out}")
    missed = bool(unequal) or not all(goal.reached for goal in reached)
    return 1 if missed and not options.no_gate else 0


if __name__ == "__main__":
    sys.exit(main())
