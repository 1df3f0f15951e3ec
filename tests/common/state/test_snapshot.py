from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from common.state.records import Choice, Weights
from common.state.snapshot import Counted, Measured, State

WEIGHTS = Weights("nllb", "1", "a/b", "int8")
NOW = datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)


def counted(**others: Any) -> dict[str, Any]:
    made = Counted(
        weights=WEIGHTS,
        uses=3,
        succeeded=2,
        seconds=0.5,
        tokens_in=1,
        tokens_out=2,
        last_used=NOW,
        durations={7: 1, 80: 1},
    )
    return {**made.model_dump(mode="json"), **others}


def test_it_goes_through_json_unchanged() -> None:
    state = State(
        usage=[Counted.model_validate(counted())],
        measurements=[Measured(weights=WEIGHTS, machine="m", memory_bytes=9, measured_at=NOW)],
        choices=[Choice("translation", "nllb", "nllb", "1")],
    )
    assert State.model_validate_json(state.model_dump_json()) == state


def test_what_was_counted_is_a_tally_again() -> None:
    tally = Counted.model_validate(counted()).tally
    assert (tally.uses, tally.durations) == (3, {7: 1, 80: 1})
    assert tally.usage(WEIGHTS).last_used == NOW


@pytest.mark.parametrize(
    "wrong",
    [
        {"uses": -1},
        {"uses": 1},
        {"uses": 2**62},
        {"succeeded": 1},
        {"seconds": float("nan")},
        {"seconds": -1.0},
        {"durations": {"7": 2, "201": 0}},
        {"durations": {"7": 1}},
        {"last_used": "2026-01-02T03:04:05"},
        {"last_used": "9999-12-31T23:59:59-12:00"},
        {"last_used": "0001-01-01T00:00:00+12:00"},
        {"weights": {"bento": "\ud800", "version": "1", "source": "", "quantization": ""}},
        {"surprise": 1},
        {"weights": {"bento": "nllb"}},
    ],
)
def test_what_cannot_have_been_counted_is_refused(wrong: dict[str, Any]) -> None:
    Counted.model_validate(counted())
    with pytest.raises(ValidationError):
        Counted.model_validate(counted(**wrong))


def test_what_no_file_can_hold_is_refused() -> None:
    with pytest.raises(ValidationError, match="surrogates"):
        Measured(weights=WEIGHTS, machine="\ud800", memory_bytes=9, measured_at=NOW)
    with pytest.raises(ValidationError, match="surrogates"):
        State(choices=[Choice("chat", "\ud800", "", "")])


def test_a_later_format_is_refused() -> None:
    with pytest.raises(ValidationError, match="format"):
        State.model_validate({"format": 2})
