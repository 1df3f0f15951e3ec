"""The parts of a gateway's configuration, each checked by itself; not whether they fit together.

No complaint quotes a value that might be secret.
"""

import re
from pathlib import Path
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ByteSize,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    model_validator,
)

from common.languages import find
from common.settings import MAX_TIMEOUT_S
from models.base.translation_model import WarningCode

_SMALLEST_BUDGET: Final = 100_000_000
"""Less is a unit forgotten."""
_VISIBLE: Final = re.compile(r"[!-~]+")


def _url(value: str) -> str:
    """Never says what it was: somebody may have written a password into it."""
    try:
        parts = urlsplit(value)
        reachable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise ValueError("is no URL") from None
    if parts.scheme not in {"http", "https"} or not reachable or not _VISIBLE.fullmatch(value):
        raise ValueError("must be http://HOST or https://HOST, with a port and a path or without")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user or a password; api_key_file names a key")
    if "?" in value or "#" in value:
        raise ValueError("must have neither query nor fragment")
    return value.rstrip("/")


def _codes(value: object) -> object:
    """FLORES-200 codes of what was written; what is of a wrong type is left for its own error."""
    written = [value] if isinstance(value, str) else value
    if not isinstance(written, list):
        return value
    if written == ["*"]:
        return ()
    if not written or "*" in written:
        raise ValueError('must name languages; leave it out, or write "*" alone, for any')
    found = [find(code) if isinstance(code, str) else None for code in written]
    unknown = [repr(code) for code, known in zip(written, found, strict=True) if known is None]
    if unknown:
        raise ValueError(f"knows no language {', '.join(unknown)}")
    return tuple(dict.fromkeys(known.code for known in found if known is not None))


def _different(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) != len(values):
        raise ValueError("names something twice")
    return values


Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=80)]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Value = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
Header = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$", to_lower=True, max_length=80)
]
Url = Annotated[str, AfterValidator(_url)]
Urls = Annotated[tuple[Url, ...], AfterValidator(_different)]
Names = Annotated[tuple[Name, ...], AfterValidator(_different)]
Languages = Annotated[tuple[str, ...], BeforeValidator(_codes)]
# Strict: `true` is no number.
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True)]
KeepAlive = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)]
Positive = Annotated[int, Field(ge=1, strict=True)]


class Part(BaseModel):
    """Nothing of it changes, and what it does not know it refuses."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True
    )


class Backend(Part):
    """A model's Bento: one that runs somewhere, or one that the gateway starts."""

    urls: Urls = ()
    """Where it is served; of several the one with the fewest open requests is asked."""
    on_demand: StrictBool = False
    """Instead of `urls`: the gateway starts it when it is first asked for, and stops it."""
    aliases: Names = ()
    """Other names that callers may use for it."""
    model: Name | None = None
    """On demand: the Bento to start, as its bentofile calls it; by default the backend's name."""
    pinned: StrictBool = False
    """On demand: started with the gateway, and never stopped for another or for being idle."""
    keep_alive_s: KeepAlive | None = None
    """On demand: seconds without a request after which it is stopped; by default as in
    `[on_demand]`."""
    environment: dict[Variable, Value] = Field(default_factory=dict, repr=False)
    """On demand: environment variables for it, beside the gateway's own."""
    max_concurrent: Positive = 256
    """Requests open at a time; more wait."""
    queue: int = Field(default=1024, ge=0, strict=True)
    """Requests that may wait; more are answered with 503."""
    timeout_s: Seconds = MAX_TIMEOUT_S
    """Seconds it may take for an answer."""
    api_key_file: Path | None = None
    """File that holds the key it asks for."""
    breaker_failures: Positive = 5
    """Failures in a row after which it is left alone for a while."""
    breaker_open_s: Seconds = 10
    """Seconds for which it is left alone then."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if bool(self.urls) == self.on_demand:
            raise ValueError("needs either urls or on_demand = true")
        of_children = self.model_fields_set & {"model", "pinned", "keep_alive_s", "environment"}
        if of_children and not self.on_demand:
            raise ValueError(f"{', '.join(sorted(of_children))}: only with on_demand = true")
        return self


class OnDemand(Part):
    """How much the models started by the gateway may take together."""

    memory_budget: ByteSize | None = Field(default=None, ge=_SMALLEST_BUDGET)
    """Memory that they may take, measured, as `"12GB"`; by default nothing is stopped for it."""
    max_models: Positive | None = None
    """How many may run at a time; by default any number."""
    keep_alive_s: KeepAlive = 600
    """Seconds without a request after which one is stopped; 0: at once."""


class Pairs(Part):
    """The language pairs that something holds for."""

    source: Languages = ()
    """Languages translated from, one or a list; by default, or as `"*"`, any."""
    target: Languages = ()
    """Languages translated to, likewise."""
    flag: Name | None = None
    """A flag that must be on for it to hold; by default it always does."""

    def matches(self, source: str | None, target: str | None) -> bool:
        """Of FLORES-200 codes; None, one that is not known, is matched by "any" alone."""
        return all(
            not ours or code in ours
            for ours, code in ((self.source, source), (self.target, target))
        )

    def covers(self, other: "Pairs") -> bool:
        """Whether it matches all that the other does, whatever flags are on."""
        if self.flag is not None and self.flag != other.flag:
            return False
        pairs = ((self.source, other.source), (self.target, other.target))
        return all(not ours or (theirs and set(theirs) <= set(ours)) for ours, theirs in pairs)


class Route(Pairs):
    """Who translates a pair: the models in their order, each in case those before did not."""

    models: Names = Field(min_length=1)
    """Names of backends. The next is asked if one is down, fails, or does not speak the pair."""
    on_warnings: tuple[WarningCode, ...] = ()
    """The next is also asked if an answer carries one of these warnings."""
    min_confidence: float | None = Field(default=None, ge=0, le=1, strict=True)
    """The next is also asked if the model gives its answer's `metadata.confidence`, and it is
    less."""


class Split(Pairs):
    """Which share of a pair's requests goes to which backend, in place of its route's first."""

    name: Name
    """Of the split, in metrics."""
    arms: dict[Name, Weight] = Field(min_length=1)
    """Names of backends, each with its weight; one of weight 0 is taken by header alone."""
    header: Header | None = None
    """Request header by which a caller may choose an arm by its name."""
    sticky: StrictBool = False
    """Whether a caller stays with his arm; callers are told apart by key or address."""
    enabled: StrictBool = True
    """Whether it is in force."""

    @model_validator(mode="after")
    def _drawable(self) -> Self:
        if not sum(self.arms.values()) > 0:
            raise ValueError("arms: need at least one weight above 0")
        return self
