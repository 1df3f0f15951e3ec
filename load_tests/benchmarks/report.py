"""The benchmark's results for a terminal and for a program; judges nothing."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from load_tests.benchmarks.goals import Goal, Rounds


def table(stage: str, rounds: Rounds, reference: str) -> str:
    """A line a contestant: medians over the rounds, and the throughput as a multiple of one's."""
    base = _median_throughput(rounds, reference)
    head = f"{'p50 ms':>10}{'sentences/s':>13}{'tokens/s':>10}{'ratio':>8}{'tokens each':>13}"
    lines = [f"{stage:<28}{head}"]
    for name, runs in rounds.items():
        throughput = _median_throughput(rounds, name)
        p50 = statistics.median(run.p50_ms for run in runs)
        tokens = sum(run.tokens for run in runs) / sum(run.sentences for run in runs)
        speed = statistics.median(run.tokens_per_s for run in runs)
        lines.append(
            f"  {name:<26}{p50:>10.1f}{throughput:>13.2f}{speed:>10.1f}"
            f"{throughput / base:>8.2f}{tokens:>13.1f}"
        )
    return "\n".join(lines)


def memory_table(memory_bytes: Mapping[str, int]) -> str:
    lines = [f"  {name:<40}{size / 2**20:>8.0f} MiB" for name, size in memory_bytes.items()]
    return "\n".join(["resident memory added", *lines])


def as_json(rounds: Rounds, memory_bytes: Mapping[str, int]) -> dict[str, Any]:
    return {
        "contestants": {
            name: [
                {
                    "sentences": run.sentences,
                    "seconds": round(run.seconds, 4),
                    "tokens": run.tokens,
                    "tokens_per_s": round(run.tokens_per_s, 2),
                    "repeated": run.repeated,
                    "sentences_per_s": round(run.sentences_per_s, 2),
                    "p50_ms": round(run.p50_ms, 2),
                }
                for run in runs
            ]
            for name, runs in rounds.items()
        },
        "memory_bytes": dict(memory_bytes),
    }


def goals_as_json(goals: Sequence[Goal]) -> list[dict[str, Any]]:
    return [
        {"name": goal.name, "value": goal.value, "limit": goal.limit, "reached": goal.reached}
        for goal in goals
    ]


def _median_throughput(rounds: Rounds, name: str) -> float:
    return statistics.median(run.sentences_per_s for run in rounds[name])
