"""What a soak makes of its samples; that one is run is in tests/e2e."""

from collections.abc import Callable

import pytest

from load_tests.growth import Growth
from load_tests.sampling import Sample
from load_tests.soak import judge, misses, parse

MIB = 2**20


def held(memory: Callable[[int], int], descriptors: Callable[[int], int]) -> list[Sample]:
    return [Sample(5.0 * n, memory(n) * MIB, descriptors(n), 3) for n in range(100)]


def test_what_stays_is_no_miss(capsys: pytest.CaptureFixture[str]) -> None:
    assert judge(held(lambda n: 400 + n % 3, lambda n: 90 + n % 2)) == []
    said = capsys.readouterr().out
    assert "100 samples, 3 processes" in said
    assert "memory, MiB  first quarter    401.0, last    401.0, trend +0.0: +0.00%" in said


def test_memory_that_grows_by_a_twentieth_is_a_miss() -> None:
    (miss,) = judge(held(lambda n: 400 + n // 3, lambda _: 90))
    assert miss.startswith("memory grew by ")


def test_descriptors_that_are_not_closed_are_a_miss() -> None:
    (miss,) = judge(held(lambda _: 400, lambda n: 60 + n // 10))
    assert miss.endswith("descriptors more, 2.0 may be")


def test_limits_are_as_they_are_said() -> None:
    flat = Growth(90, 90, 0)
    assert misses(Growth(100, 104.9, 4.9), flat) == []
    assert misses(Growth(100, 105, 0), flat) == ["memory grew by 5.0%, less than 5% may be"]
    assert misses(Growth(100, 100, 5), flat) == ["memory grew by 5.0%, less than 5% may be"]
    assert misses(Growth(100, 100, 0), Growth(60, 62, 0)) == []
    assert misses(Growth(100, 100, 0), Growth(60, 62.5, 0)) == ["2.5 descriptors more, 2.0 may be"]
    assert misses(Growth(100, 100, 0), Growth(200, 206, 0)) == []
    assert misses(Growth(100, 100, 0), Growth(200, 207, 0)) == ["7.0 descriptors more, 6.0 may be"]


def test_too_short_a_soak_proves_nothing() -> None:
    assert judge(held(lambda _: 400, lambda _: 90)[:5]) == [
        "4 samples after the warm-up, 12 are needed."
    ]


def test_what_is_not_its_own_is_for_the_load_test() -> None:
    options, rest = parse(["bentos.nllb:NLLBService", "--minutes", "5", "--users", "4"])
    assert (options.service, options.minutes) == ("bentos.nllb:NLLBService", 5)
    assert rest == ["--users", "4"]
