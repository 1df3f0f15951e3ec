"""What the measurements on llama.cpp must show, and whether the work was the same for all."""

import statistics
from collections.abc import Mapping, Sequence

from load_tests.benchmarks.goals import Goal, Rounds, over_rounds, served, throughput_ratio
from load_tests.benchmarks.llamacpp.prefix import FirstToken
from load_tests.benchmarks.workload import Run

SIZES = (1, 4, 16)


def beside(callers: int) -> str:
    return f"llama-server, {callers} callers" if callers > 1 else "llama-server, 1 caller"


def locked(callers: int) -> str:
    return f"Llama, locked, {callers} callers" if callers > 1 else "Llama, 1 caller"


def of_demo(rounds: Rounds) -> list[Goal]:
    """On the demo, where what is not inference shows."""
    many = over_rounds(rounds[served(16)], rounds[beside(16)], throughput_ratio)
    return [Goal("demo, service at 16 callers over llama-server", many, 0.7, at_least=True)]


def of_8b(
    rounds: Rounds, first: Sequence[FirstToken], resident_bytes: int, least_bytes: int
) -> list[Goal]:
    """On the shape that users serve; `least_bytes` are the file's and the cache's."""
    many = over_rounds(rounds[served(16)], rounds[beside(16)], throughput_ratio)
    single = over_rounds(rounds[served(16)], rounds[locked(16)], throughput_ratio)
    alone = over_rounds(rounds[served(1)], rounds[locked(1)], _time_ratio)
    warm = statistics.median(one.ratio for one in first)
    memory = resident_bytes / least_bytes
    return [
        Goal("8B, service at 16 callers over llama-server", many, 0.95, at_least=True),
        Goal("8B, service at 16 callers over Llama behind a lock", single, 1.5, at_least=True),
        Goal("8B, one caller alone, time over Llama's", alone, 1.05, at_least=False),
        Goal("8B, first token, warm prefix over cold", warm, 0.5, at_least=False),
        Goal("8B, resident process over file and cache", memory, 1.1, at_least=False),
    ]


def unequal(rounds: Rounds, tokens: int, read: Mapping[str, int]) -> list[str]:
    """Where not every request had the same prompt and so many tokens, so that nothing is shown.

    `read` are the tokens that a contestant counts of what it reads in a round.
    """
    found = []
    for name, runs in rounds.items():
        for run in runs:
            if (run.tokens, run.tokens_in) != (run.sentences * tokens, read[name]):
                wanted = f"{run.sentences * tokens} for {read[name]}"
                found.append(f"{name} wrote {run.tokens} tokens for {run.tokens_in}, not {wanted}")
    return found


def _time_ratio(ours: Run, theirs: Run) -> float:
    return ours.seconds / theirs.seconds
