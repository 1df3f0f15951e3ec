"""Aya as a chat model: the same engine and queue as translations; words no prompt itself."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AbstractContextManager, aclosing, contextmanager
from typing import Final

from typing_extensions import override

from common.metrics import TOKENS
from models.aya import prompt
from models.aya.limits import Limits
from models.aya.loading import NAME, Loaded
from models.aya.template import ChatTemplate
from models.base.chat_model import (
    ChatChunk,
    ChatEnd,
    ChatModel,
    ChatOptions,
    ChatRequest,
    ContextLengthExceededError,
    InvalidChatError,
    Role,
)
from models.base.serving import RunningTexts
from models.engines.llamacpp.contract import (
    Chunk,
    GenerationRequest,
    PromptTooLongError,
    Sampling,
    TextEngine,
    total_tokens,
)

# What Cohere gives in the example of its model card.
_TEMPERATURE: Final = 0.3
_SEEDS: Final = 2**32
_INLINE_CHARACTERS: Final = 2000

Tokens = tuple[int, ...]
Named = Callable[[Limits], AbstractContextManager[None]]


class AyaChat(ChatModel):
    """Answers beside translations: each step of the engine computes some of either.

    `ready` gives what is loaded or raises, `named` makes the engine's errors ours, and `texts`
    counts what runs, so that closing waits for it.
    """

    def __init__(self, ready: Callable[[], Loaded], named: Named, texts: RunningTexts) -> None:
        self._ready, self._named, self._texts = ready, named, texts
        self._template: tuple[TextEngine, ChatTemplate] | None = None

    @override
    async def chat(self, request: ChatRequest) -> AsyncGenerator[ChatChunk, None]:
        loaded = self._ready()
        with self._texts.one(), self._named(loaded.limits), _overflow_named():
            asked = await self._prepared(loaded.engine, request)
            async with aclosing(loaded.engine.generate(asked)) as chunks:
                async for chunk in chunks:
                    _count(chunk)
                    yield _chunk(chunk)

    async def _prepared(self, engine: TextEngine, request: ChatRequest) -> GenerationRequest:
        """Off the event loop where that takes long: the first time, and for what is long."""
        if self._template is None or request.characters > _INLINE_CHARACTERS:
            return await asyncio.to_thread(self._asked, engine, request)
        return self._asked(engine, request)

    def _asked(self, engine: TextEngine, request: ChatRequest) -> GenerationRequest:
        parts = self._parts(engine, request)
        needed, most = total_tokens(parts), engine.request_tokens
        if needed >= most:
            raise ContextLengthExceededError(most, needed)
        room = most - needed
        return GenerationRequest(
            prompt=parts,
            max_tokens=min(request.options.max_tokens or room, room),
            sampling=_sampling(request.options),
            stop=request.options.stop,
        )

    def _parts(self, engine: TextEngine, request: ChatRequest) -> tuple[Tokens, ...]:
        """What the system says is likely to come again, and is kept computed."""
        if request.prompt is not None:
            pieces: prompt.Part = (
                prompt.Piece(prompt.BEGIN, special=True),
                prompt.Piece(request.prompt),
            )
            return (prompt.tokens(pieces, engine.tokenize),)
        if not request.messages:
            raise InvalidChatError("There is no message to answer.")
        pieces = self._template_of(engine).render(request.messages)
        kept = 2 if request.messages[0].role is Role.SYSTEM else 0
        parts = (pieces[:kept], pieces[kept:])
        return tuple(prompt.tokens(part, engine.tokenize) for part in parts if part)

    def _template_of(self, engine: TextEngine) -> ChatTemplate:
        """That of the weights in this engine, read once."""
        if self._template is None or self._template[0] is not engine:
            self._template = engine, ChatTemplate(engine.facts.chat_template)
        return self._template[1]


def _sampling(options: ChatOptions) -> Sampling:
    seed = secrets.randbelow(_SEEDS) if options.seed is None else options.seed % _SEEDS
    return Sampling(
        temperature=_TEMPERATURE if options.temperature is None else options.temperature,
        top_k=options.top_k or 0,
        top_p=1.0 if options.top_p is None else options.top_p,
        min_p=options.min_p or 0.0,
        repeat_penalty=options.repeat_penalty or 1.0,
        seed=seed,
    )


def _chunk(chunk: Chunk) -> ChatChunk:
    if chunk.finish is None:
        return ChatChunk(chunk.text)
    return ChatChunk(chunk.text, ChatEnd(chunk.finish.value), chunk.tokens_in, chunk.tokens_out)


def _count(chunk: Chunk) -> None:
    if chunk.finish is not None:
        TOKENS.labels(NAME, "in").inc(chunk.tokens_in)
        TOKENS.labels(NAME, "out").inc(chunk.tokens_out)


@contextmanager
def _overflow_named() -> Iterator[None]:
    """What does not fit is a whole conversation, not a part of a text."""
    try:
        yield
    except PromptTooLongError as error:
        raise ContextLengthExceededError(error.most, error.needed) from error
