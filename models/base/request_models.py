"""The shapes of the native HTTP API; nothing of how it is served."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from models.base.glossary_use import GlossaryUse
from models.base.translation_model import Text, TranslationOptions, TranslationWarning

TextFormat = Literal["text", "html", "xml", "markdown"]
_MAX_TAGS = 200


class MarkupOptions(BaseModel):
    """How the elements of XML are taken, where a document does not say it itself."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    ignore_tags: tuple[Text, ...] = Field(
        default=(), max_length=_MAX_TAGS, description="Whose content is not translated."
    )
    splitting_tags: tuple[Text, ...] = Field(
        default=(), max_length=_MAX_TAGS, description="That always end a text."
    )
    non_splitting_tags: tuple[Text, ...] = Field(
        default=(), max_length=_MAX_TAGS, description="That never do."
    )
    outline_detection: bool = Field(
        default=True,
        description="Whether an element with text beside it is within a sentence, and any other "
        "not; without it all are that are not named.",
    )


class TranslationRequest(BaseModel):
    """One text to translate."""

    model_config = ConfigDict(
        extra="forbid",
        hide_input_in_errors=True,
        json_schema_extra={
            "example": {
                "text": "Where is the train station?",
                "source_lang": "en",
                "target_lang": "fr",
            }
        },
    )

    text: Text = Field(description="The text, of any length up to the service's limit.")
    source_lang: Text = Field(
        default="auto",
        min_length=2,
        max_length=32,
        description="FLORES-200, ISO 639 or BCP-47 code in any case, or `auto` to detect it.",
    )
    target_lang: Text = Field(
        min_length=2, max_length=32, description="FLORES-200, ISO 639 or BCP-47 code in any case."
    )
    format: TextFormat = Field(
        default="text",
        description="How the text is marked up: what is markup comes back as it was.",
    )
    markup: MarkupOptions | None = Field(
        default=None, description="Of XML: how its elements are taken."
    )
    options: TranslationOptions = Field(default_factory=TranslationOptions)


class TranslationResponse(BaseModel):
    """A translated text."""

    translated_text: str
    source_lang: str = Field(
        description="FLORES-200 code of the language translated from, given or detected."
    )
    target_lang: str = Field(description="FLORES-200 code.")
    detected_source_lang: str | None = Field(
        description="FLORES-200 code; null where the source language was given."
    )
    confidence: float | None = Field(
        ge=0, le=1, description="Of the detection; null where the source language was given."
    )
    model_name: str
    processing_time_ms: float = Field(ge=0)
    warnings: list[TranslationWarning] = Field(
        description="Empty: nothing was done to the text that its caller must know."
    )
    alternatives: list[str] = Field(
        default_factory=list, description="Other translations, the likeliest first, where asked."
    )
    glossary: GlossaryUse | None = Field(
        default=None, description="What became of the glossary's terms; null where none was given."
    )
    metadata: dict[str, JsonValue] = Field(
        description="`segments`, `tokens_in`, `tokens_out`, `demo`, and where the model has scores "
        "`confidence` from 0 to 1, `confidence_calibrated` and `segment_confidences`."
    )


class ErrorDetail(BaseModel):
    """What went wrong."""

    code: str = Field(description="Stable, snake_case.")
    message: str
    details: dict[str, JsonValue] = Field(default_factory=dict)
    request_id: str | None = None


class ErrorResponse(BaseModel):
    """The one error body."""

    error: ErrorDetail


class BatchItemResult(BaseModel):
    """An item of a batch: exactly one of the two is set."""

    result: TranslationResponse | None = None
    error: ErrorDetail | None = None


class BatchResponse(BaseModel):
    """The items' results, in the order of the request."""

    results: list[BatchItemResult]


class DetectionRequest(BaseModel):
    """A text whose language is asked for."""

    model_config = ConfigDict(
        extra="forbid",
        hide_input_in_errors=True,
        json_schema_extra={"example": {"text": "Guten Morgen!"}},
    )

    text: Text


class DetectionCandidate(BaseModel):
    """A language and how likely it is."""

    language: str = Field(description="FLORES-200 code.")
    confidence: float = Field(ge=0, le=1)


class DetectionResponse(BaseModel):
    """The most likely language, decided freely, whether or not the model speaks it."""

    language: str = Field(description="FLORES-200 code.")
    confidence: float = Field(ge=0, le=1)
    supported: bool = Field(description="Whether the loaded model translates from it.")
    candidates: list[DetectionCandidate] = Field(
        description="The likeliest first, `language` included."
    )
