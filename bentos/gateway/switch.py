"""Divides the old paths' requests between the old system and the new; not who owns a path."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bentos.gateway.comparison import WEIGHT, Counts, Report, Result, Seen, Side, compare
from bentos.gateway.exchange import (
    Held,
    LeftError,
    Outgoing,
    TooLargeError,
    listening,
    nowhere,
    read,
    replay,
    unless_left,
)
from bentos.gateway.predecessor import (
    Predecessor,
    Request,
    SilentError,
    UnreachableError,
    forward,
)

SHADOW: Final = "lingua_nexus.shadow"
"""True in the scope of a request that is asked for comparison: nobody gets the answer."""

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_ALL: Final = 100
_DRAW: Final = secrets.SystemRandom().random


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much and how long."""

    body_bytes: int = 8 * 1024 * 1024
    """A request's body may have; a larger one gets 413."""
    body_s: float = 30.0
    """Sending it may take; a slower one gets 408."""
    silence_s: float = 120.0
    """The old server may be silent; then the caller gets 504."""
    shadows: int = 8
    """Comparisons under way at once; further requests are not compared."""
    shadow_s: float = 30.0
    """A comparison may take."""
    shadow_bytes: int = 1024 * 1024
    """Of an answer that are kept for comparing."""


def repeatable(method: str, path: str) -> bool:
    """Whether asking twice changes nothing: reading and translating, not loading or unloading."""
    changes = path.startswith("/models") or path.endswith("/cache/invalidate")
    return method in _READING or (method == "POST" and not changes)


class Switch:
    """ASGI around the app that answers as the old system did; both answer under the same paths.

    Of the paths that `owns` names, `weight_new` percent of the requests go to `app`, the others as
    they are to the server at `old_url`. Where the one chosen is not there (old: no connection, or
    none that gave an answer; new: 503), the other one answers. With `shadow` each of them that
    changes nothing is put to the other one too once it is answered, and both answers are compared.
    Everything else goes to `app`. Setting `weight_new` or `shadow` holds from the next request on.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        old_url: str,
        owns: Callable[[str], bool],
        weight_new: float = 0,
        shadow: bool = False,
        limits: Limits | None = None,
        draw: Callable[[], float] = _DRAW,
    ) -> None:
        self._app, self._owns, self._draw = app, owns, draw
        self._limits = limits or Limits()
        self._old = Predecessor(old_url, silence_s=self._limits.silence_s)
        self._counts = Counts()
        self._shadows: set[asyncio.Task[None]] = set()
        self.shadow = shadow
        self.weight_new = weight_new

    @property
    def weight_new(self) -> float:
        """Percent of the requests that the new system is to answer."""
        return self._weight_new

    @weight_new.setter
    def weight_new(self, percent: float) -> None:
        if not 0 <= percent <= _ALL:
            raise ValueError("A weight is a number from 0 to 100.")
        self._weight_new = percent
        WEIGHT.set(percent)

    def report(self) -> Report:
        """What was done since the start."""
        return self._counts.report(weight_new=self.weight_new, shadow=self.shadow)

    async def drain(self) -> None:
        """Waits for the comparisons under way."""
        await asyncio.gather(*self._shadows)

    async def close(self) -> None:
        """Ends comparisons and connections; no request may be under way."""
        for task in self._shadows:
            task.cancel()
        await asyncio.gather(*self._shadows, return_exceptions=True)
        await self._old.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._owns(scope["path"]):
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._limits.body_s):
                body = await read(receive, self._limits.body_bytes)
        except TimeoutError:
            await _refuse(408, "The request was not sent in time", scope, receive, send)
        except TooLargeError:
            await _refuse(413, "The request body is too large", scope, receive, send)
        except LeftError:
            return
        else:
            await self._serve(scope, body, receive, send)

    async def _serve(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        request, shadow = Request.of(scope, body), self.shadow
        side = Side.NEW if self._draw() * _ALL < self.weight_new else Side.OLD
        going = Outgoing(send, side, self._limits.shadow_bytes if shadow else 0)
        async with listening(receive, body) as (again, left):
            if side is Side.NEW:
                await self._new_first(scope, request, again, left, going)
            else:
                await self._old_first(scope, request, again, left, going)
        if going.complete:
            self._counts.served(going.side)
        if shadow and going.complete and repeatable(request.method, scope["path"]):
            self._shadow_later(scope, request, going)

    async def _old_first(
        self,
        scope: Scope,
        request: Request,
        receive: Receive,
        left: asyncio.Task[None],
        going: Outgoing,
    ) -> None:
        try:
            await unless_left(left, self._ask_old(request, going))
        except UnreachableError as error:
            self._counts.fell_back(Side.OLD, "lost" if error.sent else "refused")
            if error.sent and not repeatable(request.method, scope["path"]):
                await _refuse(502, "The server gave no answer", scope, receive, going)
                return
            going.side = Side.NEW
            await self._app(scope, receive, going)
        except SilentError:
            await _refuse(504, "The server gave no answer in time", scope, receive, going)

    async def _new_first(
        self,
        scope: Scope,
        request: Request,
        receive: Receive,
        left: asyncio.Task[None],
        going: Outgoing,
    ) -> None:
        held = Held(going)
        await self._app(scope, receive, held)
        if not held.messages:
            return
        try:
            await unless_left(left, self._ask_old(request, going))
            self._counts.fell_back(Side.NEW, "not_ready")
        except (UnreachableError, SilentError):
            going.side = Side.NEW
            for message in held.messages:
                await going(message)

    async def _ask_old(self, request: Request, going: Outgoing) -> None:
        async with self._old.ask(request) as response:
            going.side = Side.OLD
            await forward(response, going)

    def _shadow_later(self, scope: Scope, request: Request, going: Outgoing) -> None:
        if len(self._shadows) >= self._limits.shadows:
            self._counts.shadowed(going.side, Result.DROPPED)
            return
        task = asyncio.create_task(self._compare(scope, request, going.side, going.seen()))
        self._shadows.add(task)
        task.add_done_callback(self._shadows.discard)

    async def _compare(self, scope: Scope, request: Request, side: Side, seen: Seen) -> None:
        other = Outgoing(nowhere, side.other, self._limits.shadow_bytes)
        try:
            async with asyncio.timeout(self._limits.shadow_s):
                if side is Side.NEW:
                    await self._ask_old(request, other)
                else:
                    copy = {**scope, "state": dict(scope.get("state", {})), SHADOW: True}
                    await self._app(copy, replay(request.body, asyncio.Event().wait), other)
        except (UnreachableError, SilentError, TimeoutError):
            self._counts.shadowed(side, Result.FAILED)
        except Exception:  # noqa: BLE001 - whatever the app does there, nobody asked for it
            self._counts.shadowed(side, Result.FAILED)
        else:
            result = compare(seen, other.seen()) if other.complete else (Result.FAILED, None)
            self._counts.shadowed(side, *result)


async def _refuse(status: int, detail: str, scope: Scope, receive: Receive, send: Send) -> None:
    """As the old system would: an error of its own has `detail` only."""
    await JSONResponse({"detail": detail}, status)(scope, receive, send)
