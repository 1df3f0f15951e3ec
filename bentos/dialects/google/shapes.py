"""What Google's Translation v2 takes and answers; nothing of how it is served."""

from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field

from models.base.translation_model import Text

MAX_TEXTS: Final = 128
_FORM: Final = "application/x-www-form-urlencoded"

Texts = Annotated[list[Text], Field(min_length=1, max_length=MAX_TEXTS)]


class TranslateBody(BaseModel):
    """What to translate; other fields are ignored."""

    q: Text | Texts = Field(description="A text, or several.")
    target: str = Field(min_length=1, description="Language's code.")
    source: str | None = Field(default=None, description="Language's code; unset: detected.")
    format: Literal["html", "text", ""] | None = Field(default=None, description="Default: html.")
    model: str | None = Field(
        default=None, description="One of the service's models; `base` and `nmt` are no one's."
    )


class DetectBody(BaseModel):
    """The texts whose languages are asked for."""

    q: Text | Texts = Field(description="A text, or several.")


class LanguagesBody(BaseModel):
    """Whether languages are named."""

    target: str | None = Field(default=None, description="Names are given where it is set.")
    model: str | None = None


class TranslatedText(BaseModel):
    """One text's translation."""

    translatedText: str  # noqa: N815 - as its clients read it
    detectedSourceLanguage: str | None = None  # noqa: N815
    model: str | None = Field(default=None, description="Who translated, where one was asked for.")


class Translations(BaseModel):
    """In the order of the texts."""

    translations: list[TranslatedText]


class TranslateAnswer(BaseModel):
    """All answers are below `data`."""

    data: Translations


class Detection(BaseModel):
    """A language and how likely it is."""

    language: str
    confidence: float = Field(ge=0, le=1)
    isReliable: bool  # noqa: N815 - as its clients read it


class Detections(BaseModel):
    """For each text, in order, its one language."""

    detections: list[list[Detection]]


class DetectAnswer(BaseModel):
    """All answers are below `data`."""

    data: Detections


class ListedLanguage(BaseModel):
    """A language; named where a language for names was asked for."""

    language: str
    name: str | None = None


class Languages(BaseModel):
    """All that are spoken."""

    languages: list[ListedLanguage]


class LanguagesAnswer(BaseModel):
    """All answers are below `data`."""

    data: Languages


class ErrorItem(BaseModel):
    """What went wrong, for programs."""

    message: str
    domain: str
    reason: str


class ErrorBody(BaseModel):
    """What went wrong."""

    code: int
    message: str
    errors: list[ErrorItem]
    status: str


class Failure(BaseModel):
    """The one shape of its errors."""

    error: ErrorBody


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Its error body for each of an endpoint's statuses."""
    return {
        status: {"model": Failure, "description": HTTPStatus(status).phrase} for status in statuses
    }


def body_of(shape: type[BaseModel]) -> dict[str, Any]:
    """A body for the published schema, as JSON and as a form."""
    schema = shape.model_json_schema()
    kinds = ("application/json", _FORM)
    needed = bool(schema.get("required"))
    return {"requestBody": {"required": needed, "content": {k: {"schema": schema} for k in kinds}}}


def query_of(shape: type[BaseModel]) -> dict[str, Any]:
    """The same as parameters of a query."""
    schema = shape.model_json_schema()
    needed = schema.get("required", ())
    return {
        "parameters": [
            {"name": name, "in": "query", "required": name in needed, "schema": _in_query(field)}
            for name, field in schema["properties"].items()
        ]
    }


def _in_query(field: dict[str, Any]) -> dict[str, Any]:
    """A name may be repeated; it is never null."""
    kinds = {one.get("type"): one for one in field.get("anyOf", ())}
    chosen = kinds.get("array") or kinds.get("string")
    return chosen or {key: value for key, value in field.items() if key != "description"}
