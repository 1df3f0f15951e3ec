"""One URL of a backend: its connections, what is under way there, how it fares; no choosing."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp

from bentos.contract import Status
from bentos.gateway.breaker import Breaker
from bentos.gateway.errors import BackendError, is_about_the_text
from bentos.gateway.headers import returned
from bentos.gateway.transport import (
    BackendLimits,
    NotSentError,
    RefusedError,
    Reply,
    Transport,
    translated,
)
from models.base.exceptions import DeadlineExceededError

_SERVERS_FAULT: Final = 500

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StreamedReply:
    """An answer that has begun; its chunks are read once, within the context it came from."""

    status: int
    headers: dict[str, str]
    chunks: AsyncIterator[bytes]


class Endpoint:
    """Order: `open`, then calls, then `close`; all on one event loop."""

    def __init__(
        self,
        url: str,
        limits: BackendLimits,
        *,
        on_change: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = Transport(url, limits)
        self.url = self._transport.url
        self.status = Status.DOWN
        self.message: str | None = "It was not asked yet."
        self.outstanding = 0
        self.breaker = Breaker(
            self.url, failures=limits.breaker_failures, open_s=limits.breaker_open_s, clock=clock
        )
        self._on_change = on_change
        self.answers = 0
        """How many there were, each chunk of a stream too: a service that gives any is alive."""

    @property
    def available(self) -> bool:
        return self.status is Status.READY and self.breaker.admits()

    def open(self) -> None:
        self._transport.open()

    async def close(self) -> None:
        await self._transport.close()

    def set(self, status: Status, message: str | None = None) -> None:
        """Say how it fares; a change is logged, and tells whoever waits for one."""
        before, self.message = self.status, message
        if status is before:
            return
        if status is Status.READY:
            self.breaker.reset()
        self.status = status
        level = logging.INFO if status is Status.READY else logging.WARNING
        logger.log(level, "Backend at %s: %s, %s", self.url, status, message or "it answers")
        self._on_change()

    async def send(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], *, deadline: float
    ) -> Reply:
        """Ask, and read the whole answer.

        Raises:
            NotSentError: There is no connection.
            DeadlineExceededError: It takes longer than the deadline, by the event loop's clock.
            BackendError: The connection broke, or the answer is none, or too large.
        """
        call = _Call(self)
        try:
            with call.watched():
                async with asyncio.timeout_at(deadline):
                    reply = await self._transport.exchange(method, path, body, headers)
            call.answered(ok=_is_well(reply.status, reply.body))
            return reply
        finally:
            call.end()

    @contextlib.asynccontextmanager
    async def stream(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], *, timeout_s: float
    ) -> AsyncIterator[StreamedReply]:
        """Ask, and hand the answer on as it comes; leaving early closes the connection.

        `timeout_s` is for the answer's beginning, and then for each chunk. Raises what `send` does,
        and the chunks' iterator too.
        """
        call, response = _Call(self), None
        try:
            with call.watched():
                async with asyncio.timeout(timeout_s):
                    response = await self._transport.ask(method, path, body, headers)
                    broken = None
                    if response.status >= _SERVERS_FAULT:
                        broken = await self._transport.read(response)
            call.answered(ok=broken is None or _is_well(response.status, broken))
            chunks = _once(broken) if broken is not None else _chunks(response, call, timeout_s)
            async with contextlib.aclosing(chunks):
                yield StreamedReply(response.status, returned(response.headers), chunks)
        finally:
            if response is not None:
                response.close()
            call.end()

    async def get(self, path: str, *, timeout_s: float) -> Reply:
        """Ask how it fares: neither counted nor heard by the breaker. Raises what `send` does."""
        with translated():
            async with asyncio.timeout(timeout_s):
                return await self._transport.exchange("GET", path, b"", {})


class _Call:
    """One call as it counts: outstanding while it runs, and then for or against its endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.ok: bool | None = None
        self._endpoint = endpoint
        self._answers = endpoint.answers
        self._entered = endpoint.breaker.enter()
        endpoint.outstanding += 1

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        try:
            with translated():
                yield
        except RefusedError as error:
            self.ok = False
            self._endpoint.set(Status.DOWN, str(error))
            raise
        except NotSentError:
            # Slow to take one more connection while it answers others: busy, not failing.
            self.ok = False if self._endpoint.answers == self._answers else None
            raise
        except (BackendError, DeadlineExceededError):
            self.ok = False
            raise

    def answered(self, *, ok: bool) -> None:
        self.ok = ok
        self._endpoint.answers += 1

    def end(self) -> None:
        self._endpoint.outstanding -= 1
        self._endpoint.breaker.leave(self._entered, ok=self.ok)


async def _chunks(
    response: aiohttp.ClientResponse, call: _Call, timeout_s: float
) -> AsyncGenerator[bytes, None]:
    while True:
        with call.watched():
            async with asyncio.timeout(timeout_s):
                chunk = await response.content.readany()
        if not chunk:
            return
        call.answered(ok=True)
        yield chunk


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body


def _is_well(status: int, body: bytes) -> bool:
    return status < _SERVERS_FAULT or is_about_the_text(status, body)
