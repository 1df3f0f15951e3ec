"""What is sent to DeepL's API, as JSON or as a form; does nothing with it."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
)
from pydantic.json_schema import SkipJsonSchema
from starlette.requests import Request

from bentos.dialects.deepl.languages import unsupported
from bentos.dialects.fields import Fields, fields_of
from bentos.errors import BodyTooLargeError, InvalidRequestError
from models.base.translation_model import Text

MAX_TEXTS: Final = 50
MAX_BYTES: Final = 128 * 1024
_MAX_IDS: Final = 5
_MAX_TAGS: Final = 200
_MAX_DICTIONARIES: Final = 500
_LISTS: Final = frozenset(
    {"text", "dictionaries", "glossary_ids", "ignore_tags", "splitting_tags", "non_splitting_tags"}
)


def _parts(value: object) -> object:
    """Of a form a list may be one text with commas in it."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        return value
    parts: list[object] = []
    for one in value:
        parts += one.split(",") if isinstance(one, str) else [one]
    return [one.strip() if isinstance(one, str) else one for one in parts if one != ""]


_LIST_SCHEMA: Final = {
    "anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]
}
_FLAG_SCHEMA: Final = {"enum": [True, False, 0, 1, "0", "1", "true", "false"]}
Flag = Annotated[bool, WithJsonSchema(_FLAG_SCHEMA)]
Names = Annotated[tuple[Text, ...], BeforeValidator(_parts), WithJsonSchema(_LIST_SCHEMA)]
Formality = Literal["default", "more", "less", "prefer_more", "prefer_less"]
_ID = Field(default=None, max_length=200, description="Of a stored glossary.")


class _Body(BaseModel):
    """What it does not know is left out of account, as DeepL does."""

    model_config = ConfigDict(hide_input_in_errors=True)


class Directed(_Body):
    """What a text and a document have in common."""

    target_lang: Text = Field(max_length=32, description="As `DE`, `EN-GB` or `PT-BR`.")
    source_lang: Text | None = Field(default=None, max_length=32, description="As `EN`; detected.")
    formality: Formality = "default"
    glossary_id: Text | None = _ID
    glossary_ids: Names = Field(default=(), max_length=_MAX_IDS, description="In place of one.")

    def glossaries(self) -> tuple[str, ...]:
        """The ids of all that are asked for; the first goes before the others."""
        return ((self.glossary_id,) if self.glossary_id else ()) + self.glossary_ids


class TranslateBody(Directed):
    """Texts to translate."""

    text: Annotated[
        list[Text],
        BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
        WithJsonSchema(
            {
                "anyOf": [
                    {
                        "type": "array",
                        "items": {"type": "string"},
                        "minItems": 1,
                        "maxItems": MAX_TEXTS,
                    },
                    {"type": "string"},
                ]
            }
        ),
    ] = Field(min_length=1)
    context: Text | None = Field(default=None, description="What stands around the texts.")
    split_sentences: Literal["0", "1", "nonewlines"] | None = None
    preserve_formatting: Flag = Field(default=False, description="Changes nothing: it always is.")
    tag_handling: Literal["xml", "html"] | None = None
    outline_detection: Flag = True
    ignore_tags: Names = Field(default=(), max_length=_MAX_TAGS)
    splitting_tags: Names = Field(default=(), max_length=_MAX_TAGS)
    non_splitting_tags: Names = Field(default=(), max_length=_MAX_TAGS)
    show_billed_characters: Flag = False
    model_type: (
        Literal["quality_optimized", "latency_optimized", "prefer_quality_optimized"] | None
    ) = Field(default=None, description="Changes nothing: the service's model translates.")


class DocumentBody(Directed):
    """What is sent with a document."""

    filename: Text | None = Field(default=None, max_length=1000)
    output_format: Text | None = Field(
        default=None, max_length=20, description="Only what the document becomes anyhow."
    )


class KeyBody(_Body):
    """What proves whose a document is."""

    document_key: Text = Field(max_length=200)


class DictionaryBody(_Body):
    """The entries of one language pair."""

    source_lang: Text = Field(max_length=32)
    target_lang: Text = Field(max_length=32)
    entries: Text
    entries_format: Literal["tsv", "csv"] = "tsv"


class GlossaryBody(DictionaryBody):
    """A glossary of version 2."""

    name: Text = Field(min_length=1, max_length=1024)


class MultilingualBody(_Body):
    """A glossary of version 3."""

    name: Text = Field(min_length=1, max_length=1024)
    dictionaries: list[DictionaryBody] = Field(min_length=1, max_length=_MAX_DICTIONARIES)


class ChangeBody(_Body):
    """What is to change of a glossary of version 3."""

    name: Annotated[Text, Field(min_length=1, max_length=1024)] | SkipJsonSchema[None] = None
    dictionaries: list[DictionaryBody] = Field(default=[], max_length=_MAX_DICTIONARIES)


Body = TypeVar("Body", bound=BaseModel)


async def body_of(request: Request, kind: type[Body], *, most: int | None = None) -> Body:
    """The body, in whichever way it came; `most` bytes of it.

    Raises:
        InvalidRequestError: A field is missing or wrong; says which.
        BodyTooLargeError: It is too large.
    """
    if most is not None and len(await request.body()) > most:
        raise BodyTooLargeError(most)
    return validated(kind, _values(await fields_of(request), kind))


def validated(kind: type[Body], values: Mapping[str, Any]) -> Body:
    """The body that these fields make."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise _refusal(error) from None


def _values(fields: Fields, kind: type[BaseModel]) -> dict[str, Any]:
    """A list stays one, where the field is a list or it was one in JSON."""
    values: dict[str, Any] = {}
    for name in kind.model_fields:
        found = fields.every(name)
        if name in fields.lists or (found and name in _LISTS):
            values[name] = found
        elif found:
            values[name] = found[0]
    return values


def _refusal(error: ValidationError) -> InvalidRequestError:
    first = error.errors(include_input=False, include_url=False)[0]
    name = str(first["loc"][0]) if first["loc"] else "body"
    if first["type"] == "missing":
        return InvalidRequestError(f"Parameter '{name}' not specified.")
    return unsupported(name)


def sent_as(kind: type[BaseModel], *, form: str | None = None) -> dict[str, Any]:
    """The body of an operation, for the published schema."""
    schema = kind.model_json_schema()
    schema = _inlined(schema, schema.pop("$defs", {}))
    media_types = ("application/json", form or "application/x-www-form-urlencoded")
    content = {media_type: {"schema": schema} for media_type in media_types}
    return {"requestBody": {"required": True, "content": content}}


def _inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """Without references: what they refer to would not be where they say, within a document."""
    if isinstance(schema, list):
        return [_inlined(one, definitions) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return definitions[schema["$ref"].rpartition("/")[2]]
    return {name: _inlined(one, definitions) for name, one in schema.items()}
