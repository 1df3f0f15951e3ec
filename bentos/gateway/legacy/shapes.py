"""The bodies that the predecessor's servers took; what they answered is made where it is known."""

from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, Field, field_validator, model_validator

from bentos.gateway.legacy.models import alias_of

_LONGEST: Final = 5000
_LONGEST_SINGLE: Final = 10_000
_LONGEST_DETECTED: Final = 1000
_SHORTEST_CODE: Final = 2


def _trimmed(text: str) -> str:
    if not (trimmed := text.strip()):
        message = "Text cannot be empty"
        raise ValueError(message)
    return trimmed


def _code(code: str) -> str:
    lowered = code.strip().lower()
    if len(lowered) < _SHORTEST_CODE:
        message = "A language code has two letters or more"
        raise ValueError(message)
    return lowered


class MainRequest(BaseModel):
    """What `main` translates."""

    text: str = Field(min_length=1, max_length=_LONGEST)
    source_lang: str | None = "auto"
    target_lang: str


class LegacyRequest(BaseModel):
    """What `multimodel` translates for its own predecessors' clients."""

    text: Annotated[str, AfterValidator(_trimmed)] = Field(min_length=1, max_length=_LONGEST)
    source_lang: str | None = "auto"
    target_lang: str


class MultimodelRequest(LegacyRequest):
    """What `multimodel` translates."""

    model: str | None = "nllb"
    model_options: dict[str, Any] | None = None

    @field_validator("model")
    @classmethod
    def _named(cls, model: str | None) -> str | None:
        if model and not model.isalnum() and not alias_of(model):
            message = "Invalid model name format"
            raise ValueError(message)
        return model


class SingleRequest(BaseModel):
    """What `single` translates."""

    text: Annotated[str, AfterValidator(_trimmed)] = Field(min_length=1, max_length=_LONGEST_SINGLE)
    source_lang: Annotated[str, AfterValidator(_code)]
    target_lang: Annotated[str, AfterValidator(_code)]
    options: dict[str, Any] | None = None


class AyaRequest(BaseModel):
    """What `aya` translates."""

    text: str
    source_lang: str | None = None
    target_lang: str = "en"
    model_options: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _filled(self) -> "AyaRequest":
        _trimmed(self.text)
        return self


class DetectRequest(BaseModel):
    """A text whose language `single` tells."""

    text: str = Field(min_length=1, max_length=_LONGEST_DETECTED)
