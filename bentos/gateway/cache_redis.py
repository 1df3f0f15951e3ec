"""Translations kept in a Redis that several gateways share; without it they only ask again."""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from typing import Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from typing_extensions import override

from bentos.gateway.cache import Cache, CacheStats

_PREFIX: Final = "lingua-nexus:translation:"
_LIMIT_S: Final = 0.02
"""A request asks twice, before and after it computes, and loses no more than 50 ms by it."""
_PAUSE_S: Final = 1.0
_TOLERATED: Final = 3
"""One late answer may be this process's own fault."""
_CONNECTIONS: Final = 64
_GIVE_UP_S: Final = 2.0
"""For what nobody waits for any more: time enough for a connection with TLS from far away."""
_MAX_BYTES: Final = 1024 * 1024
"""Of an entry: a larger one takes longer than is waited for."""

logger = logging.getLogger(__name__)


class RedisCache(Cache):
    """Over `redis://`, `rediss://` or `unix://`; the URL may hold a password and is never logged.

    A Redis that is down, slow or talks nonsense counts as a miss. After some such in a row it is
    left alone for `pause_s`, then tried by one request at a time.

    Raises:
        ValueError: The URL has no such scheme.
    """

    def __init__(
        self,
        url: str,
        *,
        ttl_s: float,
        limit_s: float = _LIMIT_S,
        pause_s: float = _PAUSE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=_GIVE_UP_S,
            socket_timeout=_GIVE_UP_S,
            socket_connect_timeout=_GIVE_UP_S,
            retry=Retry(NoBackoff(), 0),
            protocol=2,  # what every Redis and every proxy before one speaks
        )
        self._redis = Redis.from_pool(pool)
        self._ttl_ms = max(1, math.ceil(ttl_s * 1000))
        self._limit_s = limit_s
        self._pause_s = pause_s
        self._clock = clock
        self._failures = 0
        self._retry_at = 0.0
        self._is_down = False
        self._is_closed = False
        self._tasks: set[asyncio.Future[object]] = set()

    @override
    async def _load(self, key: str) -> bytes | None:
        content = await self._attempt(lambda: self._redis.get(_PREFIX + key))
        return content if isinstance(content, bytes) else None

    @override
    async def _store(self, key: str, content: bytes) -> None:
        if len(content) <= _MAX_BYTES:
            await self._attempt(lambda: self._redis.set(_PREFIX + key, content, px=self._ttl_ms))

    @override
    def stats(self) -> CacheStats:
        return CacheStats(
            hits=self._hits, misses=self._misses, shared=self._shared, errors=self._errors
        )

    @override
    async def close(self) -> None:
        self._is_closed = True
        for task in (under_way := list(self._tasks)):
            task.cancel()
        if under_way:
            await asyncio.wait(under_way, timeout=_LIMIT_S)
        await self._redis.aclose()
        # One whose connection was made at that very moment was not cancelled, but ends with it.
        if left := [task for task in under_way if not task.done()]:
            await asyncio.wait(left, timeout=_GIVE_UP_S)

    async def _attempt(self, call: Callable[[], Awaitable[object]]) -> object:
        """What Redis answers in time, or None.

        What is late goes on by itself: were it cancelled, a connection that takes long to make
        would never be made.
        """
        if not self._may_try():
            return None
        task = asyncio.ensure_future(call())
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        await asyncio.wait({task}, timeout=self._limit_s)
        if (reason := _failure_of(task)) is not None:
            self._failed(reason)
            return None
        self._worked()
        return task.result()

    def _forget(self, task: asyncio.Future[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, so that nobody complains

    def _may_try(self) -> bool:
        if self._is_closed:
            return False
        if self._failures < _TOLERATED:
            return True
        now = self._clock()
        if now < self._retry_at:
            return False
        self._retry_at = now + self._pause_s  # the others wait for what comes of this one
        return True

    def _failed(self, reason: str) -> None:
        self._errors += 1
        self._failures += 1
        if self._is_closed or self._failures < _TOLERATED:
            return
        self._retry_at = self._clock() + self._pause_s
        if not self._is_down:
            self._is_down = True
            logger.warning("Redis cannot be used (%s); translating goes on without.", reason)

    def _worked(self) -> None:
        self._failures = 0
        if self._is_down:
            self._is_down = False
            logger.info("Redis can be used again.")


def _failure_of(task: asyncio.Future[object]) -> str | None:
    if not task.done():
        return "it does not answer in time"
    if task.cancelled():
        return "it was closed"
    # Whatever kind it is: garbage gets as far into the library as it can.
    error = task.exception()
    return None if error is None else type(error).__name__
