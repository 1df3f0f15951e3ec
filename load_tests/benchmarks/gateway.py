"""Measures what the gateway adds, and what it changes: `make bench:gateway`.

Fails when a goal is missed: of routing to a backend, of models on demand, and of two instances in
place of one process that holds both models.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from load_tests.benchmarks import aya, nllb, report
from load_tests.benchmarks.fleet import demand, instances, machine, routing
from load_tests.benchmarks.fleet.instances import Weights
from load_tests.benchmarks.goals import Goal
from load_tests.benchmarks.llamacpp.source import Source
from load_tests.benchmarks.workload import Work
from load_tests.server import ROOT

_RESULTS = ROOT / "load_tests" / "results"
_BEAM = 2
_NEEDED_BYTES = 15_000_000_000
"""By the predecessor's process alone, its mapped file included."""


@dataclass(frozen=True)
class Found:
    """Of one part: what is written down, what had to be reached, and what went wrong."""

    written: dict[str, Any]
    goals: list[Goal]
    remarks: list[str] = field(default_factory=list)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench:gateway", description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="measure one of the three")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="fewer rounds and sentences; no instances unless --only",
    )
    parser.add_argument("--no-gate", action="store_true", help="report, but never fail")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--source", type=Path, help="llama-cpp-python's source package where it is unpacked already"
    )
    parser.add_argument("--out", type=Path, default=_RESULTS / "gateway.json")
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds = min(options.rounds, 3)
    return options


def measure_routing(options: argparse.Namespace) -> Found:
    found = Found({}, [])
    for behind in routing.backends(quick=options.quick):
        rounds = routing.measure(behind, options.rounds)
        print(routing.table(behind.name, rounds), flush=True)
        found.written[behind.name] = {
            name: [{**asdict(run), "calls_ms": _rounded(run.calls_ms)} for run in runs]
            for name, runs in rounds.items()
        }
        found.goals.extend(routing.goals(behind.name, rounds))
        failures = [f"FAILED   {line}" for line in routing.failures(rounds)]
        print(*failures, sep="\n", flush=True)
        found.remarks.extend(failures)
    return found


def _rounded(calls_ms: list[float]) -> list[float]:
    return [round(spent_ms, 2) for spent_ms in calls_ms]


def measure_demand(options: argparse.Namespace) -> Found:
    rounds = demand.measure(options.rounds)
    print(demand.table(rounds), flush=True)
    return Found({"rounds": [asdict(each) for each in rounds]}, demand.goals(rounds))


def measure_instances(options: argparse.Namespace) -> Found:
    source = Source(_RESULTS, options.source)
    both = nllb.random_weights()
    weights = Weights(both / "transformers", both / "ctranslate2", aya.random_weights(source))
    free = psutil.virtual_memory().available
    if free < _NEEDED_BYTES:
        sys.exit(f"Both models in one process need {_NEEDED_BYTES / 1e9:.0f} GB of free memory.")
    threads = len(os.sched_getaffinity(0))
    work = Work(threads, _BEAM, instances.TOKENS[instances.NLLB])
    old = instances.before(weights, work)
    new, death = instances.after(weights, work)
    print(instances.table(old, new, death), flush=True)
    written = {"before": asdict(old), "after": asdict(new), "death": asdict(death)}
    errors = [f"FAILED   nllb: {count} x {what}" for what, count in death.nllb.errors.items()]
    return Found(written, instances.goals(old, new, death), errors)


PARTS = {"routing": measure_routing, "demand": measure_demand, "instances": measure_instances}
_LONG = "instances"


def chosen(options: argparse.Namespace) -> list[str]:
    """The parts to measure; the one that takes minutes and most of the memory not in passing."""
    if options.only:
        return [options.only]
    return [part for part in PARTS if part != _LONG or not options.quick]


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    began = time.perf_counter()
    written: dict[str, Any] = {}
    goals: list[Goal] = []
    remarks: list[str] = []
    for part in chosen(options):
        others = machine.Others()
        found = PARTS[part](options)
        share = others.share()
        written[part] = {**found.written, "others_share": round(share, 3)}
        goals += found.goals
        remarks += [*found.remarks, f"{machine.verdict(share)} ({part})"]
    written["goals"] = report.goals_as_json(goals)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(written, indent=2) + "\n")
    print(*goals, *remarks, sep="\n")
    print(f"{time.perf_counter() - began:.0f} s; written to {options.out}")
    reached = all(goal.reached for goal in goals)
    return 0 if reached or options.no_gate else 1


if __name__ == "__main__":
    sys.exit(main())
