"""A model's stream of events handed on as it comes; nothing in it is read or changed."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing
from typing import Final, Protocol

from starlette.responses import StreamingResponse
from starlette.types import Send
from typing_extensions import override

from bentos.contract import Call
from bentos.errors import body_of
from bentos.gateway.routed import Streamed
from bentos.streaming import EventStream
from common import logs
from models.base.exceptions import LinguaNexusError
from models.base.request_models import TranslationRequest

_END: Final = b"\n\n"
_HEADERS: Final = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}

logger = logging.getLogger(__name__)


class Streams(Protocol):
    """Where a stream comes from; entered once, and left however the request ends."""

    def stream(
        self, request: TranslationRequest, call: Call
    ) -> AbstractAsyncContextManager[Streamed]: ...


class EventPassthrough(StreamingResponse):
    """Lets go of the model's stream however the request ends."""

    media_type = EventStream.media_type

    def __init__(self, streamed: Streamed, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._events = _events(streamed.chunks)
        who = {"X-Model": streamed.attempt.model, "X-Reason": streamed.attempt.reason}
        super().__init__(self._events, headers=_HEADERS | who)

    @override
    async def stream_response(self, send: Send) -> None:
        async with self._stack, aclosing(self._events):
            await super().stream_response(send)


async def passed(models: Streams, request: TranslationRequest, call: Call) -> EventPassthrough:
    """The answer, once a model has begun: what fails before is a plain HTTP error."""
    async with AsyncExitStack() as stack:
        streamed = await stack.enter_async_context(models.stream(request, call))
        return EventPassthrough(streamed, stack.pop_all())
    raise AssertionError  # the stack takes nothing back


async def _events(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """Whole events only, so that what breaks off can be followed by the one that says so."""
    begun = b""
    try:
        async for chunk in chunks:
            whole, end, begun = (begun + chunk).rpartition(_END)
            if end:
                yield whole + end
    except LinguaNexusError as error:
        logger.warning("A stream broke off: %s", error.message)
        failure = body_of(error, logs.request_id.get()).model_dump_json()
        yield f"event: error\ndata: {failure}\n\n".encode()
