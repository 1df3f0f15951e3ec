"""Measures the served NLLB beside the engines it is compared with: `make bench:nllb`.

Fails when a goal is missed. The embedded demo shows what the service adds to inference; random
weights of the 600M model's shape show what its users get.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from load_tests.benchmarks import goals, report, startup
from load_tests.benchmarks.goals import Goal, raw
from load_tests.benchmarks.stages import Measured, Model, measure
from load_tests.benchmarks.workload import Work
from load_tests.server import ROOT

_SERVICE = "bentos.nllb:NLLBService"
_RESULTS = ROOT / "load_tests" / "results"
_DEMO = ROOT / "models" / "nllb" / "demo"
_RANDOM = _RESULTS / "nllb-600m-random"
_DEMO_TOKENS = 64
"""More than any sentence needs: each ends by itself."""
_RANDOM_TOKENS = 20
"""Random weights never end by themselves: every translation has so many."""


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench:nllb", description=__doc__)
    parser.add_argument("--only", choices=["demo", "600m"], help="measure one of the two")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and sentences")
    parser.add_argument("--no-gate", action="store_true", help="report, but never fail")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--beam", type=int, default=2, help="hypotheses, the same for all")
    parser.add_argument(
        "--threads", type=int, default=len(os.sched_getaffinity(0)), help="the same for all"
    )
    parser.add_argument("--out", type=Path, default=_RESULTS / "nllb.json")
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds = min(options.rounds, 3)
    return options


def demo(options: argparse.Namespace) -> tuple[Measured, list[Goal], dict[str, Any]]:
    transformers = _DEMO / "transformers"
    counts = {0: 8, 1: 24, 8: 96, 32: 192} if options.quick else {0: 16, 1: 48, 8: 192, 32: 384}
    model = Model(
        "embedded demo",
        _DEMO / "weights",
        transformers if transformers.is_dir() else None,
        counts,
    )
    found = measure(model, _SERVICE, _work(options, _DEMO_TOKENS), options.rounds)
    waited = startup.differences_s(_SERVICE, options.rounds)
    print(report.table(model.name, found.rounds, raw(32)))
    reached = [*goals.of_demo(found.rounds), goals.of_startup(waited)]
    return found, reached, {"startup_differences_s": waited}


def random_weights() -> Path:
    """The folder of both engines' ones, of the 600M model's shape; made where it is missing."""
    if not _RANDOM.is_dir():
        print("making random weights of the 600M model's shape, about a minute …", flush=True)
        # In a process of its own: its memory is gone before anything is measured.
        subprocess.run(  # noqa: S603  # our own command line
            [sys.executable, "-m", "load_tests.benchmarks.shape", str(_RANDOM)],
            cwd=ROOT,
            check=True,
        )
    return _RANDOM


def shape_600m(options: argparse.Namespace) -> tuple[Measured, list[Goal], dict[str, Any]]:
    weights = random_weights()
    counts = {0: 1, 1: 2, 8: 16, 32: 64} if options.quick else {0: 2, 1: 4, 8: 24, 32: 128}
    plan = {"model": "facebook/nllb-200-distilled-600M", "quantization": "int8"}
    model = Model("600M, random", weights / "ctranslate2", weights / "transformers", counts, plan)
    found = measure(model, _SERVICE, _work(options, _RANDOM_TOKENS), options.rounds)
    print(report.table(model.name, found.rounds, raw(32)))
    print(report.memory_table(found.memory_bytes))
    return found, goals.of_600m(found.rounds, found.memory_bytes), {}


def _work(options: argparse.Namespace, max_tokens: int) -> Work:
    return Work(options.threads, options.beam, max_tokens)


_STAGES = {"demo": demo, "600m": shape_600m}


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    began = time.perf_counter()
    written: dict[str, Any] = {"threads": options.threads, "beam": options.beam}
    reached: list[Goal] = []
    unequal: list[str] = []
    for name in [options.only] if options.only else _STAGES:
        found, goals_of_stage, more = _STAGES[name](options)
        written[name] = {**report.as_json(found.rounds, found.memory_bytes), **more}
        reached += goals_of_stage
        unequal += goals.unequal(found.rounds)
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
