"""What managing models is asked and answers, the same on the command line and over HTTP."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from common.catalogue.entry import Entry, Family, Purpose


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class InstalledVersion(BaseModel):
    """Weights in the model store."""

    tag: str = Field(
        description="In the BentoML model store.", examples=["nllb:600m-int8-1a2b3c4d"]
    )
    version: str
    source: str = Field(description="Hub repository or file they came from.")
    revision: str | None
    quantization: str
    size_bytes: int
    installed_at: datetime
    chosen: bool = Field(description="Whether its Bento serves these weights when it starts.")
    running: bool = Field(description="Whether a process serves them now.")
    memory_bytes: int | None = Field(
        description="Resident memory that loading added, measured; null: never loaded here."
    )


class MemoryEstimate(BaseModel):
    """Memory of one quantization."""

    quantization: str
    weights_bytes: int
    cache_bytes: int = Field(description="Keys and values of all slots.")
    overhead_bytes: int = Field(description="Intermediate results, and the process itself.")
    total_bytes: int
    download_bytes: int | None = Field(description="null: unknown.")
    measured_bytes: int | None = Field(description="On this machine; null: never loaded here.")


class UsageSummary(BaseModel):
    """How a model was used so far, all its weights together."""

    uses: int
    success_rate: float | None = Field(description="Share of the requests; null: none yet.")
    mean_ms: float | None
    p95_ms: float | None
    tokens_in: int
    tokens_out: int
    last_used: datetime | None


class ModelSummary(BaseModel):
    """A line of the list."""

    id: str
    aliases: list[str]
    name: str
    family: Family
    purpose: Purpose
    bento: str | None
    servable: bool
    default: bool = Field(description="Whether it is the one used of its family.")
    parameters: int
    license: str
    quantization: str = Field(description="Recommended on this machine.")
    memory_bytes: int = Field(description="Estimated, in that quantization.")
    languages: int
    installed: list[InstalledVersion]


class Filter(_Asked):
    """Which models to list; null: whatever it is."""

    family: Family | None = None
    purpose: Purpose | None = None
    max_memory: int | None = Field(default=None, gt=0, description="Bytes, as estimated.")
    language: str | None = Field(default=None, description="Any code of it.")
    installed: bool | None = None


class ModelList(BaseModel):
    """The catalogue, filtered."""

    models: list[ModelSummary]
    default_model: str = Field(description="The one of the translation family.")
    defaults: dict[Family, str]


class ModelView(ModelSummary):
    """One model in full."""

    entry: Entry
    estimates: list[MemoryEstimate]
    usage: UsageSummary


class Verdict(StrEnum):
    """Whether this machine can serve a model."""

    FITS = "fits"
    FITS_SMALLER = "fits_smaller"
    """Not in the quantization asked for, but in another."""
    DOES_NOT_FIT = "does_not_fit"


class PlanRequest(_Asked):
    """What pulling and serving a model would take."""

    model: str
    quantization: str | None = None
    slots: int | None = Field(default=None, ge=1, le=256)
    context_tokens: int | None = Field(default=None, ge=64)
    memory_bytes: int | None = Field(
        default=None, gt=0, description="Instead of what this machine has."
    )


class Plan(BaseModel):
    """The answer, before anything is downloaded."""

    id: str
    quantization: str = Field(description="The one asked for, or recommended.")
    verdict: Verdict
    fitting: str | None = Field(description="The recommended one where it fits; null: none does.")
    reason: str = Field(description="Why, in a sentence.")
    download_bytes: int | None
    disk_bytes: int | None = Field(description="Needed while pulling; null: unknown.")
    disk_free_bytes: int
    memory: MemoryEstimate
    memory_available_bytes: int
    memory_of: Literal["ram", "vram", "given"]
    instruction_set: str = Field(description="The best that this machine's CPU has.")
    tokens_per_second: float | None = Field(
        description="Expected of one caller alone, from a probe; null: not probed."
    )
    license: str
    commercial_use: bool
    warnings: list[str]


class Priority(StrEnum):
    """What a recommendation is to prefer."""

    SPEED = "speed"
    BALANCED = "balanced"
    QUALITY = "quality"


class RecommendRequest(_Asked):
    """What the models are to be chosen by."""

    family: Family = Family.TRANSLATION
    priority: Priority = Priority.BALANCED
    languages: list[str] = Field(default_factory=list, description="Any code of them.")
    memory_bytes: int | None = Field(default=None, gt=0)
    servable_only: StrictBool = True


class Recommendation(BaseModel):
    """A model that fits, and why it stands where it does."""

    id: str
    quantization: str
    score: float = Field(ge=0, le=1)
    memory_bytes: int
    reasons: list[str]


class Recommendations(BaseModel):
    """The best first."""

    recommendations: list[Recommendation]
    memory_available_bytes: int
    memory_of: Literal["ram", "vram", "given"]


class CheckRequest(_Asked):
    """A model, or one version of it."""

    model: str


class CheckItem(BaseModel):
    """One thing that was looked at."""

    name: str
    ok: bool
    message: str


class CheckReport(BaseModel):
    """Whether a model can run here, and whether its files are what was installed."""

    id: str
    ok: bool
    items: list[CheckItem]


class UseRequest(_Asked):
    """The default of a family from now on."""

    model: str
    version: str | None = Field(default=None, description="null: the newest of its weights.")


class CurrentModel(BaseModel):
    """What is used of a family."""

    family: Family
    id: str
    version: str | None = Field(description="null: the newest installed, or the embedded demo.")
    installed: bool


class CurrentModels(BaseModel):
    """One a family."""

    current: list[CurrentModel]


class ModelStatistics(UsageSummary):
    """A model's use."""

    id: str | None = Field(description="null: weights that are in no catalogue.")
    weights: str
    bento: str


class StatisticsResponse(BaseModel):
    """All that was ever used."""

    statistics: list[ModelStatistics]


class RemoveReport(BaseModel):
    """Tags that are no longer in the store."""

    removed: list[str]


class PullBody(_Asked):
    """What to bring into the store."""

    model: str
    quantization: str | None = None
    revision: str | None = None


class PullEvent(BaseModel):
    """A line of a pull's progress."""

    status: Literal["started", "message", "downloading", "installed", "failed"]
    message: str = ""
    file: str | None = None
    completed: int | None = Field(default=None, description="Bytes of the file that are here.")
    total: int | None = None
    tag: str | None = None


class SyncReport(BaseModel):
    """The catalogue beside what is here."""

    installed: list[str] = Field(description="Ids with weights in the store.")
    unknown: list[str] = Field(description="Tags in the store that are in no catalogue.")
    missing: list[str] = Field(description="Chosen, but not in the store any more.")
    ollama: list[str] | None = Field(description="What the Ollama server has; null: none is set.")
    ollama_error: str | None = None


class ImportReport(BaseModel):
    """What an import brought."""

    entries: list[str]
    choices: list[str]
    statistics: int
    weights: list[str]
    skipped: list[str] = Field(description="What was there already, and why it stays.")
