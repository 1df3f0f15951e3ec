"""One request between its caller and the engine's thread; computes nothing."""

import asyncio
from collections import deque
from time import monotonic
from typing import Any

from models.engines.llamacpp.contract import (
    Chunk,
    EngineError,
    FinishReason,
    GenerationRequest,
    total_tokens,
)
from models.engines.llamacpp.scheduler import Ticket
from models.engines.llamacpp.text import TextStream


class Output:
    """What a request has written, on the engine's thread: tokens in, chunks out."""

    def __init__(self, request: GenerationRequest, *, whole: bool) -> None:
        self._request, self._whole = request, whole
        self._stream = TextStream(request.stop)
        self._texts: list[str] = []
        self._tokens: list[int] = []
        self._written = self._scored = 0
        self._score = 0.0

    def add(
        self, token: int, piece: bytes, score: float, *, ends: bool, cached: int
    ) -> Chunk | None:
        """Takes the next token and its log-probability; gives what the caller is to have now."""
        self._scored += 1
        self._score += score
        if ends and not self._request.ignore_end:
            return self._last(FinishReason.STOP, cached)
        self._tokens.append(token)
        self._written += 1
        if text := self._stream.feed(piece):
            self._texts.append(text)
        if self._stream.stopped:
            return self._last(FinishReason.STOP, cached)
        if self._written == self._request.max_tokens:
            return self._last(FinishReason.LENGTH, cached)
        return None if self._whole or not text else Chunk(*self._take())

    def _last(self, reason: FinishReason, cached: int) -> Chunk:
        self._texts.append(self._stream.finish())
        if self._stream.stopped:
            reason = FinishReason.STOP
        return Chunk(
            *self._take(),
            finish=reason,
            tokens_in=total_tokens(self._request.prompt),
            tokens_cached=cached,
            tokens_out=self._written,
            score=self._score / self._scored,
        )

    def _take(self) -> tuple[str, tuple[int, ...]]:
        text, tokens = "".join(self._texts), tuple(self._tokens)
        self._texts, self._tokens = [], []
        return text, tokens


class Call:
    """A request and its caller. The thread has `ticket`, `output`, `sampler`; the loop the rest."""

    def __init__(self, request: GenerationRequest, *, whole: bool) -> None:
        self.ticket = Ticket(request, self)
        self.output = Output(request, whole=whole)
        self.sampler: Any = None
        self.since: float | None = monotonic()
        """When it came; None once it is computed."""
        self.ended = False
        """Whether the last of it is here: the engine's thread has let go of it by itself."""
        self._arrived: deque[Chunk | EngineError] = deque()
        self._waiter: asyncio.Future[None] | None = None

    def put(self, item: Chunk | EngineError) -> None:
        """Hands the caller something, on its event loop."""
        self._arrived.append(item)
        self.ended = isinstance(item, EngineError) or item.finish is not None
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    async def next(self) -> Chunk:
        """What came next. Raises what the engine failed with."""
        if not self._arrived:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        item = self._arrived.popleft()
        if isinstance(item, EngineError):
            raise item
        return item
