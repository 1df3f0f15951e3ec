import pytest

from load_tests.benchmarks import statistics
from load_tests.benchmarks.statistics import KEEPING, WITHOUT, Costly


def run(sentences_per_s: float, cpu_s: float = 1) -> Costly:
    return Costly(100, 100 / sentences_per_s, 1000, [1.0], cpu_s=cpu_s)


def test_the_two_are_compared_inside_each_round() -> None:
    # The machine was four times slower in the second round, for both.
    rounds = {
        KEEPING: [run(99, cpu_s=1.02), run(24.5, cpu_s=4), run(98, cpu_s=1.01)],
        WITHOUT: [run(100), run(25, cpu_s=4), run(99)],
    }
    throughput = statistics.goal_of(rounds)
    assert throughput.value == pytest.approx(0.9899, abs=0.001)
    assert statistics.cpu_ratio(rounds) == pytest.approx(1.01)
    low, high = statistics.spread(rounds)
    assert 0.97 < low <= throughput.value <= high < 1


def test_a_hundredth_is_what_it_may_cost() -> None:
    assert statistics.goal_of({KEEPING: [run(99.5)], WITHOUT: [run(100)]}).reached
    assert not statistics.goal_of({KEEPING: [run(98)], WITHOUT: [run(100)]}).reached
