import pytest

from load_tests.benchmarks import goals
from load_tests.benchmarks.goals import ESTIMATED, TRANSFORMERS, Goal, raw, served
from load_tests.benchmarks.workload import Run


def run(sentences_per_s: float, *, p50_ms: float = 1, tokens: int = 1000, repeated: int = 0) -> Run:
    return Run(100, 100 / sentences_per_s, tokens, [p50_ms] * 3, repeated)


def test_a_goal_is_reached_at_its_limit() -> None:
    assert Goal("speed", 0.9, 0.9, at_least=True).reached
    assert not Goal("speed", 0.89, 0.9, at_least=True).reached
    assert Goal("wait", 5, 5, at_least=False).reached
    assert not Goal("wait", 5.1, 5, at_least=False).reached


def test_contestants_are_compared_inside_each_round() -> None:
    # The machine was four times slower in the second round, for both.
    rounds = {
        served(32): [run(80), run(20), run(80)],
        raw(32): [run(100), run(25), run(100)],
        served(1): [run(10, p50_ms=12), run(10, p50_ms=44), run(10, p50_ms=12)],
        raw(1): [run(10, p50_ms=10), run(10, p50_ms=40), run(10, p50_ms=10)],
    }
    throughput, waiting = goals.of_demo(rounds)
    assert throughput.value == pytest.approx(0.8)
    assert throughput.reached
    assert waiting.value == 2
    assert waiting.reached


def test_the_full_shape_has_goals_of_speed_and_memory() -> None:
    rounds = {served(32): [run(17)], raw(32): [run(20)], TRANSFORMERS: [run(2)]}
    found = goals.of_600m(rounds, {"service": 800, "transformers": 2500, ESTIMATED: 840})
    assert [goal.value for goal in found] == pytest.approx([0.85, 8.5, 0.32, 1.05, 1.05])
    assert [goal.reached for goal in found] == [False, True, False, True, True]
    assert "MISSED" in str(found[0])


@pytest.mark.parametrize(
    ("estimated", "reached"), [(89, [False, True]), (90, [True, True]), (111, [True, False])]
)
def test_an_estimate_is_to_be_neither_too_small_nor_too_large(
    estimated: int, reached: list[bool]
) -> None:
    found = goals.of_estimate("8B", {"service": 100, ESTIMATED: estimated})
    assert [goal.reached for goal in found] == reached


def test_one_slow_start_does_not_decide() -> None:
    assert goals.of_startup([0.8, 9.0, 0.7]).value == 0.8


def of_all_sizes(ours: Run) -> dict[str, list[Run]]:
    return {
        name(size): [one] for size in (1, 8, 32) for name, one in [(served, ours), (raw, run(9))]
    }


def test_equal_work_is_what_may_be_compared() -> None:
    assert goals.unequal(of_all_sizes(run(9, tokens=1020, repeated=2))) == []
    assert len(goals.unequal(of_all_sizes(run(9, tokens=900)))) == 3
    assert "translated 10.0%" in goals.unequal(of_all_sizes(run(9, repeated=10)))[0]
