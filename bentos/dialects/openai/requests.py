"""What OpenAI's clients send, as far as it is read; nothing of what becomes of it."""

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from typing_extensions import override

from bentos.dialects.wishes import StopText, TranslationWishes
from bentos.errors import InvalidRequestError
from models.base.chat_model import ChatOptions
from models.base.translation_model import Text

_IGNORED: Final = frozenset(
    {"audio", "logit_bias", "metadata", "parallel_tool_calls", "prediction", "reasoning_effort"}
    | {"prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "safety_identifier"}
    | {"service_tier", "store", "tool_choice", "function_call", "user", "verbosity"}
    | {"web_search_options", "top_logprobs", "best_of"}
    # Other servers' own, which clients send to whoever is no OpenAI.
    | {"cache_prompt", "chat_template_kwargs", "enable_thinking", "thinking"}
)
"""Known, and of no consequence here."""
_LONGEST: Final = 4096


class TextPart(BaseModel):
    """A part of a message. Pictures, sounds and files cannot be read."""

    model_config = ConfigDict(strict=True)

    type: Literal["text"]
    text: Text


class Message(BaseModel):
    """A turn of the conversation; `developer` is another word for `system`."""

    model_config = ConfigDict(strict=True)

    role: Literal["system", "developer", "user", "assistant"]
    content: Text | list[TextPart] | None = None

    @property
    def text(self) -> str:
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        return "".join(part.text for part in self.content)


class StreamOptions(BaseModel):
    """What a stream holds beside the text."""

    include_usage: bool | None = None


class CompletionRequest(TranslationWishes):
    """What asking for a chat's answer and for the rest of a text have in common."""

    model_config = ConfigDict(strict=True, extra="allow", hide_input_in_errors=True)

    model: Text = Field(min_length=1, description="A name of `GET /v1/models`, or `auto`.")
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = Field(default=None, description="1: there is one answer.")
    stop: StopText | Annotated[list[StopText], Field(max_length=16)] | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    seed: int | None = Field(default=None, ge=-(2**63), lt=2**63)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2, description="Ignored.")
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2, description="Ignored.")
    top_k: int | None = Field(default=None, ge=0, le=2**31 - 1)
    min_p: float | None = Field(default=None, ge=0, lt=1)
    repeat_penalty: float | None = Field(default=None, ge=1, le=2)

    @property
    def most_tokens(self) -> int | None:
        return self.max_tokens

    @property
    def counts(self) -> bool:
        """Whether a stream is to end with its usage."""
        return bool(self.stream_options and self.stream_options.include_usage)

    def check(self) -> None:
        """Lets pass what can be done.

        Raises:
            InvalidRequestError: An argument is not known, or asks for what there is not.
        """
        unknown = sorted(set(self.model_extra or ()) - _IGNORED)
        if unknown:
            name = unknown[0][:64]
            raise InvalidRequestError(f"Unrecognized request argument supplied: {name}", field=name)
        for name in self._unsupported():
            message = f"Unsupported value: '{name}' is not supported by this service."
            raise InvalidRequestError(message, field=name)

    def options(self) -> ChatOptions:
        stop = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())
        return ChatOptions(
            max_tokens=self.most_tokens,
            temperature=self.temperature,
            top_p=self.top_p or None,
            top_k=self.top_k,
            min_p=self.min_p,
            repeat_penalty=self.repeat_penalty,
            seed=self.seed,
            stop=stop,
        )

    def _unsupported(self) -> Iterator[str]:
        if self.n not in {None, 1}:
            yield "n"


class ChatCompletionRequest(CompletionRequest):
    """A conversation to answer, or whose last user message is to be translated."""

    messages: list[Message] = Field(min_length=1, max_length=_LONGEST)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    logprobs: bool | None = Field(default=None, description="`false`: there are none.")
    tools: list[JsonValue] | None = Field(default=None, description="Empty: none can be called.")
    functions: list[JsonValue] | None = Field(default=None, description="Empty, as `tools`.")
    modalities: list[Text] | None = Field(default=None, description="`text` alone.")
    response_format: dict[Text, JsonValue] | None = Field(
        default=None, description="`text` is the only type."
    )

    @property
    @override
    def most_tokens(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens

    @property
    def last(self) -> str:
        """What the user said last.

        Raises:
            InvalidRequestError: Nothing.
        """
        for message in reversed(self.messages):
            if message.role == "user":
                return message.text
        raise InvalidRequestError("There is no user message to translate.", field="messages")

    @override
    def _unsupported(self) -> Iterator[str]:
        yield from super()._unsupported()
        asked: dict[str, Any] = {
            "logprobs": self.logprobs,
            "tools": self.tools,
            "functions": self.functions,
            "modalities": set(self.modalities or ()) - {"text"},
            "response_format": (self.response_format or {}).get("type", "text") != "text",
        }
        yield from (name for name, value in asked.items() if value)


class TextCompletionRequest(CompletionRequest):
    """A text to go on with, or texts to translate."""

    prompt: Text | Annotated[list[Text], Field(min_length=1, max_length=_LONGEST)]
    echo: bool | None = Field(default=None, description="`false`: the prompt is not repeated.")
    suffix: Text | None = Field(default=None, description="Null: nothing is filled in.")
    logprobs: int | None = Field(default=None, description="0: there are none.")

    @property
    def prompts(self) -> list[str]:
        return [self.prompt] if isinstance(self.prompt, str) else self.prompt

    @override
    def _unsupported(self) -> Iterator[str]:
        yield from super()._unsupported()
        asked = {"echo": self.echo, "suffix": self.suffix, "logprobs": self.logprobs}
        yield from (name for name, value in asked.items() if value)


class EmbeddingRequest(BaseModel):
    """Texts to turn into vectors."""

    model_config = ConfigDict(strict=True, extra="allow", hide_input_in_errors=True)

    model: Text = Field(min_length=1)
    input: Text | list[Text] | list[int] | list[list[int]]
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: int | None = Field(default=None, ge=1)
