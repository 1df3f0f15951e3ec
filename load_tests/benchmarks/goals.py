"""What the measurements must show, and whether they do; measures nothing."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from typing_extensions import override

from load_tests.benchmarks.workload import Run

Rounds = Mapping[str, Sequence[Run]]
"""A contestant's runs, one a round, by its name."""

# int8 arithmetic and padding differ with what shares a batch; a few sentences come out otherwise.
_TOLERANCE = 0.03

TRANSFORMERS = "transformers, one by one"
ESTIMATED = "service, as it was planned"


def raw(batch: int) -> str:
    return f"ctranslate2, batch {batch}"


def served(callers: int) -> str:
    return f"service, {callers} callers" if callers > 1 else "service, 1 caller"


@dataclass(frozen=True)
class Goal:
    """A number and the limit it has to keep."""

    name: str
    value: float
    limit: float
    at_least: bool

    @property
    def reached(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    @override
    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        state = "reached" if self.reached else "MISSED "
        return f"{state}  {self.name}: {self.value:.2f} ({sign} {self.limit:g})"


def of_demo(rounds: Rounds) -> list[Goal]:
    """On the demo, where what is not inference shows."""
    throughput = over_rounds(rounds[served(32)], rounds[raw(32)], throughput_ratio)
    waiting = over_rounds(rounds[served(1)], rounds[raw(1)], _p50_difference)
    return [
        Goal("demo, service at 32 callers over raw batch 32", throughput, 0.6, at_least=True),
        Goal("demo, one caller alone over the raw call, p50 in ms", waiting, 5, at_least=False),
    ]


def of_startup(differences_s: Sequence[float]) -> Goal:
    value = statistics.median(differences_s)
    return Goal("demo, ready later than a trivial service, s", value, 2, at_least=False)


def of_600m(rounds: Rounds, memory_bytes: Mapping[str, int]) -> list[Goal]:
    """On the shape that users serve."""
    batched = over_rounds(rounds[served(32)], rounds[raw(32)], throughput_ratio)
    single = over_rounds(rounds[served(32)], rounds[TRANSFORMERS], throughput_ratio)
    memory = memory_bytes["service"] / memory_bytes["transformers"]
    return [
        Goal("600M, service at 32 callers over raw batch 32", batched, 0.9, at_least=True),
        Goal("600M, service at 32 callers over transformers", single, 8, at_least=True),
        Goal("600M, memory added over transformers'", memory, 0.3, at_least=False),
        *of_estimate("600M", memory_bytes),
    ]


def of_estimate(stage: str, memory_bytes: Mapping[str, int]) -> list[Goal]:
    """Whether the memory that was planned for is what loading took."""
    ratio = memory_bytes[ESTIMATED] / memory_bytes["service"]
    name = f"{stage}, memory estimated over measured"
    return [Goal(name, ratio, 0.9, at_least=True), Goal(name, ratio, 1.1, at_least=False)]


def unequal(rounds: Rounds) -> list[str]:
    """Where the service had not the engine's work to do, so that nothing is shown."""
    found = []
    for size in (1, 8, 32):
        ours, theirs = rounds[served(size)], rounds[raw(size)]
        if abs(_tokens(ours) / _tokens(theirs) - 1) > _TOLERANCE:
            found.append(
                f"{served(size)} wrote {_tokens(ours)} tokens, {raw(size)} {_tokens(theirs)}"
            )
        again = sum(run.repeated for run in ours) / sum(run.sentences for run in ours)
        if again > _TOLERANCE:
            found.append(f"{served(size)} translated {again:.1%} of the sentences twice")
    return found


def _tokens(runs: Sequence[Run]) -> int:
    return round(statistics.median(run.tokens for run in runs))


def over_rounds(
    ours: Sequence[Run], theirs: Sequence[Run], compare: Callable[[Run, Run], float]
) -> float:
    """Compared inside each round: what slows the machine for a while slows both."""
    return statistics.median(map(compare, ours, theirs))


def throughput_ratio(ours: Run, theirs: Run) -> float:
    return ours.sentences_per_s / theirs.sentences_per_s


def _p50_difference(ours: Run, theirs: Run) -> float:
    return ours.p50_ms - theirs.p50_ms
