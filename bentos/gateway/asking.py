"""One model of the fleet asked, its answer kept and counted; who is asked is decided elsewhere."""

import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from http import HTTPStatus
from typing import Final

from bentos.contract import Answer, CacheStatus, Call
from bentos.errors import InternalError
from bentos.gateway import client, metrics
from bentos.gateway.backend import Backend
from bentos.gateway.cache import Cache, Found, key_of
from bentos.gateway.errors import error_of
from bentos.gateway.fleet import Fleet
from bentos.gateway.routes import Attempt
from bentos.languages import AUTO
from bentos.management.errors import UnknownModelError
from common.languages import find
from models.base.exceptions import LinguaNexusError, ModelNotReadyError, OverloadedError
from models.base.request_models import TranslationRequest, TranslationResponse

Outcome = Answer | LinguaNexusError

_OK: Final = "ok"
_SECONDS: Final = re.compile(r"[0-9]{1,5}")
_LEFT: Final = "cancelled"
"""Nobody waited for its end."""


class Asker:
    """Used from one event loop, by any number of tasks."""

    def __init__(self, fleet: Fleet, cache: Cache | None, timeout_s: float) -> None:
        self._fleet = fleet
        self._cache = cache
        self._timeout_s = timeout_s

    @property
    def keeps(self) -> bool:
        """Whether answers are kept to be given again."""
        return self._cache is not None

    async def ask(self, request: TranslationRequest, call: Call, attempt: Attempt) -> Answer:
        """One text.

        Raises:
            LinguaNexusError: The model's own error, or what kept it from answering.
        """
        with _counted(attempt.model):
            async with self._reach(attempt.model) as backend:
                if self._cache is None:
                    response = await self._translate(backend, request, call)
                    return _answer(attempt, response)
                found = await self._found(self._cache, backend, request, call)
            return _answer(attempt, found.response, found)

    async def ask_batch(
        self, model: str, items: Sequence[tuple[TranslationRequest, Attempt]], call: Call
    ) -> list[Outcome]:
        """Many texts in one request, past the cache: an outcome for each, in order.

        Raises:
            LinguaNexusError: What kept all of them from being tried.
        """
        requests = [request for request, _ in items]
        with _counted(model, len(items)) as outcomes:
            async with self._reach(model) as backend:
                responses = await client.translate_batch(
                    backend, requests, call, timeout_s=self._timeout_s
                )
            outcomes[:] = [_code_of(response) for response in responses]
        return [
            response if isinstance(response, LinguaNexusError) else _answer(attempt, response)
            for (_, attempt), response in zip(items, responses, strict=True)
        ]

    @asynccontextmanager
    async def stream(
        self, request: TranslationRequest, call: Call, attempt: Attempt
    ) -> AsyncGenerator[AsyncIterator[bytes], None]:
        """The events of a stream that has begun, as the model's service sends them.

        Raises:
            LinguaNexusError: It did not begin.
        """
        body = client.stream_body(request)
        async with self.opened(attempt.model, "/translate/stream", call, lambda _: body) as chunks:
            yield chunks

    @asynccontextmanager
    async def opened(
        self, model: str, path: str, call: Call, body_of: Callable[[Backend], bytes]
    ) -> AsyncGenerator[AsyncIterator[bytes], None]:
        """What a model's service answers at a path, as it comes, once it has begun well.

        Raises:
            LinguaNexusError: It did not begin, or what `body_of` raises.
        """
        with _counted(model) as outcomes:
            async with (
                self._reach(model) as backend,
                backend.stream(
                    "POST",
                    path,
                    body_of(backend),
                    client.headers_of(call),
                    timeout_s=self._timeout_s,
                ) as reply,
            ):
                if reply.status != HTTPStatus.OK:
                    body = b"".join([one async for one in reply.chunks])
                    raise _waited(error_of(reply.status, body), reply.headers)
                outcomes[:] = [_LEFT]
                async with aclosing(_watched(reply.chunks, outcomes)) as chunks:
                    yield chunks

    @asynccontextmanager
    async def _reach(self, model: str) -> AsyncIterator[Backend]:
        try:
            async with self._fleet.reach(model) as backend:
                yield backend
        except UnknownModelError:
            # It was there when the plan was made: the caller is not to blame.
            raise ModelNotReadyError(f"{model} was taken out of the configuration.") from None

    async def _translate(
        self, backend: Backend, request: TranslationRequest, call: Call
    ) -> TranslationResponse:
        return await client.translate(backend, request, call, timeout_s=self._timeout_s)

    async def _found(
        self, cache: Cache, backend: Backend, request: TranslationRequest, call: Call
    ) -> Found:
        def version() -> str:
            return "".join(sorted({client.version_of(one) for one in backend.served()}))

        before = version()
        pair = _code(request.source_lang), _code(request.target_lang)
        key = key_of(request, pair, model=backend.name, version=before)
        return await cache.get_or(
            key, lambda: self._translate(backend, request, call), lambda: version() == before
        )


def _answer(attempt: Attempt, response: TranslationResponse, found: Found | None = None) -> Answer:
    cache: CacheStatus | None = None if found is None else "hit" if found.hit else "miss"
    return Answer(
        response=response,
        model=attempt.model,
        reason=attempt.reason,
        arm=attempt.arm,
        cache=cache,
    )


@contextmanager
def _counted(model: str, texts: int = 1) -> Iterator[list[str]]:
    """Gives the outcomes of the texts where nothing is raised; they may be set."""
    outcomes, began = [_OK] * texts, time.perf_counter()
    try:
        yield outcomes
    except LinguaNexusError as error:
        outcomes = [error.code] * texts
        raise
    except Exception:
        outcomes = [InternalError.code] * texts
        raise
    except BaseException:
        outcomes = [_LEFT] * texts
        raise
    finally:
        seconds = time.perf_counter() - began
        for outcome in outcomes:
            metrics.REQUESTS.labels(model, outcome).inc()
            metrics.REQUEST_SECONDS.labels(model).observe(seconds)


def _waited(error: LinguaNexusError, headers: Mapping[str, str]) -> LinguaNexusError:
    """With when to come back: some APIs say it in a header alone."""
    seconds = headers.get("retry-after", "")
    if isinstance(error, OverloadedError) and _SECONDS.fullmatch(seconds):
        error.retry_after_s = error.details["retry_after_s"] = int(seconds)
    return error


async def _watched(
    chunks: AsyncIterator[bytes], outcomes: list[str]
) -> AsyncGenerator[bytes, None]:
    """Whoever reads them may keep what is raised to himself."""
    try:
        async for chunk in chunks:
            yield chunk
        outcomes[:] = [_OK]
    except LinguaNexusError as error:
        outcomes[:] = [error.code]
        raise


def _code_of(response: TranslationResponse | LinguaNexusError) -> str:
    return response.code if isinstance(response, LinguaNexusError) else _OK


def _code(written: str) -> str:
    """One key for all ways to write a language; what is not known stays as it is."""
    known = find(written)
    return known.code if known else AUTO if written.strip().lower() == AUTO else written
