"""All that is kept, as JSON for another machine; whoever reads one has not written it himself."""

from dataclasses import astuple
from datetime import UTC, datetime
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from common.state.histogram import LAST
from common.state.records import Choice, Weights
from common.state.tally import Tally

# So that a thousand of them still add up in SQLite's 64 bits.
_Count = Annotated[int, Field(ge=0, le=2**53)]
_Bucket = Annotated[int, Field(ge=0, le=LAST)]
# In any time zone.
_BEGIN, _END = datetime(1970, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)
_Moment = Annotated[AwareDatetime, Field(ge=_BEGIN, lt=_END)]

Named = TypeVar("Named", Weights, Choice)


def _text(value: str) -> str:
    """Half a character comes through JSON, but not into a file."""
    value.encode()
    return value


def _named(named: Named) -> Named:
    for value in astuple(named):
        _text(value)
    return named


_Weights = Annotated[Weights, AfterValidator(_named)]
_Choice = Annotated[Choice, AfterValidator(_named)]


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Counted(_Kept):
    """The requests to some weights, as `Tally` holds them."""

    weights: _Weights
    uses: _Count
    succeeded: _Count
    seconds: float = Field(ge=0)
    tokens_in: _Count
    tokens_out: _Count
    last_used: _Moment
    durations: dict[_Bucket, _Count]

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.succeeded > self.uses or sum(self.durations.values()) != self.succeeded:
            raise ValueError("the counts do not add up")
        return self

    @property
    def tally(self) -> Tally:
        """The same, to be added."""
        return Tally(
            uses=self.uses,
            succeeded=self.succeeded,
            seconds=self.seconds,
            tokens_in=self.tokens_in,
            tokens_out=self.tokens_out,
            last_used=self.last_used.timestamp(),
            durations=dict(self.durations),
        )


class Measured(_Kept):
    """Memory that loading some weights added on a kind of machine."""

    weights: _Weights
    machine: Annotated[str, AfterValidator(_text)]
    memory_bytes: _Count
    measured_at: _Moment


class State(_Kept):
    """What `StateFile.dump` gives and `merge` takes; what runs now is no part of it."""

    format: Literal[1] = 1
    usage: list[Counted] = []
    measurements: list[Measured] = []
    choices: list[_Choice] = []
