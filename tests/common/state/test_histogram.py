import math
import random

import pytest

from common.state.histogram import FIRST_S, GROWTH, LAST, bucket_of, quantile, seconds_of

WITHIN = 0.05


def counted(durations: list[float]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for seconds in durations:
        counts[bucket_of(seconds)] = counts.get(bucket_of(seconds), 0) + 1
    return counts


def test_a_bucket_stands_for_all_in_it_within_five_percent() -> None:
    chance = random.Random(1)
    for _ in range(20_000):
        seconds = math.exp(chance.uniform(math.log(FIRST_S), math.log(18_000)))
        assert seconds_of(bucket_of(seconds)) == pytest.approx(seconds, rel=WITHIN)


def test_buckets_are_where_the_formula_puts_them() -> None:
    for bucket in (1, 50, 137, LAST):
        upper = FIRST_S * GROWTH**bucket
        assert bucket_of(upper * 0.999) == bucket
        assert bucket_of(upper * 1.001) == min(LAST, bucket + 1)


@pytest.mark.parametrize(("seconds", "bucket"), [(0.0, 0), (-1.0, 0), (FIRST_S, 0), (1e9, LAST)])
def test_what_is_beyond_the_ends_is_in_the_last_buckets(seconds: float, bucket: int) -> None:
    assert bucket_of(seconds) == bucket


@pytest.mark.parametrize("many", [1, 2, 19, 20, 100, 5001])
def test_p95_is_within_five_percent_of_the_true_one(many: int) -> None:
    chance = random.Random(many)
    durations = sorted(chance.lognormvariate(-1, 1.5) for _ in range(many))
    true = durations[math.ceil(many * 95 / 100) - 1]
    assert quantile(counted(durations), 0.95) == pytest.approx(true, rel=WITHIN)


def test_of_a_hundred_the_95th_is_meant() -> None:
    assert quantile(counted([0.1] * 95 + [10.0] * 5), 0.95) == pytest.approx(0.1, rel=WITHIN)
    assert quantile(counted([0.1] * 94 + [10.0] * 6), 0.95) == pytest.approx(10, rel=WITHIN)


def test_nothing_has_no_duration() -> None:
    assert quantile({}, 0.95) == 0
