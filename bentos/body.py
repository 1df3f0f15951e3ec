"""How large a request may be, and how long it and its answer may take; nobody reads either."""

import asyncio
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bentos.errors import BodyTooLargeError, RequestTimeoutError
from models.base.exceptions import LinguaNexusError

_DISCONNECT: Final[Message] = {"type": "http.disconnect"}


class BodyLimit:
    """Refuses a body declared too large, and ends one that turns out to be, or comes too slowly.

    One too large is read on by the server and dropped, so that its caller gets the answer. A caller
    who takes no more of his answer for as long has left.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, max_s: float) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._max_s = max_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > self._max_bytes:
            raise BodyTooLargeError(self._max_bytes)
        body = _Body(receive, self._max_bytes, self._max_s)

        async def send_within(message: Message) -> None:
            if body.refusal is not None:
                return
            try:
                async with asyncio.timeout(self._max_s):
                    await send(message)
            except TimeoutError as error:
                raise ClientDisconnect from error

        try:
            await self._app(scope, body.receive, send_within)
        except Exception as error:
            if body.refusal is None:
                raise
            raise body.refusal from error
        if body.refusal is not None:
            raise body.refusal


class _Body:
    """One body as it comes; once it is refused there is nobody any more who sends it."""

    def __init__(self, receive: Receive, max_bytes: int, max_s: float) -> None:
        self._receive = receive
        self._max_bytes = max_bytes
        self._max_s = max_s
        self._deadline = asyncio.get_running_loop().time() + max_s
        self._read = 0
        self._is_whole = False
        self.refusal: LinguaNexusError | None = None

    async def receive(self) -> Message:
        if self.refusal is not None:
            return _DISCONNECT
        if self._is_whole:  # what comes now is the caller's leaving, however late
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            self.refusal = RequestTimeoutError(self._max_s)
            return _DISCONNECT
        self._read += len(message.get("body", b""))
        if self._read > self._max_bytes:
            self.refusal = BodyTooLargeError(self._max_bytes)
            return _DISCONNECT
        self._is_whole = not message.get("more_body", False)
        return message
