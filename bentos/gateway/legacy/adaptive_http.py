"""Who calls the adaptive paths, his leaving, and events sent to him; decides nothing."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any, Final, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from bentos.auth import label_of
from bentos.contract import Call
from bentos.throttle import address_of

Result = TypeVar("Result")

CallOf = Callable[[Request, str], Call]
"""Who asks, from the request and the key in its body."""

_SECRETS: Final = frozenset({"authorization", "cookie", "x-api-key"})
_HEADERS: Final = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


def call_of(request: Request, key: str) -> Call:
    """A caller is known by his key's label, or else by his address."""
    sent = key.encode("utf-8", "surrogatepass") if key else None
    headers = {name: value for name, value in request.headers.items() if name not in _SECRETS}
    return Call(
        request_id=request.scope.get("state", {}).get("request_id"),
        caller=label_of(sent, address_of(request.scope.get("client"))),
        headers=headers,
    )


async def while_here(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """The work's result; it is cancelled when the caller leaves.

    Raises:
        ClientDisconnect: He has left; nobody reads an answer.
    """
    working = asyncio.ensure_future(work)
    listening = asyncio.ensure_future(_left(request.receive))
    try:
        await asyncio.wait({working, listening}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        await _end(working, listening)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _end(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class Events(StreamingResponse):
    """Server-sent events of objects; closes their source however the request ends.

    It listens for the caller's leaving all the while: a server that says so only when something
    is sent would let the work go on until the next event.
    """

    media_type = "text/event-stream"

    def __init__(
        self, source: AsyncGenerator[object, None], behind: AsyncGenerator[object, None]
    ) -> None:
        self._source = source
        # The source does not close what is behind it where nobody ever asked for the first.
        self._behind = behind
        self._frames = _frames(source)
        super().__init__(self._frames, headers=_HEADERS)

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.ensure_future(self._send_all(send))
        listening = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait({sending, listening}, return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                raise ClientDisconnect
            sending.result()
        finally:
            await _end(sending, listening)

    async def _send_all(self, send: Send) -> None:
        async with aclosing(self._behind), aclosing(self._source), aclosing(self._frames):
            await self.stream_response(send)


async def _frames(source: AsyncGenerator[object, None]) -> AsyncGenerator[bytes, None]:
    async for content in source:
        # Line breaks come escaped, so that the data is one line; other characters as they are:
        # some clients read the frames with a regular expression.
        data = json.dumps(content, ensure_ascii=False, allow_nan=False)
        yield f"data: {data}\n\n".encode("utf-8", "backslashreplace")
