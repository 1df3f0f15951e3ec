"""Which models the predecessor's names mean, and whether they answer."""

import pytest

from bentos.contract import ModelState, Status
from bentos.gateway.legacy.models import (
    alias_of,
    device_of,
    memory_of,
    named,
    prefers,
    ready,
    usable,
)
from bentos.management.errors import UnknownModelError

STATES = [ModelState(name=name, status=Status.READY) for name in ("nllb", "aya", "Mixed")]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        *(("nllb", "nllb"), ("NLLB", "nllb"), ("aya", "aya"), ("Mixed", "Mixed")),
        *(("aya-expanse-8b", "aya"), ("AYA-Expanse-8B", "aya")),
    ],
)
def test_names(written: str, name: str) -> None:
    assert named(STATES, written).name == name


def test_a_name_nobody_has() -> None:
    with pytest.raises(UnknownModelError):
        named(STATES, "x")
    assert alias_of("x") is None
    assert prefers(STATES, "x") is None


@pytest.mark.parametrize(
    ("status", "on_demand", "answers"),
    [
        (Status.READY, False, True),
        (Status.COLD, True, True),
        (Status.STARTING, True, True),
        (Status.DOWN, True, False),
        (Status.STARTING, False, False),
        (Status.DOWN, False, False),
    ],
)
def test_who_answers(status: Status, on_demand: bool, answers: bool) -> None:
    state = ModelState(name="nllb", status=status, on_demand=on_demand)
    assert usable(state) is answers
    assert ready([state]) == ([state] if status is Status.READY else [])


@pytest.mark.parametrize(
    ("device", "word"),
    [("cpu", "cpu"), ("cuda:0", "cuda"), ("gpu", "cuda"), (None, "cpu")],
)
def test_device(device: str | None, word: str) -> None:
    state = ModelState(name="nllb", status=Status.READY, details={"device": device})
    assert device_of(state) == word
    assert device_of(None) == "cpu"


def test_memory() -> None:
    one = ModelState(name="a", status=Status.READY, details={"memory_bytes": 1024**3})
    other = ModelState(name="b", status=Status.READY, details={"memory_bytes": 1024**3 // 4})
    assert memory_of([one, other]) == "1.25GB"
    assert memory_of(STATES) == "N/A"
