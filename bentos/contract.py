"""What surfaces see of the models behind them, one or many; not how these are reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

from pydantic import JsonValue

from models.base.exceptions import LinguaNexusError
from models.base.request_models import (
    DetectionResponse,
    TranslationRequest,
    TranslationResponse,
)

CacheStatus = Literal["hit", "miss"]


class Status(StrEnum):
    """Where a model is, as seen from the gateway."""

    COLD = "cold"
    """Not running; started when it is first asked for."""
    STARTING = "starting"
    READY = "ready"
    DOWN = "down"
    """Configured, and not answering."""


class Reason(StrEnum):
    """Why it was this model that spoke."""

    ASKED = "asked"
    """The caller named it."""
    FIRST = "first"
    """It stands first in its route, or is the default."""
    SPLIT = "split"
    """An A/B split drew it."""
    HEALTH = "health"
    """Those before it were not ready."""
    ERROR = "error"
    """The one before it failed."""
    WARNING = "warning"
    """The one before it gave a warning that its route does not take."""
    CONFIDENCE = "confidence"
    """The one before it was less sure than its route asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Who asks, and how: all that routing needs beside the text."""

    model: str | None = None
    """The name asked for; None: the configuration decides."""
    request_id: str | None = None
    caller: str = ""
    """A label of the key or the address; never the key."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A translation, and where it came from."""

    response: TranslationResponse
    model: str
    """The gateway's name of the model that spoke."""
    reason: Reason = Reason.FIRST
    arm: str | None = None
    """Of an A/B split, where one applied."""
    cache: CacheStatus | None = None
    """None: nothing is cached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelState:
    """One model behind the gateway."""

    name: str
    status: Status
    message: str | None = None
    """Why it is not ready; free of texts and secrets."""
    on_demand: bool = False
    """Whether the gateway starts and stops it."""
    languages: tuple[str, ...] = ()
    """FLORES-200 codes it speaks; empty while that is not known."""
    details: Mapping[str, JsonValue] = field(default_factory=dict)
    """What its `GET /model` said last; empty before the first time."""


class Models(Protocol):
    """All models behind the gateway.

    Every method raises only `LinguaNexusError`: the model's own errors as the classes they were
    there, `UnknownModelError` for a name nobody has, `ModelNotReadyError`, `OverloadedError` and
    `DeadlineExceededError` for what the gateway finds itself.
    """

    async def translate(self, request: TranslationRequest, call: Call) -> Answer: ...

    async def translate_batch(
        self, requests: Sequence[TranslationRequest], call: Call
    ) -> list[Answer | LinguaNexusError]:
        """One outcome a request, in order; each fails alone."""
        ...

    async def detect(self, text: str, call: Call) -> DetectionResponse: ...

    def states(self) -> Sequence[ModelState]:
        """In the order of the configuration; the first is the default."""
        ...

    async def load(self, name: str) -> ModelState:
        """Start it if it is on demand, and wait until it is ready."""
        ...

    async def unload(self, name: str) -> ModelState:
        """Stop it if it is on demand; others are left alone."""
        ...
