"""One request read ahead and its answer on the way out, in ASGI's terms; not who answers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Any, Final

from starlette.types import Message, Receive, Send

from bentos.gateway.comparison import Seen, Side

SERVED_BY: Final = b"x-served-by"


class TooLargeError(Exception):
    """The body is larger than it may be."""


class LeftError(Exception):
    """The caller left before the body was sent."""


async def read(receive: Receive, most: int) -> bytes:
    """The body to its end.

    Raises:
        TooLargeError: It has more than `most` bytes.
        LeftError: The caller left.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise LeftError
        body += message.get("body", b"")
        if len(body) > most:
            raise TooLargeError
        if not message.get("more_body", False):
            return bytes(body)


@asynccontextmanager
async def listening(
    receive: Receive, body: bytes
) -> AsyncIterator[tuple[Receive, asyncio.Task[None]]]:
    """The request to be read once more, and a task that ends when the caller leaves."""

    async def leave() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    left = asyncio.create_task(leave())
    try:
        yield replay(body, lambda: asyncio.shield(left)), left
    finally:
        left.cancel()
        with suppress(asyncio.CancelledError):
            await left


def replay(body: bytes, gone: Callable[[], Awaitable[object]]) -> Receive:
    """The body at once; then, when `gone` returns, that nobody is there any more."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await gone()
        return {"type": "http.disconnect"}

    return receive


async def unless_left(left: asyncio.Task[None], work: Coroutine[Any, Any, None]) -> None:
    """Runs it, and ends it where the caller leaves."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task, left}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone = not task.done() and task.cancel()
    if gone:
        with suppress(asyncio.CancelledError):
            await task
    else:
        await task


class Outgoing:
    """Sends an answer on, says in it who answers, and keeps what is needed to compare it."""

    def __init__(self, send: Send, side: Side, keep_bytes: int) -> None:
        self._send, self._keep_bytes = send, keep_bytes
        self._status, self._body, self._is_opaque = 0, bytearray(), False
        self.side = side
        self.complete = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = list(message.get("headers", ()))
            self._is_opaque = any(name == b"content-encoding" for name, _ in headers)
            headers.append((SERVED_BY, self.side.value.encode()))
            message = {**message, "headers": headers}
        await self._send(message)
        if message["type"] == "http.response.body":
            self._keep(message.get("body", b""))
            self.complete = not message.get("more_body", False)

    def _keep(self, chunk: bytes) -> None:
        self._is_opaque = self._is_opaque or len(self._body) + len(chunk) > self._keep_bytes
        if not self._is_opaque:
            self._body += chunk

    def seen(self) -> Seen:
        return Seen(self._status, None if self._is_opaque else bytes(self._body))


class Held:
    """Keeps an answer back where it says that the service is not ready; all others go on."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.messages: list[Message] = []

    async def __call__(self, message: Message) -> None:
        is_start = message["type"] == "http.response.start"
        if self.messages or (is_start and message["status"] == HTTPStatus.SERVICE_UNAVAILABLE):
            self.messages.append(message)
        else:
            await self._send(message)


async def nowhere(message: Message) -> None:
    """Sends nothing."""
