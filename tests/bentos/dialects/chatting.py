"""A model that chats: it says what was said last, word by word."""

from collections.abc import AsyncGenerator

from typing_extensions import override

from models.base.chat_model import (
    ChatChunk,
    ChatEnd,
    ChatModel,
    ChatRequest,
    ContextLengthExceededError,
)
from models.base.translation_model import ModelDetails
from tests.fakes import EchoModel

MOST_WORDS = 50


class Parrot(EchoModel, ChatModel):
    """An echo model for translations too; its gate and its poison are for both."""

    def __init__(self) -> None:
        super().__init__()
        self.chats: list[ChatRequest] = []
        self.pause_at: int | None = None
        """The word before which the gate closes."""

    @override
    def get_model_details(self) -> ModelDetails:
        return super().get_model_details().model_copy(update={"chat": True})

    @override
    def get_chat_model(self) -> ChatModel:
        return self

    @override
    async def chat(self, request: ChatRequest) -> AsyncGenerator[ChatChunk, None]:
        self.chats.append(request)
        said = request.messages[-1].content if request.prompt is None else request.prompt
        words = said.split(" ")
        if len(words) > MOST_WORDS:
            raise ContextLengthExceededError(MOST_WORDS, len(words))
        most = request.options.max_tokens or MOST_WORDS
        for index, word in enumerate(words[:most]):
            if index == self.pause_at:
                self.gate.clear()
            self.busy.set()
            await self._held()
            if word == "poison":
                raise self.failure
            yield ChatChunk(f" {word}" if index else word)
        end = ChatEnd.LENGTH if most < len(words) else ChatEnd.STOP
        yield ChatChunk("", end, len(words), min(most, len(words)))
