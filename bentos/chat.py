"""Texts as they are written: answers to chats, and translations; nothing of how these come."""

from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing
from dataclasses import replace
from typing import Final, Protocol

from bentos.contract import Call
from bentos.deadline import within
from bentos.shapes import SegmentEvent
from models.base.chat_model import ChatChunk, ChatEnd, ChatRequest
from models.base.exceptions import EmptyTextError, TextTooLongError
from models.base.request_models import TranslationRequest, TranslationResponse
from models.base.translation_model import SegmentTranslation

Chunks = AsyncGenerator[ChatChunk, None]

AUTO: Final = "auto"
"""No model in particular: the routes decide, or the first that chats."""
NOTHING: Final = ChatChunk("", ChatEnd.STOP)
"""A text without a word."""


class Writing:
    """A text whose first chunk is there: iterated once, or closed without."""

    def __init__(self, model: str, first: ChatChunk, rest: Chunks) -> None:
        self.model = model
        """The name of the model that writes, where it was asked."""
        self._first, self._rest = first, rest

    async def __aiter__(self) -> AsyncGenerator[ChatChunk, None]:
        yield self._first
        async for chunk in self._rest:
            yield chunk

    async def aclose(self) -> None:
        """Ends the work behind it."""
        await self._rest.aclose()


class Chats(Protocol):
    """What writes texts, one model or all behind a gateway. Raises only `LinguaNexusError`.

    What comes back must be closed, however far it was read.
    """

    async def chat(self, request: ChatRequest, call: Call) -> Writing:
        """An answer by a model that chats: the one named, else the first that does.

        Raises:
            ChatUnsupportedError: It only translates.
        """
        ...

    async def translate(self, request: TranslationRequest, call: Call) -> Writing:
        """A translation, a chunk a segment; in one where it is marked up."""
        ...


async def begun(model: str, chunks: Chunks) -> Writing:
    """The text, once its first chunk is there: what fails before is a plain error."""
    try:
        return Writing(model, await anext(chunks, NOTHING), chunks)
    except BaseException:
        await chunks.aclose()
        raise


async def gathered(opening: Awaitable[Writing], timeout_s: float) -> tuple[str, ChatChunk]:
    """Who wrote, and all of it as one chunk.

    Raises:
        DeadlineExceededError: It took longer.
    """
    texts, last = list[str](), NOTHING
    async with within(timeout_s, "It"), aclosing(await opening) as writing:
        async for chunk in writing:
            texts.append(chunk.text)
            last = chunk
    return writing.model, replace(last, text="".join(texts))


def check(request: ChatRequest, most_characters: int) -> None:
    """Lets a conversation pass in which something is said.

    Raises:
        TextTooLongError: It has more characters than a text may have.
        EmptyTextError: It has nothing but white space.
    """
    if request.characters > most_characters:
        message = f"The messages have more than {most_characters} characters."
        raise TextTooLongError(message, limit=most_characters, characters=request.characters)
    said = (request.prompt or "", *(one.content for one in request.messages))
    if not any(text.strip() for text in said):
        raise EmptyTextError("The messages are blank.")


def chunk_of(part: SegmentTranslation | SegmentEvent | TranslationResponse) -> ChatChunk:
    """A part of a stream of segments; the last has no more text, but the counts."""
    if isinstance(part, TranslationResponse):
        return ChatChunk("", ChatEnd.STOP, *_tokens(part))
    return ChatChunk(part.before + part.text + part.after)


def whole(response: TranslationResponse) -> ChatChunk:
    """All of a translation at once."""
    return ChatChunk(response.translated_text, ChatEnd.STOP, *_tokens(response))


def _tokens(response: TranslationResponse) -> tuple[int, int]:
    given = (response.metadata.get(name) for name in ("tokens_in", "tokens_out"))
    tokens_in, tokens_out = (one if isinstance(one, int) else 0 for one in given)
    return tokens_in, tokens_out
