"""What LibreTranslate's API takes and answers; nothing of how it is served."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field

from models.base.translation_model import Text

MAX_ALTERNATIVES: Final = 5
_AUTO: Final = "Language's code, or `auto`."
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
OneText = Annotated[Text, Field(min_length=1)]
Texts = Annotated[list[Text], Field(min_length=1)]

_NEVER_ASKED: Final = {"title", "default"}


class Failure(BaseModel):
    """The one shape of its errors."""

    error: str = Field(description="What is wrong, for a person.")


class Keyed(BaseModel):
    """A body that may hold the key."""

    api_key: str | None = Field(default=None, description="Also in the query, or a header.")


class TranslateBody(Keyed):
    """What to translate; other fields are ignored."""

    q: OneText | Texts = Field(description="A text, or several.")
    source: str = Field(min_length=1, description=_AUTO)
    target: str = Field(min_length=1, description="Language's code.")
    format: Literal["text", "html", ""] | None = None
    alternatives: int | None = Field(
        default=None, ge=0, le=MAX_ALTERNATIVES, description="Other translations wanted."
    )


class DetectBody(Keyed):
    """The text whose language is asked for."""

    q: OneText | Texts


class Detected(BaseModel):
    """A language and how likely it is."""

    confidence: float = Field(ge=0, le=100)
    language: str


class Translated(BaseModel):
    """One text's translation."""

    translatedText: str  # noqa: N815 - as its clients read it
    detectedLanguage: Detected | None = None  # noqa: N815
    alternatives: list[str] | None = None


class AllTranslated(BaseModel):
    """The translations of several texts, in their order."""

    translatedText: list[str]  # noqa: N815 - as its clients read it
    detectedLanguage: list[Detected] | None = None  # noqa: N815
    alternatives: list[list[str]] | None = None


class LanguageTargets(BaseModel):
    """A language, and those that it can be translated to."""

    code: str
    name: str = Field(description="In English.")
    targets: list[str]


class NamedLanguage(BaseModel):
    """A language by its code."""

    code: str
    name: str


class ChosenLanguages(BaseModel):
    """What a page shows at first."""

    source: NamedLanguage
    target: NamedLanguage


class FrontendSettings(BaseModel):
    """What a page needs to know of the server."""

    apiKeys: bool  # noqa: N815 - as its clients read it
    charLimit: int  # noqa: N815
    filesTranslation: bool  # noqa: N815
    frontendTimeout: int  # noqa: N815
    keyRequired: bool  # noqa: N815
    language: ChosenLanguages
    suggestions: bool
    supportedFilesFormat: list[str]  # noqa: N815


class Health(BaseModel):
    """Whether translations can be asked for."""

    status: str


class TranslatedFile(BaseModel):
    """Where a translated file is fetched."""

    translatedFileUrl: str  # noqa: N815 - as its clients read it


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Its error body for each of an endpoint's statuses."""
    return {
        status: {"model": Failure, "description": HTTPStatus(status).phrase} for status in statuses
    }


def body_of(shape: type[BaseModel], **more: Mapping[str, Any]) -> dict[str, Any]:
    """A body for the published schema, as JSON and as forms; `more` are fields of forms only."""
    schema = shape.model_json_schema()
    form = {**schema, "properties": {**_of_form(schema["properties"]), **more}}
    form["required"] = [*schema.get("required", ()), *more]
    kinds = _FORMS[1:] if more else _FORMS
    content = {} if more else {"application/json": {"schema": schema}}
    return {
        "requestBody": {
            "required": True,
            "content": {**content, **{kind: {"schema": form} for kind in kinds}},
        }
    }


def _of_form(properties: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A form has neither lists nor nothing: of each field what can be written there."""
    return {name: _plain(field) for name, field in properties.items()}


def _plain(field: Mapping[str, Any]) -> dict[str, Any]:
    choices = field.get("anyOf", ())
    first = choices[0] if choices else {}
    own = {key: value for key, value in field.items() if key not in {"anyOf", *_NEVER_ASKED}}
    return {**first, **own}
