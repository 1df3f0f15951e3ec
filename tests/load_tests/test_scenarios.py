"""Who comes in a scenario and what must hold; that a service stands it is in tests/e2e."""

import pytest

from load_tests.clients import BROKEN, SLOW
from load_tests.scenarios import SCENARIOS, limits_of, users_at
from load_tests.thresholds import DEFAULTS, Limits

BESIDE = {"soak": BROKEN, "slow": SLOW, "broken": BROKEN}


@pytest.mark.parametrize("name", BESIDE)
def test_well_behaved_users_must_have_the_same_whoever_else_comes(name: str) -> None:
    limits = limits_of(name)
    assert {kind: limits[kind] for kind in DEFAULTS} == DEFAULTS
    assert set(limits) - set(DEFAULTS) == set(BESIDE[name])


@pytest.mark.parametrize("name", SCENARIOS)
def test_who_misbehaves_comes_beside_others(name: str) -> None:
    assert (len(SCENARIOS[name].users) == 2) is (SCENARIOS[name].misbehaving > 0)


def test_a_burst_may_be_slower_and_lose_nothing() -> None:
    limits = limits_of("burst")
    assert all(limits[kind].p95_ms > DEFAULTS[kind].p95_ms for kind in DEFAULTS)
    assert all(limit.failures == 0 for limit in limits.values())


def test_each_of_a_gateways_models_has_a_limit_of_its_own() -> None:
    one = Limits(10_000)
    assert limits_of("models", ("one", "two")) == {"model:one": one, "model:two": one}


@pytest.mark.parametrize(
    ("elapsed_s", "users"), [(0, 3), (4.9, 3), (5, 24), (9.9, 24), (10, 3), (20, 24)]
)
def test_users_come_in_bursts_and_leave_again(elapsed_s: float, users: int) -> None:
    assert users_at("burst", 3, elapsed_s) == users


def test_users_stay_the_same_where_there_are_no_bursts() -> None:
    assert {users_at("steady", 3, second) for second in range(30)} == {3}
