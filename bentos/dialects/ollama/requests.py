"""What Ollama's clients send, as far as it is read; what is not known is ignored, as there."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from bentos.dialects.wishes import StopText, TranslationWishes
from bentos.errors import InvalidRequestError
from models.base.chat_model import ChatOptions
from models.base.translation_model import Text

_Name = Annotated[Text, Field(min_length=1, max_length=512)]
KeepAlive = Text | int | float


class Options(TranslationWishes):
    """How to write; with `target_lang` the text is translated. Others are ignored."""

    num_predict: int | None = Field(default=None, description="Most tokens; below 1: no limit.")
    temperature: float | None = Field(default=None, ge=0, le=100)
    top_p: float | None = Field(default=None, ge=0, le=1)
    top_k: int | None = Field(default=None, ge=0, le=2**31 - 1)
    min_p: float | None = Field(default=None, ge=0, lt=1)
    repeat_penalty: float | None = Field(default=None, ge=0, le=100)
    seed: int | None = Field(default=None, ge=-(2**63), lt=2**63)
    stop: StopText | Annotated[list[StopText], Field(max_length=16)] | None = None

    def chat(self) -> ChatOptions:
        most = self.num_predict or 0
        return ChatOptions(
            max_tokens=most if most > 0 else None,
            temperature=self.temperature,
            top_p=self.top_p or None,
            top_k=self.top_k,
            min_p=self.min_p,
            repeat_penalty=max(1.0, self.repeat_penalty) if self.repeat_penalty else None,
            seed=self.seed,
            stop=(self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ()),
        )


class WritingRequest(BaseModel):
    """What generating and chatting have in common."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    model: _Name
    stream: bool | None = Field(default=None, description="True unless it is said not to.")
    options: Options | None = None
    keep_alive: KeepAlive | None = Field(
        default=None,
        description="Seconds, or as `10m`; 0 unloads. Heeded where the key may manage.",
    )
    format: Text | dict[Text, JsonValue] | None = Field(
        default=None, description="Empty: answers have no other form than text."
    )
    think: bool | Text | None = Field(default=None, description="False: no model here thinks.")

    @property
    def wishes(self) -> Options:
        return self.options or Options()

    def check(self) -> None:
        """Lets pass what can be done; raises `InvalidRequestError`."""
        refused(format=self.format, think=self.think)


class Message(BaseModel):
    """A turn of the conversation."""

    model_config = ConfigDict(strict=True)

    role: Literal["system", "user", "assistant"]
    content: Text = ""
    images: list[JsonValue] | None = Field(default=None, description="Empty: none can be seen.")


class ChatBody(WritingRequest):
    """A conversation to answer; an empty one loads the model."""

    messages: Annotated[list[Message], Field(max_length=4096)] | None = None
    tools: list[JsonValue] | None = Field(default=None, description="Empty: none can be called.")


class GenerateBody(WritingRequest):
    """A text to answer; an empty one loads the model."""

    prompt: Text | None = None
    system: Text | None = None
    raw: bool | None = Field(default=None, description="Goes on with the very text.")
    suffix: Text | None = Field(default=None, description="Empty: nothing is filled in.")
    images: list[JsonValue] | None = Field(default=None, description="Empty: none can be seen.")


class NameBody(BaseModel):
    """A model, by either of the names of its field."""

    model_config = ConfigDict(strict=True)

    model: _Name | None = None
    name: _Name | None = Field(default=None, description="Its older name.")

    @property
    def asked(self) -> str:
        """The name.

        Raises:
            InvalidRequestError: There is none.
        """
        found = self.model or self.name
        if found is None:
            raise InvalidRequestError("model is required", field="model")
        return found


class PullBodyOfOllama(NameBody):
    """A model to bring here."""

    stream: bool | None = None


class EmbedBody(BaseModel):
    """Texts to turn into vectors."""

    model_config = ConfigDict(strict=True)

    model: _Name
    input: Text | list[Text] | None = None
    prompt: Text | None = None


def refused(**asked: Any) -> None:  # noqa: ANN401 - whatever a client may send
    """Raises for the first that asks for something."""
    for name, value in asked.items():
        if value:
            raise InvalidRequestError(f"this model does not support {name}", field=name)
