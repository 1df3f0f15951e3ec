"""The shapes of the files' HTTP API; nothing of how it is served."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import from_json

from bentos.errors import detail_of
from bentos.files.job import FileRequest, Job, JobStatus, KeptText, OnError
from common.files import registry
from common.files.document import FileFormat, FileOptions
from models.base.glossary_use import GlossaryUse
from models.base.request_models import ErrorDetail
from models.base.translation_model import Text, TranslationOptions, WarningCode


def _read_json(value: object) -> object:
    """A form carries text only."""
    return from_json(value) if isinstance(value, str) else value


class FileForm(BaseModel):
    """What a form says beside its file."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    source_lang: Text = Field(
        default="auto",
        min_length=2,
        max_length=32,
        description="FLORES-200, ISO 639 or BCP-47 code, or `auto`: detected once for the file.",
    )
    target_lang: Text = Field(min_length=2, max_length=32, description="Any of the same codes.")
    model: Text | None = Field(
        default=None, max_length=128, description="Who translates; unset: as for a text."
    )
    options: Annotated[TranslationOptions, BeforeValidator(_read_json)] = Field(
        default_factory=TranslationOptions,
        description="As for a text, `glossary` among them; written as JSON.",
    )
    glossary_id: Text | None = Field(
        default=None, max_length=64, description="Of a stored glossary."
    )
    on_error: OnError = Field(
        default="fail",
        description="What a text that cannot be translated does: `fail` ends the job, `keep` "
        "leaves the text as it is and lists it.",
    )
    paths: list[Text] = Field(
        default_factory=list,
        max_length=100,
        description="Of JSON: which values, as `items.*.title`; `*` is any step, `**` any number.",
    )
    columns: list[Text] = Field(
        default_factory=list,
        max_length=100,
        description="Of CSV and TSV: which columns, by name in the header or by number from 1.",
    )
    header: bool | None = Field(
        default=None, description="Of CSV and TSV: whether the first row is a header, and stays."
    )
    again: bool = Field(
        default=False,
        description="Of PO and XLIFF: whether what has a translation is translated anew.",
    )
    fuzzy: bool = Field(
        default=False, description="Of PO: whether what is translated is marked as fuzzy."
    )

    def request(self) -> FileRequest:
        """What is to be done, by whomever."""
        return FileRequest(
            source_lang=self.source_lang,
            target_lang=self.target_lang,
            options=self.options,
            on_error=self.on_error,
            reading=FileOptions(
                paths=tuple(self.paths),
                columns=tuple(self.columns),
                header=self.header,
                again=self.again,
                fuzzy=self.fuzzy,
            ),
        )


class WarningCount(BaseModel):
    """A warning, and how many of the file's texts it was given for."""

    code: WarningCode
    count: int


class FileJob(BaseModel):
    """A file's translation, as it is now."""

    id: str
    name: str = Field(description="Of the file that was sent.")
    result_name: str = Field(description="Of the translated file.")
    format: str
    status: JobStatus
    progress: float = Field(ge=0, le=1, description="The share of the characters that is done.")
    source_lang: str = Field(description="As it was asked for.")
    target_lang: str = Field(description="As it was asked for.")
    detected_source_lang: str | None = Field(description="FLORES-200 code; null: it was given.")
    model: str | None = Field(description="Who translated last.")
    texts: int = Field(description="Texts with something to translate; 0 until the file is read.")
    texts_done: int
    characters: int = Field(description="Of these texts, equal ones counted once.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None = Field(description="When it is removed; null until it has ended.")
    error: ErrorDetail | None = Field(description="Why it failed.")
    warnings: list[WarningCount]
    kept: list[KeptText] = Field(description="Texts left as they were, with `on_error=keep`.")
    glossary: GlossaryUse | None = Field(description="What became of its terms; null: none given.")
    result_bytes: int | None

    @classmethod
    def of(cls, job: Job) -> Self:
        return cls(
            id=job.id,
            name=job.name,
            result_name=job.result_name,
            format=job.format.name,
            status=job.status,
            progress=round(job.progress, 4),
            source_lang=job.request.source_lang,
            target_lang=job.request.target_lang,
            detected_source_lang=job.detected_source_lang,
            model=job.model,
            texts=job.texts,
            texts_done=job.texts_done,
            characters=job.characters,
            created_at=_time(job.created_at),
            started_at=_time_or_none(job.started_at),
            finished_at=_time_or_none(job.finished_at),
            expires_at=_time_or_none(job.expires_at),
            error=None if job.failure is None else detail_of(job.failure),
            warnings=[WarningCount(code=code, count=n) for code, n in job.warnings.items()],
            kept=list(job.kept),
            glossary=job.glossary,
            result_bytes=job.result_bytes,
        )


class FileFormatView(BaseModel):
    """A kind of file that can be translated."""

    name: str
    title: str
    suffixes: list[str]
    media_types: list[str]
    result: str = Field(description="Name of the format that the translation has.")

    @classmethod
    def of(cls, kind: FileFormat) -> Self:
        return cls(
            name=kind.name,
            title=kind.title,
            suffixes=list(kind.suffixes),
            media_types=list(kind.media_types),
            result=registry.result_format_of(kind).name,
        )


class FileFormats(BaseModel):
    """All kinds of files that can be translated, and how large one may be."""

    formats: list[FileFormatView]
    max_bytes: int
    max_characters: int


def form_schema() -> dict[str, Any]:
    """The body of a form with a file, for the published schema."""
    schema = FileForm.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    properties = schema["properties"]
    properties["file"] = {
        "type": "string",
        "format": "binary",
        "description": "The file, with its name.",
    }
    properties["options"] = {
        "type": "string",
        "contentMediaType": "application/json",
        "description": properties["options"]["description"],
    }
    schema["required"] = ["file", *schema["required"]]
    content = {"multipart/form-data": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _time_or_none(seconds: float | None) -> datetime | None:
    return None if seconds is None else _time(seconds)
