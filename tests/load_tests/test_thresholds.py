"""Thresholds of the load test: what is missed and how it is said."""

from dataclasses import replace

import pytest

from load_tests.calls import KINDS
from load_tests.thresholds import DEFAULTS, Limits, Measured, misses, parse, table

QUICK = Measured(requests=200, failures=0, p50_ms=20, p95_ms=40, requests_per_s=50)


def test_every_kind_of_call_has_a_limit() -> None:
    assert set(DEFAULTS) == set(KINDS)


def test_what_keeps_its_limits_misses_nothing() -> None:
    assert misses(dict.fromkeys(DEFAULTS, QUICK), DEFAULTS) == []


def test_a_slow_kind_is_named_with_both_numbers() -> None:
    (miss,) = misses({"short": QUICK}, {"short": Limits(p95_ms=39)})
    assert miss == "short: 95th percentile 40 ms, 39 ms allowed"


@pytest.mark.parametrize(("failures", "allowed"), [(2, True), (3, False)])
def test_only_the_allowed_share_may_fail(failures: int, allowed: bool) -> None:
    measured = {"short": Measured(200, failures, 20, 40, 50)}
    assert (misses(measured, {"short": Limits(p95_ms=100, failures=0.01)}) == []) is allowed


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (503, []),
        (429, []),
        (500, ["short: status 500 came 1 times, it never may"]),
        (404, ["short: status 404 came 1 times, it never may"]),
    ],
)
def test_what_may_fail_may_be_refused_and_nothing_else(status: int, found: list[str]) -> None:
    measured = {"short": replace(QUICK, failures=1, unexpected={status: 1})}
    assert misses(measured, {"short": Limits(p95_ms=100, failures=0.01)}) == found


@pytest.mark.parametrize("measured", [{}, {"short": Measured(0, 0, 0, 0, 0)}])
def test_a_kind_that_was_never_asked_misses(measured: dict[str, Measured]) -> None:
    assert misses(measured, {"short": DEFAULTS["short"]}) == ["short: no request was finished"]


def test_limits_can_be_changed_by_name() -> None:
    limits = parse(["short=12.5", "long=9"], failures=0.1)
    assert limits["short"] == Limits(p95_ms=12.5, failures=0.1)
    assert limits["long"] == Limits(p95_ms=9, failures=0.1)
    assert limits["batch"] == Limits(p95_ms=DEFAULTS["batch"].p95_ms, failures=0.1)


@pytest.mark.parametrize("change", ["sideways=3", "short", "short=soon"])
def test_a_wrong_limit_is_refused(change: str) -> None:
    with pytest.raises(ValueError, match=r"is not asked|could not convert"):
        parse([change])


def test_the_table_has_a_line_for_what_did_not_run_too() -> None:
    lines = table({"short": QUICK}, DEFAULTS).splitlines()
    assert [line.split()[0] for line in lines] == ["kind", *DEFAULTS]
    assert lines[1].split() == ["short", "200", "0", "50.0", "20", "40", "2000"]


def test_the_tables_columns_stand_below_each_other_whatever_the_names() -> None:
    limits = {"short": DEFAULTS["short"], "model:of-a-rather-long-name": DEFAULTS["short"]}
    assert len({len(line) for line in table({}, limits).splitlines()}) == 1
