"""What the service answers about itself, its model and languages; translations are elsewhere."""

from typing import Literal, Self

from pydantic import BaseModel, Field

from bentos.lifecycle import Status
from models.base.translation_model import (
    ModelDetails,
    ModelInfo,
    SegmentTranslation,
    TranslationWarning,
)


class LanguageInfo(BaseModel):
    """A language and what it may be called."""

    code: str = Field(description="FLORES-200 code.", examples=["fra_Latn"])
    iso639_1: str | None = Field(description="Two letters; null where there are none.")
    iso639_3: str = Field(description="Three letters.")
    bcp47: str = Field(description="The shortest tag for the language in this script.")
    name: str = Field(description="In English.")
    native_name: str
    script: str = Field(description="ISO 15924.")
    direction: Literal["ltr", "rtl"]


class LanguagesResponse(BaseModel):
    """The languages the loaded weights speak, each from and to any other."""

    languages: list[LanguageInfo]


class ModelResponse(ModelInfo, ModelDetails):
    """The model, and what of it is loaded."""


class HealthResponse(BaseModel):
    """Whether translations can be asked for."""

    status: Status
    model: str
    ready: bool
    message: str | None = Field(default=None, description="Why not, where something is wrong.")


class SegmentEvent(BaseModel):
    """The data of a stream's `segment` event."""

    index: int
    total: int
    before: str = Field(description="What stands between the segment before and this one.")
    text: str
    after: str = Field(description="What stands after it; empty but for the last.")
    warnings: list[TranslationWarning]
    confidence: float | None = Field(
        default=None, ge=0, le=1, description="By the model's scores; null where it has none."
    )
    alternatives: list[str] = Field(
        default_factory=list,
        description="Other translations of this segment, the likeliest first, where asked.",
    )

    @classmethod
    def of(cls, segment: SegmentTranslation) -> Self:
        return cls(
            index=segment.index,
            total=segment.total,
            before=segment.before,
            text=segment.text,
            after=segment.after,
            warnings=list(segment.warnings),
            confidence=segment.confidence,
            alternatives=list(segment.alternatives),
        )
