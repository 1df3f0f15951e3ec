"""Translations kept to be given again, and computed once for equal callers; asks no model."""

import asyncio
import hashlib
import json
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NamedTuple

from cachetools import TTLCache
from pydantic import ValidationError
from typing_extensions import override

from models.base.request_models import TranslationRequest, TranslationResponse

_FORM: Final = 2
"""Of the key; another one leaves everything behind that was kept before."""
_AUTO: Final = "auto"
_OVERHEAD_BYTES: Final = 512
"""Of an entry beside its content: the key, and its place in the library's three tables."""

logger = logging.getLogger(__name__)

Compute = Callable[[], Awaitable[TranslationResponse]]


class Found(NamedTuple):
    """An answer, and whether it was there already or is another caller's."""

    response: TranslationResponse
    hit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheStats:
    """Since the process began; what it holds now is None where that is not known."""

    hits: int
    misses: int
    shared: int
    """Answers of an equal request that was under way."""
    errors: int
    """Misses, and answers not kept, because the store failed."""
    entries: int | None = None
    bytes: int | None = None


def key_of(request: TranslationRequest, pair: tuple[str, str], *, model: str, version: str) -> str:
    """What an answer depends on, and nothing of who asks: a SHA-256 in hex.

    `pair` holds the languages as resolved, `version` names the model's weights exactly: a digest,
    or whatever else differs between any two that may answer differently. Where several backends
    of one name may run different versions, all of them belong in it.
    """
    canonical = json.dumps(
        {
            "form": _FORM,
            "model": model,
            "version": version,
            "pair": pair,
            # The answer says what was detected.
            "detected": request.source_lang.strip().lower() == _AUTO,
            "text": request.text,
            "format": request.format,
            **({"markup": request.markup.model_dump(mode="json")} if request.markup else {}),
            "options": request.options.model_dump(mode="json", exclude_none=True),
        },
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def _always() -> bool:
    return True


class Cache(ABC):
    """Used from one event loop. No method raises because of the store: that is a miss.

    An answer with warnings is not kept: the next one may be better.
    """

    def __init__(self) -> None:
        self._hits = self._misses = self._shared = self._errors = 0
        self._flights: dict[str, asyncio.Future[Found]] = {}
        self._complained = False

    @abstractmethod
    async def _load(self, key: str) -> bytes | None:
        """What was stored; None where nothing was, or it cannot be had."""

    @abstractmethod
    async def _store(self, key: str, content: bytes) -> None:
        """In place of what was there."""

    @abstractmethod
    def stats(self) -> CacheStats:
        """Its counts, and what it holds."""

    @abstractmethod
    async def close(self) -> None:
        """Lets go of what it holds; may be called twice."""

    async def get(self, key: str) -> TranslationResponse | None:
        """An answer of its own for each caller, who may change it."""
        content = await self._load(key)
        response = None if content is None else self._read(content)
        if response is None:
            self._misses += 1
        else:
            self._hits += 1
        return response

    async def put(self, key: str, response: TranslationResponse) -> None:
        """Keep an answer, unless it has warnings or is too large."""
        if not response.warnings:
            await self._store(key, response.model_dump_json().encode())

    async def get_or(
        self, key: str, compute: Compute, is_current: Callable[[], bool] = _always
    ) -> Found:
        """What is kept, or else what `compute` gives, called by one of those who ask at once.

        The others get its answer, or what it raises; where its caller leaves, the next one of
        them computes. A failure is not kept, nor an answer for which `is_current` then says that
        the key does not hold any more: another version may have given it.
        """
        while (flight := self._flights.get(key)) is not None:
            # Unlike awaiting it: leaving does not cancel it, nor does its end raise here.
            await asyncio.wait({flight})
            if not flight.cancelled():
                self._shared += 1
                response = flight.result().response
                return Found(response.model_copy(deep=True), hit=True)
        return await self._lead(key, compute, is_current)

    async def _lead(self, key: str, compute: Compute, is_current: Callable[[], bool]) -> Found:
        flight = self._flights[key] = asyncio.get_running_loop().create_future()
        try:
            found = await self._found(key, compute, is_current)
        except asyncio.CancelledError:
            flight.cancel()
            raise
        except BaseException as error:
            flight.set_exception(error)
            flight.exception()  # nobody else may be waiting
            raise
        else:
            flight.set_result(found)
            return found
        finally:
            del self._flights[key]

    async def _found(self, key: str, compute: Compute, is_current: Callable[[], bool]) -> Found:
        if (kept := await self.get(key)) is not None:
            return Found(kept, hit=True)
        response = await compute()
        if is_current():
            await self.put(key, response)
        return Found(response, hit=False)

    def _read(self, content: bytes) -> TranslationResponse | None:
        try:
            return TranslationResponse.model_validate_json(content)
        except ValidationError:
            self._errors += 1
            if not self._complained:
                self._complained = True
                logger.warning("The cache holds something that is no translation: passed over.")
            return None


class MemoryCache(Cache):
    """In this process: the least recently used go first, at either bound."""

    def __init__(
        self,
        *,
        max_entries: int,
        max_bytes: int,
        ttl_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._max_entries = max_entries
        self._kept: TTLCache[str, bytes] = TTLCache(max_bytes, ttl_s, clock, getsizeof=_bytes_of)

    @override
    async def _load(self, key: str) -> bytes | None:
        return self._kept.get(key)

    @override
    async def _store(self, key: str, content: bytes) -> None:
        if _bytes_of(content) > self._kept.maxsize:
            return
        self._kept.pop(key, None)
        self._kept.expire()
        while len(self._kept) >= self._max_entries:
            with suppress(KeyError):  # the last ones have just expired
                self._kept.popitem()
        self._kept[key] = content

    @override
    def stats(self) -> CacheStats:
        self._kept.expire()
        return CacheStats(
            hits=self._hits,
            misses=self._misses,
            shared=self._shared,
            errors=self._errors,
            entries=len(self._kept),
            bytes=int(self._kept.currsize),
        )

    @override
    async def close(self) -> None:
        self._kept.clear()


def _bytes_of(content: bytes) -> int:
    return len(content) + _OVERHEAD_BYTES
