"""One model's services by one name: which of its URLs is asked, and who waits; no routing.

backend = Backend("nllb", ["http://10.0.0.7:3000"], BackendLimits(api_key="…"))
await backend.start()
reply = await backend.send("POST", "/translate", body, headers, timeout_s=60)
if reply.status != 200:
    raise error_of(reply.status, reply.body)
"""

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from bentos.contract import ModelState, Status
from bentos.gateway.endpoint import Endpoint, StreamedReply
from bentos.gateway.errors import BackendUnavailableError
from bentos.gateway.health import Health
from bentos.gateway.transport import BackendLimits, NotSentError, Reply
from models.base.exceptions import DeadlineExceededError, OverloadedError

__all__ = ["Backend", "BackendLimits", "EndpointState", "Reply", "StreamedReply"]

_NO_HEADERS: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointState:
    """One URL as an operator sees it."""

    url: str
    status: Status
    message: str | None
    outstanding: int
    breaker: str
    """`closed`, `open` or `half-open`."""


class Backend:
    """Order: `start`, then calls from any number of tasks, then `stop`.

    A call goes to the ready URL with the fewest calls under way. Only one that could not be
    connected to is followed by another: a request that has left is never sent twice.
    """

    def __init__(
        self,
        name: str,
        urls: Sequence[str],
        limits: BackendLimits | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not urls:
            raise ValueError("A backend has at least one URL.")
        limits = limits or BackendLimits()
        self.name = name
        self._endpoints = [
            Endpoint(url, limits, on_change=self._announce, clock=clock) for url in urls
        ]
        self._health = [
            Health(one, every_s=limits.poll_every_s, timeout_s=limits.poll_timeout_s)
            for one in self._endpoints
        ]
        self._timeout_s = limits.timeout_s
        self._places = _Places(limits.max_concurrent, limits.max_waiting)
        self._changed = asyncio.Event()
        self._turn = 0

    async def start(self) -> None:
        """Returns when each URL was asked once; none needs to be up."""
        for endpoint in self._endpoints:
            endpoint.open()
        await asyncio.gather(*(health.start() for health in self._health))

    async def stop(self) -> None:
        """Calls under way are broken off: wait for them before."""
        await asyncio.gather(*(health.stop() for health in self._health))
        await asyncio.gather(*(endpoint.close() for endpoint in self._endpoints))

    async def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] = _NO_HEADERS,
        *,
        timeout_s: float,
    ) -> Reply:
        """Ask and read the whole answer, whatever its status; waiting for a place counts.

        Raises:
            BackendUnavailableError: No URL is up.
            OverloadedError: Too many wait already.
            DeadlineExceededError: It took longer than `timeout_s`.
            BackendError: The connection broke, or the answer is none, or too large.
        """
        deadline = asyncio.get_running_loop().time() + min(timeout_s, self._timeout_s)
        self._refuse_if_down()
        async with self._places.one(deadline):
            for endpoint in self._choices():
                with contextlib.suppress(NotSentError):
                    return await endpoint.send(method, path, body, headers, deadline=deadline)
        raise self._unavailable()

    @contextlib.asynccontextmanager
    async def stream(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] = _NO_HEADERS,
        *,
        timeout_s: float,
    ) -> AsyncIterator[StreamedReply]:
        """Ask, and read the answer as it comes; leaving the context ends the request.

        `timeout_s` is for a place in the queue, then for the answer's beginning, then for each
        chunk. Raises what `send` does; so does the iterator of the chunks.
        """
        self._refuse_if_down()
        timeout_s = min(timeout_s, self._timeout_s)
        deadline = asyncio.get_running_loop().time() + timeout_s
        async with self._places.one(deadline), contextlib.AsyncExitStack() as stack:
            for endpoint in self._choices():
                opening = endpoint.stream(method, path, body, headers, timeout_s=timeout_s)
                with contextlib.suppress(NotSentError):
                    reply = await stack.enter_async_context(opening)
                    break
            else:
                raise self._unavailable()
            yield reply

    async def wait_ready(self, *, timeout_s: float) -> ModelState:
        """Wait until it can be asked, or the time is over; its state then."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self.state().status is not Status.READY:
                    await self.changed()
        return self.state()

    async def changed(self) -> None:
        """Wait until a URL's status changes."""
        await self._changed.wait()

    def state(self) -> ModelState:
        ready = [one for one in self._endpoints if one.status is Status.READY]
        waits = all(one.breaker.wait_s() > 0 for one in ready)
        starting = [one for one in self._endpoints if one.status is Status.STARTING]
        known = next((one for one in self._health if one.details), self._health[0])
        if ready and not waits:
            status, message = Status.READY, None
        elif starting:
            status, message = Status.STARTING, starting[0].message
        else:
            failing = "It keeps failing and is left alone for a moment."
            status, message = Status.DOWN, failing if ready else self._endpoints[0].message
        return ModelState(
            name=self.name,
            status=status,
            message=message,
            languages=known.languages,
            details=known.details,
        )

    def served(self) -> list[Mapping[str, JsonValue]]:
        """What each URL said last that it serves: they may differ, as in a rolling update."""
        return [one.details for one in self._health if one.details]

    def endpoints(self) -> list[EndpointState]:
        return [
            EndpointState(
                url=one.url,
                status=one.status,
                message=one.message,
                outstanding=one.outstanding,
                breaker=one.breaker.state,
            )
            for one in self._endpoints
        ]

    def _choices(self) -> Iterator[Endpoint]:
        """Each at most once, the best of those left first, as they are at that moment."""
        left = list(self._endpoints)
        while True:
            self._turn = (self._turn + 1) % len(self._endpoints)
            turned = (*left[self._turn :], *left[: self._turn])
            available = [one for one in turned if one.available]
            if not available:
                return
            best = min(available, key=lambda one: one.outstanding)
            left.remove(best)
            yield best

    def _refuse_if_down(self) -> None:
        if not any(one.available for one in self._endpoints):
            raise self._unavailable()

    def _unavailable(self) -> BackendUnavailableError:
        waits = [one.breaker.wait_s() for one in self._endpoints if one.status is Status.READY]
        return BackendUnavailableError(retry_after_s=max(1, math.ceil(min(waits, default=1.0))))

    def _announce(self) -> None:
        """Wakes all who wait now; those who wait later wait for the next change."""
        self._changed.set()
        self._changed = asyncio.Event()


class _Places:
    """So many at once, so many waiting, first come first served."""

    def __init__(self, at_once: int, max_waiting: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._max_waiting = max_waiting
        self._waiting = 0

    @contextlib.asynccontextmanager
    async def one(self, deadline: float) -> AsyncIterator[None]:
        if self._free.locked():
            await self._wait(deadline)
        else:
            await self._free.acquire()
        try:
            yield
        finally:
            self._free.release()

    async def _wait(self, deadline: float) -> None:
        if self._waiting >= self._max_waiting:
            raise OverloadedError("Too many requests wait for this model.")
        self._waiting += 1
        try:
            async with asyncio.timeout_at(deadline):
                await self._free.acquire()
        except TimeoutError as error:
            raise DeadlineExceededError(
                "The model did not come to this request in time."
            ) from error
        finally:
            self._waiting -= 1
