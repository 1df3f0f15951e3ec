"""A file's way through translation as its caller sees it; what happens on it is elsewhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from common.files.document import FileFormat, FileOptions
from models.base.exceptions import LinguaNexusError
from models.base.glossary_use import GlossaryUse
from models.base.translation_model import Text, TranslationOptions, WarningCode

OnError = Literal["fail", "keep"]


class FileRequest(BaseModel):
    """How a file is to be translated."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    source_lang: Text = Field(default="auto", min_length=2, max_length=32)
    target_lang: Text = Field(min_length=2, max_length=32)
    options: TranslationOptions = Field(default_factory=TranslationOptions)
    on_error: OnError = "fail"
    """What a text that cannot be translated does: fails the file, or stays as it is."""
    reading: FileOptions = Field(default_factory=FileOptions)
    terms_of: Callable[[str], Mapping[str, str]] | None = None
    """Terms that stand in a text, of a glossary that is too large to go with each."""


class JobStatus(StrEnum):
    """Where a job is in its life; the last three are its end."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_end(self) -> bool:
        return self not in {JobStatus.QUEUED, JobStatus.RUNNING}


@dataclass(frozen=True, slots=True)
class KeptText:
    """A text that stayed as it was because it could not be translated."""

    text: int
    """Its place among the file's texts, from 0."""
    code: str
    message: str


@dataclass(slots=True)
class Report:
    """What is known of a file's translation so far."""

    texts: int = 0
    texts_done: int = 0
    characters: int = 0
    """Of what is translated, equal texts once."""
    characters_done: int = 0
    detected_source_lang: str | None = None
    """FLORES-200 code."""
    model: str | None = None
    """The one that spoke last."""
    warnings: dict[WarningCode, int] = field(default_factory=dict)
    """How often each was given."""
    kept: list[KeptText] = field(default_factory=list)
    applied: dict[str, None] = field(default_factory=dict)
    missed: dict[str, None] = field(default_factory=dict)

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        return self.characters_done / self.characters if self.characters else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One file's translation, as it was when it was asked for."""

    id: str
    """Cannot be guessed."""
    name: str
    """Of the file, as it was sent, without folders."""
    result_name: str
    format: FileFormat
    result_format: FileFormat
    status: JobStatus
    progress: float
    request: FileRequest
    created_at: float
    """Seconds since 1970, as the other times."""
    started_at: float | None = None
    finished_at: float | None = None
    expires_at: float | None = None
    """When it is removed; None until it has ended."""
    failure: LinguaNexusError | None = None
    """Why it failed."""
    texts: int = 0
    texts_done: int = 0
    characters: int = 0
    detected_source_lang: str | None = None
    model: str | None = None
    warnings: Mapping[WarningCode, int] = field(default_factory=dict)
    kept: tuple[KeptText, ...] = ()
    glossary: GlossaryUse | None = None
    result_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class FileResult:
    """A translated file."""

    name: str
    media_type: str
    data: bytes
