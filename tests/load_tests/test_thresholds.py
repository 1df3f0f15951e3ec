"""Thresholds of the load test: what is missed and how it is said."""

import pytest

from load_tests.scenarios import SCENARIOS
from load_tests.thresholds import DEFAULTS, Limits, Measured, misses, parse, table

QUICK = Measured(requests=200, failures=0, p50_ms=20, p95_ms=40, requests_per_s=50)


def test_every_scenario_has_a_limit() -> None:
    assert set(DEFAULTS) == set(SCENARIOS)


def test_what_keeps_its_limits_misses_nothing() -> None:
    assert misses(dict.fromkeys(DEFAULTS, QUICK), DEFAULTS) == []


def test_a_slow_scenario_is_named_with_both_numbers() -> None:
    (miss,) = misses({"short": QUICK}, {"short": Limits(p95_ms=39)})
    assert miss == "short: 95th percentile 40 ms, 39 ms allowed"


@pytest.mark.parametrize(("failures", "allowed"), [(2, True), (3, False)])
def test_only_the_allowed_share_may_fail(failures: int, allowed: bool) -> None:
    measured = {"short": Measured(200, failures, 20, 40, 50)}
    assert (misses(measured, {"short": Limits(p95_ms=100, failures=0.01)}) == []) is allowed


@pytest.mark.parametrize("measured", [{}, {"short": Measured(0, 0, 0, 0, 0)}])
def test_a_scenario_that_asked_nothing_misses(measured: dict[str, Measured]) -> None:
    assert misses(measured, {"short": DEFAULTS["short"]}) == ["short: no request was finished"]


def test_limits_can_be_changed_by_name() -> None:
    limits = parse(["short=12.5", "long=9"], failures=0.1)
    assert limits["short"] == Limits(p95_ms=12.5, failures=0.1)
    assert limits["long"] == Limits(p95_ms=9, failures=0.1)
    assert limits["batch"] == Limits(p95_ms=DEFAULTS["batch"].p95_ms, failures=0.1)


@pytest.mark.parametrize("change", ["sideways=3", "short", "short=soon"])
def test_a_wrong_limit_is_refused(change: str) -> None:
    with pytest.raises(ValueError, match=r"scenario|could not convert"):
        parse([change])


def test_the_table_has_a_line_for_what_did_not_run_too() -> None:
    lines = table({"short": QUICK}, DEFAULTS).splitlines()
    assert [line.split()[0] for line in lines] == ["scenario", *DEFAULTS]
    assert lines[1].split() == ["short", "200", "0", "50.0", "20", "40", "2000"]
