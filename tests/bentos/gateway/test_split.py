from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from bentos.contract import Call
from bentos.gateway.parts import Split
from bentos.gateway.split import SplitStatistics, choose

ARMS = st.dictionaries(
    st.sampled_from(["nllb", "aya", "other", "fourth"]),
    st.floats(0, 1000) | st.integers(0, 100),
    min_size=1,
).filter(lambda arms: sum(arms.values()) > 0)
DRAWS = st.floats(0, 1, exclude_max=True)


def never() -> float:
    message = "drawn, although there was nothing to draw"
    raise AssertionError(message)


def split_of(**arms: float) -> Split:
    return Split(name="trial", arms=arms, header="x-arm")


@given(ARMS, DRAWS)
def test_an_arm_without_weight_is_never_drawn(arms: dict[str, float], drawn: float) -> None:
    assert arms[choose(Split(name="trial", arms=arms), Call(), lambda: drawn)] > 0


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 20), min_size=1))
def test_even_draws_give_each_arm_its_share(arms: dict[str, int]) -> None:
    total = sum(arms.values())
    if not total:
        return
    split = Split(name="trial", arms=dict(arms))
    points = ((point + 0.5) / total for point in range(total))
    drawn = Counter(choose(split, Call(), points.__next__) for _ in range(total))
    assert drawn == Counter({arm: weight for arm, weight in arms.items() if weight})


@given(st.text(), DRAWS)
def test_a_header_chooses_an_arm_or_nothing(value: str, drawn: float) -> None:
    arm = choose(split_of(nllb=1, aya=0), Call(headers={"x-arm": value}), lambda: drawn)
    assert arm == ("aya" if value.strip().lower() == "aya" else "nllb")


def test_an_arm_named_by_header_is_not_drawn() -> None:
    assert choose(split_of(nllb=1, aya=0), Call(headers={"x-arm": " AYA "}), never) == "aya"


def test_a_split_without_a_header_heeds_none() -> None:
    split = Split(name="trial", arms={"nllb": 1, "aya": 0})
    assert choose(split, Call(headers={"x-arm": "aya", "": "aya"}), lambda: 0.5) == "nllb"


def test_a_point_that_was_rounded_up_to_the_end_is_the_last_arms() -> None:
    assert choose(split_of(nllb=1, aya=1, other=0), Call(), lambda: 1.0) == "aya"


def test_a_sticky_split_keeps_a_caller_and_spreads_callers() -> None:
    split = Split(name="trial", arms={"nllb": 3, "aya": 1}, sticky=True)
    arms = Counter(choose(split, Call(caller=f"key-{n}"), never) for n in range(1000))
    assert 200 < arms["aya"] < 300
    first = choose(split, Call(caller="key-1"), never)
    assert {choose(split, Call(caller="key-1"), never) for _ in range(5)} == {first}


def test_who_is_not_known_is_drawn_for_each_time() -> None:
    split = Split(name="trial", arms={"nllb": 1, "aya": 1}, sticky=True)
    points = iter([0.1, 0.9])
    assert [choose(split, Call(), points.__next__) for _ in range(2)] == ["nllb", "aya"]


def value_of(metric: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(metric, labels)


def test_statistics_say_how_each_arm_does() -> None:
    statistics = SplitStatistics()
    for seconds in (0.02, 0.02, 0.3):
        statistics.count("said", "nllb", characters=10, seconds=seconds)
    statistics.count("said", "nllb", characters=5, seconds=500, error="overloaded")
    statistics.count("said", "aya", characters=1, seconds=500)
    assert statistics.statistics() == {
        "said": {
            "nllb": {
                "requests": 4,
                "errors": 1,
                "errors_by_code": {"overloaded": 1},
                "characters": 35,
                "seconds": 500.34,
                "p50_s": 0.025,
                "p95_s": None,
            },
            "aya": {
                "requests": 1,
                "errors": 0,
                "errors_by_code": {},
                "characters": 1,
                "seconds": 500.0,
                "p50_s": None,
                "p95_s": None,
            },
        }
    }


def test_prometheus_is_told_the_same() -> None:
    statistics = SplitStatistics()
    statistics.count("told", "nllb", characters=10, seconds=0.02)
    statistics.count("told", "nllb", characters=5, seconds=0.02, error="overloaded")
    arm = {"split": "told", "arm": "nllb"}
    assert value_of("translation_arm_requests_total", **arm) == 2
    assert value_of("translation_arm_characters_total", **arm) == 15
    assert value_of("translation_arm_seconds_bucket", **arm, le="0.025") == 2
    assert value_of("translation_arm_errors_total", **arm, code="overloaded") == 1


def test_an_arm_that_is_configured_no_more_is_forgotten() -> None:
    statistics = SplitStatistics()
    for arm in ("nllb", "aya"):
        statistics.count("kept", arm, characters=1, seconds=0.1, error="overloaded")
        statistics.count("gone", arm, characters=1, seconds=0.1)
    statistics.keep([Split(name="kept", arms={"nllb": 1, "other": 1})])
    told = statistics.statistics()
    assert {split: list(arms) for split, arms in told.items()} == {"kept": ["nllb"]}


@pytest.mark.parametrize("seconds", [0.0, 0.01, 120.0, 1e9])
def test_any_time_has_its_bucket(seconds: float) -> None:
    statistics = SplitStatistics()
    statistics.count("timed", "nllb", characters=0, seconds=seconds)
    told = statistics.statistics()["timed"]["nllb"]
    assert told["p50_s"] == (None if seconds > 120 else max(seconds, 0.01))
