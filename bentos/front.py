"""What stands before a whole service, BentoML's own endpoints included; not what is behind it."""

import asyncio
import contextlib
import json
from http import HTTPStatus
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bentos.dialects.registry import dialect_at
from bentos.errors import InternalError, InvalidRequestError, NotFoundError, response_of
from bentos.middleware import Gatekeeper
from bentos.validation import invalid
from common.settings import ServiceSettings
from models.base.exceptions import LinguaNexusError

NATIVE: Final = "/bento/"
"""Where BentoML's own clients find the service."""

_CALLERS_FAULT: Final = range(400, 500)


class Front:
    """The gatekeeper, built when the service starts and not when its module is imported."""

    def __init__(
        self, app: ASGIApp, model_name: str, settings: ServiceSettings | None = None
    ) -> None:
        inner = CancelOnDisconnect(OneErrorBody(app))
        self._app = Gatekeeper(inner, settings or ServiceSettings(), model_name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """An app to put a front before that is built for its settings' sake only."""
    del scope, receive, send


class CancelOnDisconnect:
    """Stops working for a caller who has left; BentoML goes on and translates for nobody."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(receive, send)
        work = exchange.work = asyncio.ensure_future(
            self._app(scope, exchange.receive, exchange.send)
        )
        try:
            await work
        except asyncio.CancelledError:
            if not exchange.left:
                raise
            raise ClientDisconnect from None
        finally:
            await exchange.end()


class _Exchange:
    """Listens for the caller once his request is read to its end."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._answered = False
        self._listening: asyncio.Task[Message] | None = None
        self.left = False
        self.work: asyncio.Future[None] | None = None

    async def receive(self) -> Message:
        if self._listening is not None:
            return await asyncio.shield(self._listening)
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body"):
            self._listening = asyncio.ensure_future(self._listen())
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self._answered = True
        await self._send(message)

    async def end(self) -> None:
        """Leaves no task behind, whoever was cancelled."""
        for task in (self.work, self._listening):
            if task is not None and not task.done():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _listen(self) -> Message:
        message = await self._receive()  # after the last of the body, only a disconnect comes
        # A server says so after the answer too.
        if not self._answered and self.work is not None:
            self.left = True
            self.work.cancel()
        return message


class OneErrorBody:
    """Says in our error body what BentoML says in others: native endpoints' errors, and 404.

    A mount matches no path with a line break in it, so that BentoML answers those itself.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "\n" in scope["path"]:
            # No mount matches it, `/` neither: the app that answers unknown paths would not see it.
            dialect = dialect_at(scope["path"])
            answer = dialect.response_of if dialect else response_of
            response = answer(NotFoundError(), scope.get("state", {}).get("request_id"))
            await response(scope, receive, send)
            return
        if scope["type"] != "http" or dialect_at(scope["path"]) is not None:
            await self._app(scope, receive, send)
            return
        read = range(400, 600) if scope["path"].startswith(NATIVE) else (HTTPStatus.NOT_FOUND,)
        start: Message | None = None
        body = bytearray()

        async def send_ours(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and message["status"] in read:
                start = message
                return
            if start is None:
                await send(message)
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body"):
                await self._answer(start, bytes(body), scope, send)

        await self._app(scope, receive, send_ours)

    async def _answer(self, start: Message, body: bytes, scope: Scope, send: Send) -> None:
        ours = _ours(start["status"], body)
        if ours is None:
            await send(start)
            await send({"type": "http.response.body", "body": body})
            return
        response: JSONResponse = response_of(ours, scope.get("state", {}).get("request_id"))
        await send(
            {
                "type": "http.response.start",
                "status": response.status_code,
                "headers": response.raw_headers,
            }
        )
        await send({"type": "http.response.body", "body": response.body})


def _ours(status: int, body: bytes) -> LinguaNexusError | None:
    """What BentoML meant; None where the answer was ours already."""
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    if isinstance(said, dict) and isinstance(said.get("error"), dict):
        return None
    if status == HTTPStatus.NOT_FOUND:
        return NotFoundError()
    if status not in _CALLERS_FAULT:
        return InternalError()
    details = said.get("detail") if isinstance(said, dict) else None
    if isinstance(details, list):
        return invalid(details)
    return InvalidRequestError("The request cannot be read.")
