"""The contract of models that go on with a conversation or a text, and nothing about how."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from enum import StrEnum

from models.base.exceptions import LinguaNexusError


class Role(StrEnum):
    """Who says something in a conversation."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class ChatEnd(StrEnum):
    """Why an answer ended."""

    STOP = "stop"
    LENGTH = "length"


class ChatUnsupportedError(LinguaNexusError):
    """The model translates and does nothing else."""

    def __init__(self, model: str) -> None:
        message = (
            f"The model {model!r} only translates: send `target_lang`, and `source_lang` unless it "
            "is to be detected."
        )
        super().__init__(message, model=model)


class InvalidChatError(LinguaNexusError):
    """The conversation is none that the model's chat template can write."""


class ContextLengthExceededError(LinguaNexusError):
    """A conversation leaves no room for an answer."""

    def __init__(self, most: int, needed: int) -> None:
        message = (
            f"This model's maximum context length is {most} tokens. However, your messages "
            f"resulted in {needed} tokens. Please reduce the length of the messages."
        )
        super().__init__(message, limit=most, tokens=needed)


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """How words are chosen and when to end; None leaves it to the model."""

    max_tokens: int | None = None
    """Most tokens to write, as far as there is room for them."""
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    repeat_penalty: float | None = None
    seed: int | None = None
    """With the same one an answer comes out the same again; None: by chance."""
    stop: tuple[str, ...] = ()
    """Texts that end the answer and are not part of it."""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What is to be gone on with: a conversation, or where `prompt` is given that very text."""

    messages: tuple[ChatMessage, ...] = ()
    prompt: str | None = None
    options: ChatOptions = ChatOptions()

    @property
    def characters(self) -> int:
        """Of everything in it."""
        return len(self.prompt or "") + sum(len(one.content) for one in self.messages)


@dataclass(frozen=True, slots=True)
class ChatChunk:
    """Some more of an answer: whole characters, none lost between chunks."""

    text: str
    end: ChatEnd | None = None
    """Given with the last chunk alone, as are the counts below."""
    tokens_in: int = 0
    tokens_out: int = 0


class ChatModel(ABC):
    """What a `TranslationModel` gives that can chat as well; it lives and ends with that."""

    @abstractmethod
    def chat(self, request: ChatRequest) -> AsyncGenerator[ChatChunk, None]:
        """The answer as it is written; closing or cancelling ends the work at once.

        Turn marks in what a caller says are text, and mark no turns.

        Raises, at the first step:
            InvalidChatError, ContextLengthExceededError: The caller may mend it.
        Raises, at any:
            LinguaNexusError: As translating does.
        """
