"""What Ollama's clients read; nothing of how it is made."""

from typing import Literal

from pydantic import BaseModel, JsonValue


class Details(BaseModel):
    """What a model's weights are."""

    parent_model: str = ""
    format: str
    family: str
    families: list[str]
    parameter_size: str = ""
    quantization_level: str


class TaggedModel(BaseModel):
    """A model that may be asked."""

    name: str
    model: str
    modified_at: str
    size: int
    digest: str
    details: Details


class RunningModel(TaggedModel):
    """A model in memory."""

    expires_at: str
    size_vram: int


class TagList(BaseModel):
    """All that may be asked."""

    models: list[TaggedModel]


class RunningList(BaseModel):
    """All in memory."""

    models: list[RunningModel]


class ModelFile(BaseModel):
    """A model in full."""

    license: str
    modelfile: str
    parameters: str
    template: str
    details: Details
    model_info: dict[str, JsonValue]
    capabilities: list[str]
    modified_at: str


class Version(BaseModel):
    """Of Ollama's API that is spoken."""

    version: str


class Counts(BaseModel):
    """What an answer took; durations in nanoseconds."""

    total_duration: int
    load_duration: int = 0
    prompt_eval_count: int
    prompt_eval_duration: int
    eval_count: int
    eval_duration: int


class Answer(BaseModel):
    """Some of an answer, or all of it; `done` with the last, and then counts."""

    model: str
    created_at: str
    done: bool
    done_reason: Literal["stop", "length", "load", "unload"] | None = None
    total_duration: int | None = None
    load_duration: int | None = None
    prompt_eval_count: int | None = None
    prompt_eval_duration: int | None = None
    eval_count: int | None = None
    eval_duration: int | None = None


class AnswerMessage(BaseModel):
    """What the model says."""

    role: Literal["assistant"] = "assistant"
    content: str


class ChatAnswer(Answer):
    """To a conversation."""

    message: AnswerMessage


class GenerateAnswer(Answer):
    """To a text."""

    response: str


class Progress(BaseModel):
    """How far a pull is."""

    status: str
    digest: str | None = None
    total: int | None = None
    completed: int | None = None


class ErrorBody(BaseModel):
    """The body of every error, and the line of one in a stream."""

    error: str
