import pytest

from bentos.gateway.ondemand.budget import Limits, Running, victims
from models.base.exceptions import OverloadedError


def running(
    name: str,
    size: int,
    used: float,
    *,
    pinned: bool = False,
    busy: bool = False,
    old: bool = False,
) -> Running:
    return Running(
        name=name, memory_bytes=size, last_used=used, pinned=pinned, busy=busy, expired=old
    )


def test_nothing_stops_where_there_is_room() -> None:
    models = [running("a", 4, 1), running("b", 4, 2)]
    assert victims(models, Limits(), expected_bytes=10**12) == []
    assert victims(models, Limits(memory_bytes=12, models=3), expected_bytes=4) == []


def test_the_least_recently_used_stops_first() -> None:
    models = [running("new", 4, 9), running("old", 4, 1), running("middle", 4, 5)]
    assert victims(models, Limits(memory_bytes=12), expected_bytes=4) == ["old"]
    assert victims(models, Limits(memory_bytes=12), expected_bytes=8) == ["old", "middle"]
    assert victims(models, Limits(models=3)) == ["old"]
    assert victims(models, Limits(models=1)) == ["old", "middle", "new"]


def test_what_is_kept_no_longer_stops_before_what_was_used_earlier() -> None:
    models = [running("kept", 4, 1), running("expired", 4, 5, old=True)]
    assert victims(models, Limits(models=2)) == ["expired"]


def test_neither_pinned_nor_busy_stops() -> None:
    models = [running("p", 4, 1, pinned=True), running("b", 4, 2, busy=True), running("c", 4, 3)]
    assert victims(models, Limits(models=3)) == ["c"]


def test_a_small_one_stays_where_a_larger_one_had_to_go_too() -> None:
    models = [running("small", 1, 1), running("large", 8, 2)]
    assert victims(models, Limits(memory_bytes=10), expected_bytes=8) == ["large"]


def test_one_that_has_grown_out_of_the_budget_is_seen_without_a_newcomer() -> None:
    models = [running("a", 6, 1), running("b", 6, 2)]
    assert victims(models, Limits(memory_bytes=10, models=2), newcomers=0) == ["a"]


def test_room_that_busy_models_take_is_worth_another_try_soon() -> None:
    models = [running("a", 8, 1, busy=True)]
    with pytest.raises(OverloadedError, match=r"in use.*0\.00 GB") as caught:
        victims(models, Limits(memory_bytes=10), expected_bytes=4)
    assert caught.value.retry_after_s == 2


def test_room_that_pinned_models_take_is_not() -> None:
    models = [running("a", 8, 1, pinned=True)]
    with pytest.raises(OverloadedError, match=r"pinned.*1 models") as caught:
        victims(models, Limits(models=1))
    assert caught.value.retry_after_s == 60
