import pytest

from load_tests.benchmarks.goals import served
from load_tests.benchmarks.llamacpp import goals
from load_tests.benchmarks.llamacpp.goals import beside, locked
from load_tests.benchmarks.llamacpp.prefix import FirstToken
from load_tests.benchmarks.workload import Run


def run(seconds: float, *, sentences: int = 16, tokens: int = 256, tokens_in: int = 640) -> Run:
    return Run(sentences, seconds, tokens, [1.0], tokens_in=tokens_in)


def test_the_demo_is_compared_inside_each_round() -> None:
    # The machine was four times slower in the second round, for both.
    rounds = {
        served(16): [run(1.25), run(5), run(1.25)],
        beside(16): [run(1), run(4), run(1)],
    }
    (goal,) = goals.of_demo(rounds)
    assert goal.value == pytest.approx(0.8)
    assert goal.reached


def test_the_full_shape_has_five_goals() -> None:
    rounds = {
        served(1): [run(5.2, sentences=1)],
        locked(1): [run(5, sentences=1)],
        served(16): [run(20)],
        beside(16): [run(18)],
        # A quarter of the sentences in as much time: four times slower.
        locked(16): [run(20, sentences=4)],
    }
    first = [FirstToken(1000, 300), FirstToken(1000, 900), FirstToken(1000, 400)]
    found = goals.of_8b(rounds, first, resident_bytes=1150, least_bytes=1000)
    assert [goal.value for goal in found] == pytest.approx([0.9, 4, 1.04, 0.4, 1.15])
    assert [goal.reached for goal in found] == [False, True, True, True, False]


def test_as_many_tokens_for_the_same_prompts_is_equal_work() -> None:
    rounds = {served(16): [run(1), run(2)], beside(16): [run(1)]}
    prompts = {served(16): 640, beside(16): 640}
    assert goals.unequal(rounds, 16, prompts) == []


def test_a_token_less_or_another_prompt_is_unequal_work() -> None:
    rounds = {served(16): [run(1, tokens=255), run(2)], beside(16): [run(1, tokens_in=656)]}
    found = goals.unequal(rounds, 16, {served(16): 640, beside(16): 640})
    assert found == [
        "service, 16 callers wrote 255 tokens for 640, not 256 for 640",
        "llama-server, 16 callers wrote 256 tokens for 656, not 256 for 640",
    ]
