"""What a load test must reach and how its summary says so; nothing of how it was measured."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

PUSHBACK = frozenset({429, 503})
"""Statuses with which a service refuses what it cannot take; any other wrong one is a fault."""


@dataclass(frozen=True)
class Limits:
    """What a kind of call may not exceed."""

    p95_ms: float
    failures: float = 0.0
    """Share of the requests that may fail, 0 to 1: refused with 429 or 503, or not answered."""


@dataclass(frozen=True)
class Measured:
    """What a kind of call did; `p50_ms` and `p95_ms` are 0 where nothing was asked."""

    requests: int
    failures: int
    p50_ms: float
    p95_ms: float
    requests_per_s: float
    unexpected: Mapping[int, int] = field(default_factory=dict)
    """How often each status came where another one had to."""


# For the embedded demo, two ordinary cores and eight users; `--p95-ms` is for other cases.
DEFAULTS: Mapping[str, Limits] = {
    "short": Limits(p95_ms=2_000),
    "long": Limits(p95_ms=10_000),
    "batch": Limits(p95_ms=5_000),
    "mixed": Limits(p95_ms=2_000),
    "wrong": Limits(p95_ms=1_000),
}


def parse(
    changes: Sequence[str],
    failures: float | None = None,
    defaults: Mapping[str, Limits] = DEFAULTS,
) -> dict[str, Limits]:
    """The defaults with `short=300` (milliseconds) for each kind of call named in `changes`."""
    limits = dict(defaults)
    for change in changes:
        name, _, value = change.partition("=")
        if name not in limits:
            raise ValueError(f"{name!r} is not asked; there are {', '.join(limits)}.")
        limits[name] = replace(limits[name], p95_ms=float(value))
    if failures is not None:
        limits = {name: replace(limit, failures=failures) for name, limit in limits.items()}
    return limits


def misses(measured: Mapping[str, Measured], limits: Mapping[str, Limits]) -> list[str]:
    """One sentence for every limit that was exceeded; a kind that was never asked misses too."""
    return [
        f"{name}: {miss}"
        for name, limit in limits.items()
        for miss in _misses_of(measured.get(name), limit)
    ]


def _misses_of(measured: Measured | None, limit: Limits) -> list[str]:
    if measured is None or measured.requests == 0:
        return ["no request was finished"]
    found = []
    share = measured.failures / measured.requests
    if share > limit.failures:
        found.append(f"{share:.1%} of the requests failed, {limit.failures:.1%} may")
    if measured.p95_ms > limit.p95_ms:
        found.append(f"95th percentile {measured.p95_ms:.0f} ms, {limit.p95_ms:g} ms allowed")
    wrong = {status: n for status, n in measured.unexpected.items() if status not in PUSHBACK}
    found.extend(f"status {status} came {n} times, it never may" for status, n in wrong.items())
    return found


def table(measured: Mapping[str, Measured], limits: Mapping[str, Limits]) -> str:
    """The summary for a terminal."""
    width = max(map(len, ("kind", *limits)))
    head = f"{'kind':<{width}}{'requests':>9}{'failed':>8}{'per s':>8}{'p50 ms':>9}{'p95 ms':>9}"
    lines = [f"{head}{'allowed':>9}"]
    for name, limit in limits.items():
        found = measured.get(name, Measured(0, 0, 0, 0, 0))
        lines.append(
            f"{name:<{width}}{found.requests:>9}{found.failures:>8}{found.requests_per_s:>8.1f}"
            f"{found.p50_ms:>9.0f}{found.p95_ms:>9.0f}{limit.p95_ms:>9g}"
        )
    return "\n".join(lines)


def report(
    measured: Mapping[str, Measured], limits: Mapping[str, Limits]
) -> dict[str, dict[str, object] | list[str]]:
    """The summary for a program."""
    return {
        "measured": {name: asdict(found) for name, found in measured.items()},
        "limits": {name: asdict(limit) for name, limit in limits.items()},
        "misses": misses(measured, limits),
    }
