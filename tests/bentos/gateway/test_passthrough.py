"""A stream passed on: whole events only, each as it comes, and let go of when its caller leaves."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx2
import pytest

from bentos.contract import Call, Reason
from bentos.errors import BackendError
from bentos.gateway.passthrough import EventPassthrough, passed
from bentos.gateway.routed import Streamed
from bentos.gateway.routes import Attempt
from models.base.exceptions import LinguaNexusError, OverloadedError
from models.base.request_models import TranslationRequest
from tests.bentos.gateway.services import Exchange
from tests.bentos.gateway.test_api import speaking
from tests.bentos.gateway.whole import ASKED, Whole, before_service
from tests.bentos.page_app import served

FIRST, SECOND = b'event: segment\ndata: {"index": 0}\n\n', b"event: done\ndata: {}\n\n"
PATH = "/api/v1/translate/stream"
SECONDS = 5


class Chunks:
    """A stream of these chunks, which may fail before or at its end; knows whether it was left."""

    def __init__(
        self, *chunks: bytes, at_once: Exception | None = None, at_end: Exception | None = None
    ) -> None:
        self._chunks = chunks
        self._at_once = at_once
        self._at_end = at_end
        self.left = False

    @asynccontextmanager
    async def stream(
        self, request: TranslationRequest, call: Call
    ) -> AsyncGenerator[Streamed, None]:
        del request, call
        try:
            if self._at_once is not None:
                raise self._at_once
            yield Streamed(Attempt(model="aya", reason=Reason.HEALTH), self._given())
        finally:
            self.left = True

    async def _given(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk
        if self._at_end is not None:
            raise self._at_end


async def opened(chunks: Chunks) -> EventPassthrough:
    return await passed(chunks, TranslationRequest.model_validate(ASKED), Call())


async def read(chunks: Chunks) -> list[bytes]:
    parts = [part async for part in (await opened(chunks)).body_iterator]
    return [bytes(part) for part in parts if not isinstance(part, str)]


def cut(data: bytes, size: int) -> Sequence[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.parametrize("size", [1, 2, 7, 30, 1000])
async def test_events_leave_whole_however_they_come(size: int) -> None:
    parts = await read(Chunks(*cut(FIRST + SECOND, size)))
    assert b"".join(parts) == FIRST + SECOND
    assert all(part.endswith(b"\n\n") for part in parts)


async def test_an_event_is_not_waited_with_for_the_next_one() -> None:
    parts = await read(Chunks(FIRST, SECOND[:9], SECOND[9:]))
    assert parts == [FIRST, SECOND]


@pytest.mark.parametrize("chunk", [b"", FIRST, FIRST + SECOND[:9]])
async def test_what_breaks_off_ends_with_an_error_event(chunk: bytes) -> None:
    parts = await read(Chunks(chunk, at_end=BackendError()))
    assert parts[:-1] == ([FIRST] if chunk else [])
    name, _, data = parts[-1].decode().partition("\ndata: ")
    assert name == "event: error"
    assert data.endswith("\n\n")
    assert json.loads(data)["error"]["code"] == "backend"


async def test_the_answer_says_who_speaks_and_that_nobody_may_keep_it() -> None:
    headers = (await opened(Chunks(FIRST))).headers
    assert (headers["X-Model"], headers["X-Reason"]) == ("aya", "health")
    assert (headers["Cache-Control"], headers["X-Accel-Buffering"]) == ("no-cache", "no")


async def test_what_fails_before_the_first_event_is_raised() -> None:
    chunks = Chunks(at_once=OverloadedError("full"))
    with pytest.raises(LinguaNexusError, match="full"):
        await opened(chunks)
    assert chunks.left


@asynccontextmanager
async def listening(gateway: Whole) -> AsyncIterator[AsyncIterator[bytes]]:
    """What comes of a stream, through a real socket."""
    async with (
        served(gateway.front) as url,
        httpx2.AsyncClient() as client,
        client.stream("POST", f"{url}{PATH}", json=ASKED) as answer,
    ):
        assert answer.status_code == 200
        yield answer.aiter_bytes()


async def test_events_come_through_while_the_model_still_speaks() -> None:
    more = asyncio.Event()

    async def slow(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.chunk(FIRST)
        await more.wait()
        await exchange.chunk(SECOND)
        await exchange.write(b"0\r\n\r\n")

    async with (
        asyncio.timeout(SECONDS),
        before_service(speaking(slow)) as gateway,
        listening(gateway) as events,
    ):
        assert await anext(events) == FIRST
        more.set()
        assert await anext(events) == SECOND
        assert [event async for event in events] == []


async def test_a_caller_who_leaves_midway_closes_the_models_connection() -> None:
    closed = asyncio.Event()

    async def endless(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.chunk(FIRST)
        await exchange.gone()
        closed.set()

    async with asyncio.timeout(SECONDS), before_service(speaking(endless)) as gateway:
        async with listening(gateway) as events:
            assert await anext(events) == FIRST
        await closed.wait()


async def test_a_model_that_is_killed_midway_is_told_to_the_caller() -> None:
    async def killed(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.chunk(FIRST + SECOND[:5])
        exchange.reset()

    async with (
        asyncio.timeout(SECONDS),
        before_service(speaking(killed)) as gateway,
        listening(gateway) as events,
    ):
        told = b"".join([event async for event in events])
    assert told.startswith(FIRST + b"event: error\ndata: ")
    error = json.loads(told.removeprefix(FIRST).partition(b"data: ")[2])["error"]
    assert (error["code"], bool(error["request_id"])) == ("backend", True)


async def test_a_caller_who_is_gone_before_it_begins_leaves_nothing_open() -> None:
    closed, asked = asyncio.Event(), asyncio.Event()

    async def silent(exchange: Exchange) -> None:
        asked.set()
        await exchange.gone()
        closed.set()

    async with (
        asyncio.timeout(SECONDS),
        before_service(speaking(silent)) as gateway,
        served(gateway.front) as url,
    ):
        async with httpx2.AsyncClient() as client:
            call = asyncio.create_task(client.post(f"{url}{PATH}", json=ASKED))
            await asked.wait()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
        await closed.wait()
