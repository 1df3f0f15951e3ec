"""The model of one Bento as what writes texts; routes nothing."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from typing import Final

from typing_extensions import override

from bentos.chat import Chats, Chunks, Writing, begun, check, chunk_of, whole
from bentos.contract import Call
from bentos.deadline import within
from bentos.errors import InternalError, status_of
from bentos.management.errors import UnknownModelError
from bentos.translator import Translator
from common import metrics
from common.state.records import Use
from models.base.chat_model import ChatChunk, ChatRequest, ChatUnsupportedError
from models.base.exceptions import LinguaNexusError
from models.base.request_models import TranslationRequest

_SERVERS_FAULT: Final = 500
_CANCELLED: Final = "cancelled"
_OK: Final = "ok"


class OneChat(Chats):
    """Of the model of one Bento."""

    def __init__(self, translator: Translator) -> None:
        self._translator = translator

    @override
    async def chat(self, request: ChatRequest, call: Call) -> Writing:
        return await begun(self._named(call), self._answered(request))

    @override
    async def translate(self, request: TranslationRequest, call: Call) -> Writing:
        return await begun(self._named(call), self._translated(request))

    async def _answered(self, request: ChatRequest) -> Chunks:
        translator = self._translator
        model = translator.model.get_chat_model()
        if model is None:
            raise ChatUnsupportedError(translator.label)
        check(request, translator.settings.max_text_chars)
        translator.lifecycle.check()
        with self._counted() as done:
            async with aclosing(model.chat(request)) as chunks:
                while (chunk := await self._next(chunks)) is not None:
                    done[:] = [chunk]
                    yield chunk

    async def _translated(self, request: TranslationRequest) -> Chunks:
        if request.format != "text":
            yield whole(await self._translator.translate(request))
            return
        async with aclosing(self._translator.stream(request)) as parts:
            async for part in parts:
                yield chunk_of(part)

    async def _next(self, chunks: AsyncIterator[ChatChunk]) -> ChatChunk | None:
        async with within(self._translator.settings.timeout_s, "It"):
            return await anext(chunks, None)

    @contextmanager
    def _counted(self) -> Iterator[list[ChatChunk]]:
        """One answer, by how it ended; takes the last chunk there was."""
        done: list[ChatChunk] = []
        outcome, is_use, began = InternalError.code, True, time.perf_counter()
        try:
            yield done
            outcome = _OK
        except LinguaNexusError as error:
            outcome, is_use = error.code, status_of(error) >= _SERVERS_FAULT
            raise
        except (asyncio.CancelledError, GeneratorExit):
            outcome, is_use = _CANCELLED, False
            raise
        finally:
            seconds, label = time.perf_counter() - began, self._translator.label
            metrics.REQUESTS.labels(label, outcome).inc()
            metrics.REQUEST_SECONDS.labels(label).observe(seconds)
            if is_use:
                last = done[0] if done else ChatChunk("")
                use = Use(seconds, outcome == _OK, last.tokens_in, last.tokens_out)
                self._translator.lifecycle.used(use)

    def _named(self, call: Call) -> str:
        label = self._translator.label
        if call.model not in {None, label, self._translator.name}:
            raise UnknownModelError(str(call.model))
        return label
