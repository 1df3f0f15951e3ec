import pytest

from load_tests.benchmarks.fleet import routing
from load_tests.benchmarks.fleet.asking import Asked
from load_tests.benchmarks.fleet.routing import DIRECT, GATEWAY, HAPROXY, SIZES, Behind, called


def rounds(p50_ms: float, errors: dict[str, int] | None = None) -> dict[str, list[Asked]]:
    """Two rounds, of which the second was ten times slower for all."""
    found: dict[str, list[Asked]] = {}
    for size in SIZES:
        for way, each in ((DIRECT, 1.0), (GATEWAY, p50_ms)):
            found[called(way, size)] = [
                Asked(10, slower, 0, [each * slower] * 10, errors=errors or {}, between_s=0.02)
                for slower in (1, 10)
            ]
    return found


def test_the_two_ways_are_compared_inside_each_round() -> None:
    found = rounds(1.5)
    assert routing.added(found, GATEWAY, 16, routing.p50) == pytest.approx((0.5 + 5) / 2)
    assert routing.added(found, DIRECT, 16, routing.p95) == 0


def test_the_goals_are_milliseconds_and_no_error() -> None:
    assert all(goal.reached for goal in routing.goals("any", rounds(1.5)))
    slow, _ = routing.goals("any", rounds(2))
    assert not slow.reached
    _, failing = routing.goals("any", rounds(1.5, {"503": 2}))
    assert (failing.reached, failing.value) == (False, 2)


def test_the_table_has_a_line_a_way_and_says_what_is_left_out() -> None:
    table = routing.table("any", rounds(1.5))
    assert len(table.splitlines()) == 1 + 2 * len(SIZES) + 1
    assert "haproxy is left out" in table
    found = rounds(1.5)
    found |= {called(HAPROXY, size): found[called(DIRECT, size)] for size in SIZES}
    table = routing.table("any", found)
    assert len(table.splitlines()) == 1 + 3 * len(SIZES)
    assert "left out" not in table


def test_errors_are_told_by_who_gave_them() -> None:
    found = rounds(1.5)
    assert list(routing.failures(found)) == []
    found[called(GATEWAY, 16)][0] = Asked(1, 1, 0, [1.0], errors={"503": 3})
    assert list(routing.failures(found)) == ["gateway, 16 callers: 3 x 503"]


def test_all_ways_lead_to_the_same_backend() -> None:
    instant = routing.backends(quick=True)[-1]
    few = Behind(instant.name, instant.start, {1: 4, 16: 16, 128: 130, 500: 200})
    found = routing.measure(few, 1)
    assert {called(way, 500) for way in (DIRECT, GATEWAY)} < set(found)
    for size, count in few.counts.items():
        assert [run.sentences for run in found[called(GATEWAY, size)]] == [count]
    assert found[called(GATEWAY, 128)][0].between_s > 0
    assert found[called(DIRECT, 128)][0].between_s == 0
