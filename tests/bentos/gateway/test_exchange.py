import asyncio
from collections.abc import Iterable

import pytest
from starlette.types import Message, Receive

from bentos.gateway.comparison import Seen, Side
from bentos.gateway.exchange import (
    Held,
    LeftError,
    Outgoing,
    TooLargeError,
    listening,
    nowhere,
    read,
    unless_left,
)


def receiving(*messages: Message) -> Receive:
    left = list(messages)

    async def receive() -> Message:
        return left.pop(0) if left else await asyncio.Event().wait()  # type: ignore[return-value]

    return receive


def part(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


GONE: Message = {"type": "http.disconnect"}


async def test_body_is_read_to_its_end() -> None:
    assert await read(receiving(part(b"ab", more=True), part(b"c")), 3) == b"abc"
    with pytest.raises(TooLargeError):
        await read(receiving(part(b"ab", more=True), part(b"cd", more=True)), 3)
    with pytest.raises(LeftError):
        await read(receiving(part(b"ab", more=True), GONE), 3)


async def test_reader_hears_that_the_caller_left() -> None:
    async with listening(receiving(part(b"late"), GONE), b"body") as (receive, left):
        assert await receive() == part(b"body")
        assert await receive() == GONE
        assert left.done()


async def test_work_ends_when_the_caller_leaves() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with listening(receiving(GONE), b"") as (_, left):
        await unless_left(left, work())
    assert ended.is_set()


async def test_failing_work_fails() -> None:
    async def work() -> None:
        raise LeftError

    async with listening(receiving(), b"") as (_, left):
        with pytest.raises(LeftError):
            await unless_left(left, work())


async def test_cancelling_ends_the_work_too() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with listening(receiving(), b"") as (_, left):
        running = asyncio.create_task(unless_left(left, work()))
        await begun.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await ended.wait()


def messages(
    status: int, *chunks: bytes, headers: Iterable[tuple[bytes, bytes]] = ()
) -> list[Message]:
    start = {"type": "http.response.start", "status": status, "headers": list(headers)}
    bodies = [{"type": "http.response.body", "body": c, "more_body": True} for c in chunks]
    return [start, *bodies, {"type": "http.response.body"}]


async def test_answer_says_who_gave_it_and_is_kept_for_comparing() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    going = Outgoing(send, Side.OLD, 10)
    for message in messages(200, b"ab", b"cd"):
        assert not going.complete
        await going(message)
    assert going.complete
    assert going.seen() == Seen(200, b"abcd")
    assert sent[0]["headers"] == [(b"x-served-by", b"old")]


@pytest.mark.parametrize(
    "answer", [messages(200, b"abc", b"d"), messages(200, headers=[(b"content-encoding", b"gzip")])]
)
async def test_long_or_compressed_answer_is_not_kept(answer: list[Message]) -> None:
    going = Outgoing(nowhere, Side.NEW, 3)
    for message in answer:
        await going(message)
    assert going.seen() == Seen(200, None)


async def test_only_an_answer_that_is_not_ready_is_held_back() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    held = Held(send)
    for message in messages(200, b"a"):
        await held(message)
    assert (len(sent), held.messages) == (3, [])
    held = Held(send)
    for message in messages(503, b"a"):
        await held(message)
    assert (len(sent), held.messages) == (3, messages(503, b"a"))
