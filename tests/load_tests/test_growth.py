"""When a soak says that something grew, and when it does not."""

import itertools
from collections.abc import Callable
from random import Random

import pytest

from load_tests.growth import MIN_SAMPLES, growth_of

TIMES = [5.0 * n for n in range(240)]


def samples(value: Callable[[float], float]) -> list[float]:
    """Twenty minutes of them, with some noise."""
    random = Random(1)
    return [value(time_s) + random.uniform(-1, 1) for time_s in TIMES]


@pytest.mark.parametrize("begin", [0.0, 1e9], ids=["from zero", "from a clock's time"])
def test_what_stays_does_not_grow(begin: float) -> None:
    growth = growth_of([begin + time_s for time_s in TIMES], samples(lambda _: 500))
    assert abs(growth.share) < 0.001


def test_a_warm_up_is_left_out() -> None:
    growth = growth_of(TIMES, samples(lambda time_s: 100 + 2 * min(time_s, 200)))
    assert abs(growth.share) < 0.005


def test_spikes_are_no_growth() -> None:
    growth = growth_of(TIMES, samples(lambda time_s: 900 if time_s % 60 == 0 else 500))
    assert abs(growth.share) < 0.001


def test_falling_is_no_growth() -> None:
    assert growth_of(TIMES, samples(lambda time_s: 500 - time_s / 10)).share < 0


def test_a_climb_is_found_by_both() -> None:
    growth = growth_of(TIMES, samples(lambda time_s: 500 + time_s / 24))  # a tenth in all
    assert growth.last - growth.first == pytest.approx(30, abs=2)
    assert growth.trend == pytest.approx(40, abs=2)
    assert growth.share > 0.05


def test_a_late_step_is_found_by_the_quarters() -> None:
    growth = growth_of(TIMES, samples(lambda time_s: 500 if time_s < 1000 else 540))
    assert growth.trend < 40
    assert growth.added == pytest.approx(40, abs=2)


def test_a_descriptor_a_minute_is_found() -> None:
    counts = itertools.accumulate((0 if n % 12 else 1 for n in range(240)), initial=50)
    assert growth_of(TIMES, list(counts)[:240]).added > 10


def test_a_few_samples_say_nothing() -> None:
    enough = int(MIN_SAMPLES * 1.25)
    assert growth_of(TIMES[:enough], [1.0] * enough).added == 0
    for few in (0, 1, MIN_SAMPLES):
        with pytest.raises(ValueError, match="samples after the warm-up"):
            growth_of(TIMES[:few], [1.0] * few)
