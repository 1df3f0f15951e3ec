"""Serves a Bento under a moderate load for long and fails when memory or descriptors grow.

`python -m load_tests.soak SERVICE --minutes 20`; it is about leaks, not about speed.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from load_tests.__main__ import attack
from load_tests.__main__ import parse as parse_load
from load_tests.growth import Growth, growth_of
from load_tests.sampling import Sample, Sampler
from load_tests.server import Server

MAX_MEMORY_GROWTH = 0.05
MAX_DESCRIPTORS_ADDED, MAX_DESCRIPTORS_SHARE = 2, 0.03
"""The larger of the two: connections come and go while they are counted, more of them where there
are more processes. A leak adds more than that in minutes."""

_MIB = 2**20


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Our options, and the rest, which is for the load test."""
    parser = argparse.ArgumentParser(
        prog="python -m load_tests.soak",
        description="Others go to the load test: --users, --html, --misbehaving, --p95-ms …",
    )
    parser.add_argument("service", help="as bentos.nllb:NLLBService, or a built Bento: nllb:latest")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--every", type=float, default=5, metavar="S", help="seconds of a sample")
    parser.add_argument("--samples", type=Path, metavar="FILE", help="write them all, as JSON")
    return parser.parse_known_args(arguments)


def run(service: str, minutes: float, every_s: float, rest: list[str]) -> tuple[int, list[Sample]]:
    """The exit status of the load, and what the service held meanwhile."""
    load = ["--scenario", "soak", "--time", f"{round(minutes * 60)}s", *rest]
    with tempfile.TemporaryDirectory() as folder:
        # Statistics are written, as they are in use.
        env = {"LINGUA_NEXUS_STATE_FILE": str(Path(folder, "state.sqlite3"))}
        with Server(service, log=Path(folder, "log"), env=env) as server:
            options, others = parse_load(["--url", server.url, *load])
            with Sampler(server.pid, every_s) as sampler:
                status = attack(server.url, options, others)
            return status, sampler.samples


def misses(memory: Growth, descriptors: Growth) -> list[str]:
    """One sentence for each of the two that grew."""
    found = []
    if memory.share >= MAX_MEMORY_GROWTH:
        found.append(f"memory grew by {memory.share:.1%}, less than {MAX_MEMORY_GROWTH:.0%} may be")
    allowed = max(MAX_DESCRIPTORS_ADDED, MAX_DESCRIPTORS_SHARE * descriptors.first)
    if descriptors.added > allowed:
        found.append(f"{descriptors.added:.1f} descriptors more, {allowed:.1f} may be")
    return found


def judge(samples: Sequence[Sample]) -> list[str]:
    """Prints what was held; returns what is wrong with it."""
    times = [sample.at_s for sample in samples]
    try:
        memory = growth_of(times, [sample.rss / _MIB for sample in samples])
        descriptors = growth_of(times, [sample.descriptors for sample in samples])
    except ValueError as error:
        return [str(error)]
    processes = sorted({sample.processes for sample in samples})
    print(f"{len(samples)} samples, {'/'.join(map(str, processes))} processes")
    for name, found in (("memory, MiB", memory), ("descriptors", descriptors)):
        print(
            f"{name:<12} first quarter {found.first:8.1f}, last {found.last:8.1f}, "
            f"trend {found.trend:+.1f}: {found.share:+.2%}"
        )
    return misses(memory, descriptors)


def main(arguments: list[str]) -> int:
    options, rest = parse(arguments)
    status, samples = run(options.service, options.minutes, options.every, rest)
    if options.samples:
        options.samples.write_text(json.dumps([asdict(sample) for sample in samples]) + "\n")
    missed = judge(samples)
    for miss in missed:
        print(f"MISSED {miss}")
    return status or bool(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
