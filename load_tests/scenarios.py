"""The scenarios of a load test: who comes, for how long, what must hold; not what is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from load_tests.clients import BROKEN, SLOW
from load_tests.thresholds import DEFAULTS, Limits


@dataclass(frozen=True)
class Scenario:
    """One way to load a service; `users` are classes of the locustfile."""

    about: str
    users: tuple[str, ...]
    limits: Mapping[str, Limits]
    time: str = "30s"
    misbehaving: int = 0
    """Clients of the last class, beside the users asked for."""
    peak: int = 1
    """In a burst there are so many times the users asked for."""


def _slower(factor: float) -> dict[str, Limits]:
    return {kind: replace(limit, p95_ms=limit.p95_ms * factor) for kind, limit in DEFAULTS.items()}


_EVERY_S = 15
_BURST = range(5, 10)
_SLOW = dict.fromkeys(SLOW, Limits(p95_ms=15_000))
_BROKEN = dict.fromkeys(BROKEN, Limits(p95_ms=5_000))

SCENARIOS: Mapping[str, Scenario] = {
    "steady": Scenario("the same users all the time", ("Caller",), DEFAULTS),
    "burst": Scenario(
        "eight times the users for 5 s of every 15 s", ("Caller",), _slower(5), time="45s", peak=8
    ),
    "soak": Scenario(
        "a moderate load for long, some broken requests in it",
        ("CalmCaller", "BrokenClient"),
        {**DEFAULTS, **_BROKEN},
        time="20m",
        misbehaving=2,
    ),
    "models": Scenario(
        "a gateway's models by name, all at once", ("ModelCaller",), {"model": Limits(10_000)}
    ),
    "slow": Scenario(
        "beside the users clients that send or read a byte now and then, or nothing",
        ("Caller", "SlowClient"),
        {**DEFAULTS, **_SLOW},
        misbehaving=16,
    ),
    "broken": Scenario(
        "beside the users oversized, broken and half-closed requests, and no HTTP at all",
        ("Caller", "BrokenClient"),
        {**DEFAULTS, **_BROKEN},
        misbehaving=8,
    ),
}
"""What well-behaved users must have holds in all of them, whoever else comes."""


def limits_of(name: str, models: tuple[str, ...] = ()) -> dict[str, Limits]:
    """By kind of call; one for each of a gateway's models, where these are what is asked for."""
    limits = dict(SCENARIOS[name].limits)
    each = limits.pop("model", None)
    return limits if each is None else {f"model:{model}": each for model in models}


def users_at(name: str, users: int, elapsed_s: float) -> int:
    """How many well-behaved ones there are meant to be so long after the start."""
    bursting = _BURST.start <= elapsed_s % _EVERY_S < _BURST.stop
    return users * (SCENARIOS[name].peak if bursting else 1)
