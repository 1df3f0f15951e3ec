"""Asks a backend directly, through the gateway and through haproxy, side by side."""

import contextlib
import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from load_tests.benchmarks.fleet import asking, haproxy, served
from load_tests.benchmarks.fleet.asking import Asked, Shaped
from load_tests.benchmarks.fleet.instant import Instant
from load_tests.benchmarks.goals import Goal, over_rounds, throughput_ratio
from load_tests.benchmarks.stages import alternate
from load_tests.benchmarks.statistics import cpu_s
from load_tests.benchmarks.workload import Run, sentences
from load_tests.server import Server, ServerProcess

SIZES = (1, 16, 128, 500)
DIRECT, GATEWAY, HAPROXY = "direct", "gateway", "haproxy"
_MAX_TOKENS = 64
"""More than any sentence of the demo needs: each ends by itself."""

Rounds = Mapping[str, Sequence[Asked]]


@dataclass(frozen=True)
class Way:
    """Where a call goes, and which process stands between, if one does."""

    url: str
    question: Shaped
    between: ServerProcess | None = None

    def ask(self, count: int, callers: int) -> Asked:
        before = self._cpu_s()
        found = asking.run(self.url, sentences(count), callers, self.question)
        return replace(found, between_s=self._cpu_s() - before)

    def _cpu_s(self) -> float:
        return 0.0 if self.between is None else cpu_s(self.between)


@dataclass(frozen=True)
class Behind:
    """What is asked, and how many sentences a round has for each number of callers."""

    name: str
    start: Callable[[Path], ServerProcess]
    counts: Mapping[int, int]


def _demo(folder: Path) -> ServerProcess:
    return Server("bentos.nllb:NLLBService", log=folder / "nllb.log", home=folder / "nllb")


def _instant(folder: Path) -> ServerProcess:
    return Instant(log=folder / "instant.log")


def backends(*, quick: bool) -> list[Behind]:
    """The demo, where the model bounds what goes through, and one that bounds nothing."""
    model = (
        {1: 60, 16: 160, 128: 384, 500: 500} if quick else {1: 200, 16: 480, 128: 768, 500: 1000}
    )
    none = {1: 300, 16: 800, 128: 1280, 500: 2000}
    more = {1: 600, 16: 2400, 128: 3840, 500: 5000}
    return [
        Behind("nllb demo", _demo, model),
        Behind("instant", _instant, none if quick else more),
    ]


def called(way: str, callers: int) -> str:
    return f"{way}, {callers} callers" if callers > 1 else f"{way}, 1 caller"


def measure(behind: Behind, rounds: int) -> dict[str, list[Asked]]:
    """All servers are up at once; only one way is gone at a time."""
    with contextlib.ExitStack() as stack, tempfile.TemporaryDirectory() as name:
        ways = _start(stack, Path(name), behind)
        contestants: dict[str, Callable[[], Run]] = {}
        for size in SIZES:
            for name_of_way, way in ways.items():
                count = behind.counts[size]
                contestants[called(name_of_way, size)] = partial(way.ask, count, size)
        for each in ways:  # warm
            contestants[called(each, 16)]()
        found = alternate(contestants, rounds)
    return {one: [run for run in runs if isinstance(run, Asked)] for one, runs in found.items()}


def _start(stack: contextlib.ExitStack, folder: Path, behind: Behind) -> dict[str, Way]:
    own = Shaped({"beam_size": 1}, _MAX_TOKENS)
    backend = stack.enter_context(behind.start(folder))
    gateway = stack.enter_context(served.before(folder / "gateway", backend.url))
    served.wait_for(
        lambda: "ready" in served.statuses(gateway.url).values(), "The backend's readiness"
    )
    through = Shaped({"beam_size": 1}, _MAX_TOKENS, served.TRANSLATE)
    ways = {DIRECT: Way(backend.url, own), GATEWAY: Way(gateway.url, through, gateway)}
    program = haproxy.program()
    if program is not None:
        floor = stack.enter_context(haproxy.Haproxy(program, backend.url, folder))
        ways[HAPROXY] = Way(floor.url, own, floor)
    return ways


def goals(name: str, rounds: Rounds) -> list[Goal]:
    """What the gateway may add, and that it never fails by itself."""
    alone = added(rounds, GATEWAY, 1, p50)
    failed = max(run.failed for run in rounds[called(GATEWAY, SIZES[-1])])
    return [
        Goal(f"{name}, p50 added at one caller, ms", alone, 3, at_least=False),
        Goal(f"{name}, errors at {SIZES[-1]} callers", failed, 0, at_least=False),
    ]


def added(rounds: Rounds, way: str, size: int, measured: Callable[[Run], float]) -> float:
    """Milliseconds over the direct call, compared inside each round."""
    ours, direct = rounds[called(way, size)], rounds[called(DIRECT, size)]
    return over_rounds(ours, direct, lambda one, other: measured(one) - measured(other))


def p50(run: Run) -> float:
    return run.p50_ms


def p95(run: Run) -> float:
    return run.p95_ms if isinstance(run, Asked) else run.p50_ms


def table(name: str, rounds: Rounds) -> str:
    """A line a way and number of callers: medians over the rounds.

    `cpu ms` is the processor's time for each call of what stands between, which hardly depends on
    what else the machine does.
    """
    columns = ("p50 ms", "p95 ms", "added p50", "added p95", "calls/s", "ratio", "cpu ms", "errors")
    head = "".join(f"{column:>11}" for column in columns)
    lines = [f"{name:<22}{head}", *_lines(rounds)]
    if called(HAPROXY, 1) not in rounds:
        lines.append("  haproxy is left out: it is not installed here")
    return "\n".join(lines)


def _lines(rounds: Rounds) -> Iterator[str]:
    for size in SIZES:
        for way in (DIRECT, GATEWAY, HAPROXY):
            if (runs := rounds.get(called(way, size))) is not None:
                direct = rounds[called(DIRECT, size)]
                values = (
                    statistics.median(map(p50, runs)),
                    statistics.median(map(p95, runs)),
                    added(rounds, way, size, p50),
                    added(rounds, way, size, p95),
                    statistics.median(run.sentences_per_s for run in runs),
                    over_rounds(runs, direct, throughput_ratio),
                    statistics.median(run.between_ms for run in runs),
                )
                failed = sum(run.failed for run in runs)
                numbers = "".join(f"{value:>11.2f}" for value in values)
                yield f"  {called(way, size):<20}{numbers}{failed:>11}"


def failures(rounds: Rounds) -> Iterator[str]:
    """What came instead of translations, by who was asked."""
    for name, runs in rounds.items():
        for what in sorted({what for run in runs for what in run.errors}):
            yield f"{name}: {sum(run.errors.get(what, 0) for run in runs)} x {what}"
