"""What the gateway's own API is asked and answers, beyond what every Bento answers too."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from bentos.contract import Answer, CacheStatus, Call, ModelState, Reason, Status
from bentos.glossaries.requests import TranslationRequest
from bentos.management.shapes import ModelList
from bentos.shapes import LanguageInfo
from models.base.request_models import (
    DetectionRequest,
    ErrorDetail,
    TranslationResponse,
)

_MODEL = Field(
    default=None,
    max_length=64,
    description="A backend's name; null: the gateway's routes decide.",
)


class GatewayRequest(TranslationRequest):
    """One text to translate, and by whom."""

    model: str | None = _MODEL

    def asked(self, call: Call) -> Call:
        """The call, for the model this names."""
        return replace(call, model=self.model) if self.model is not None else call


class GatewayDetectionRequest(DetectionRequest):
    """A text whose language is asked for, and who would translate it."""

    model: str | None = _MODEL

    def asked(self, call: Call) -> Call:
        """The call, for the model this names."""
        return replace(call, model=self.model) if self.model is not None else call


class Routing(BaseModel):
    """Which model spoke, and why it."""

    model: str = Field(description="The backend's name.")
    reason: Reason
    arm: str | None = Field(default=None, description="Of an A/B split, where one applied.")
    cache: CacheStatus | None = Field(default=None, description="null: nothing is cached.")


class GatewayResponse(TranslationResponse):
    """A translated text, and where it came from."""

    routing: Routing

    @classmethod
    def of(cls, answer: Answer) -> "GatewayResponse":
        routing = Routing(
            model=answer.model, reason=answer.reason, arm=answer.arm, cache=answer.cache
        )
        return cls.model_construct(**dict(answer.response), routing=routing)


class GatewayBatchItem(BaseModel):
    """An item of a batch: exactly one of the two is set."""

    result: GatewayResponse | None = None
    error: ErrorDetail | None = None


class GatewayBatchResponse(BaseModel):
    """The items' results, in the order of the request."""

    results: list[GatewayBatchItem]


class SpokenLanguage(LanguageInfo):
    """A language, and the backends that speak it."""

    models: list[str]


class SpokenLanguages(BaseModel):
    """The languages of all backends that were ever ready."""

    languages: list[SpokenLanguage]


class BackendView(BaseModel):
    """A model behind the gateway."""

    name: str
    status: Status
    message: str | None = Field(description="Why it is not ready.")
    on_demand: bool = Field(description="Whether the gateway starts and stops it.")
    languages: int = Field(description="How many it speaks; 0 while that is not known.")
    details: dict[str, JsonValue] = Field(description="What its `GET /model` said last.")

    @classmethod
    def of(cls, state: ModelState) -> "BackendView":
        return cls(
            name=state.name,
            status=state.status,
            message=state.message,
            on_demand=state.on_demand,
            languages=len(state.languages),
            details=dict(state.details),
        )


class BackendList(BaseModel):
    """The models behind the gateway, the default first."""

    backends: list[BackendView]


class GatewayModelList(ModelList, BackendList):
    """The catalogue, and what of it stands behind the gateway now."""


class KeepAliveRequest(BaseModel):
    """How long a model on demand stays after its last use."""

    model_config = ConfigDict(extra="forbid")

    seconds: float | None = Field(ge=0, le=31_536_000, strict=True, description="null: for good.")


class GatewayHealth(BaseModel):
    """Whether translations can be asked for."""

    status: Literal["ok", "loading", "down"] = Field(
        description="`ok`: a model is ready, or is started when it is asked for."
    )
    ready: bool = Field(description="Whether it is worth asking: `ok` or `loading`.")
    backends: dict[str, Status]

    @classmethod
    def of(cls, states: Sequence[ModelState]) -> "GatewayHealth":
        waiting = {state.status for state in states if state.on_demand}
        status: Literal["ok", "loading", "down"] = "down"
        if any(state.status is Status.READY for state in states):
            status = "ok"
        elif Status.STARTING in waiting:
            status = "loading"
        elif Status.COLD in waiting:
            status = "ok"
        backends = {state.name: state.status for state in states}
        return cls(status=status, ready=status != "down", backends=backends)


class ConfigurationStatus(BaseModel):
    """The configuration in force."""

    loaded_at: datetime
    digest: str = Field(description="SHA-256 of all it says; changes whenever that does.")
    error: str | None = Field(
        description="Why a newer file was not taken, a line for each fault; null: it is the newest."
    )


class DeprecatedUse(BaseModel):
    """How often one caller asked for one of the predecessor's multi-model paths."""

    path: str
    caller: str = Field(description="First digits of the key's SHA-256, or `anonymous`.")
    requests: int
    last: datetime


class GatewayStatus(BaseModel):
    """What the gateway itself knows and counts, since its start."""

    profile: str = Field(description="The predecessor's server whose API is answered at `/`.")
    configuration: ConfigurationStatus
    flags: dict[str, bool]
    splits: dict[str, dict[str, dict[str, JsonValue]]] = Field(
        description="What each arm of each A/B split did."
    )
    cache: dict[str, int | None] | None = Field(description="null: nothing is cached.")
    deprecated_use: list[DeprecatedUse] = Field(description="The most frequent first.")
