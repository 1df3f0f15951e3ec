import logging

import pytest

from bentos.gateway.breaker import Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker("demo", failures=3, open_s=5.0, clock=clock)


def call(breaker: Breaker, *, ok: bool | None) -> None:
    assert breaker.admits()
    breaker.leave(breaker.enter(), ok=ok)


def opened(breaker: Breaker) -> Breaker:
    for _ in range(3):
        call(breaker, ok=False)
    return breaker


def test_it_opens_after_so_many_failures_in_a_row(breaker: Breaker) -> None:
    call(breaker, ok=False)
    call(breaker, ok=False)
    assert breaker.state == "closed"
    call(breaker, ok=False)
    assert (breaker.state, breaker.admits(), breaker.wait_s()) == ("open", False, 5.0)


def test_a_success_between_them_begins_the_count_anew(breaker: Breaker) -> None:
    for ok in (False, False, True, False, False):
        call(breaker, ok=ok)
    assert (breaker.state, breaker.wait_s()) == ("closed", 0.0)


def test_a_call_given_up_tells_nothing(breaker: Breaker) -> None:
    for ok in (False, False, None, None, None):
        call(breaker, ok=ok)
    assert breaker.state == "closed"
    call(breaker, ok=False)
    assert breaker.state == "open"


def test_after_a_while_one_call_at_a_time_tries_it(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += 4.9
    assert not breaker.admits()
    clock.now += 0.1
    assert breaker.admits()
    assert breaker.state == "half-open"
    probe = breaker.enter()
    assert not breaker.admits()
    breaker.leave(probe, ok=True)
    assert (breaker.state, breaker.admits()) == ("closed", True)


def test_a_failed_trial_opens_it_again_for_as_long(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += 5
    call(breaker, ok=False)
    assert (breaker.state, breaker.wait_s()) == ("open", 5.0)


def test_a_trial_given_up_leaves_its_place_to_another(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += 5
    call(breaker, ok=None)
    assert breaker.state == "half-open"
    call(breaker, ok=True)
    assert breaker.state == "closed"


def test_calls_begun_before_say_nothing_about_the_trial(breaker: Breaker, clock: Clock) -> None:
    assert breaker.admits()
    early, late = breaker.enter(), breaker.enter()
    opened(breaker)
    breaker.leave(early, ok=True)
    assert breaker.state == "open"
    clock.now += 5
    assert breaker.admits()
    breaker.enter()
    breaker.leave(late, ok=False)
    assert breaker.state == "half-open"
    assert not breaker.admits()


def test_it_closes_for_another_process(breaker: Breaker) -> None:
    opened(breaker).reset()
    assert breaker.admits()
    breaker.reset()
    call(breaker, ok=False)
    assert breaker.state == "closed"


def test_each_change_is_logged_once(
    breaker: Breaker, caplog: pytest.LogCaptureFixture, clock: Clock
) -> None:
    with caplog.at_level(logging.WARNING):
        opened(breaker)
        clock.now += 5
        call(breaker, ok=True)
        call(breaker, ok=True)
    assert [record.getMessage().rpartition(" ")[2] for record in caplog.records] == [
        "open",
        "half-open",
        "closed",
    ]
