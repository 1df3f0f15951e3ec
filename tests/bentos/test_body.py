import asyncio
import json

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from bentos.body import BodyLimit
from bentos.errors import BodyTooLargeError, RequestTimeoutError
from bentos.middleware import Gatekeeper
from common.settings import ServiceSettings
from tests.bentos.page_app import served
from tests.bentos.test_middleware import small_app

SCOPE: Scope = {"type": "http", "headers": []}


class Sender:
    """Sends these parts of a body, and then nothing any more."""

    def __init__(self, *parts: bytes, whole: bool) -> None:
        self._messages: list[Message] = [
            {"type": "http.request", "body": part, "more_body": not whole or place < len(parts)}
            for place, part in enumerate(parts, start=1)
        ]
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        if self._messages:
            return self._messages.pop(0)
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    async def send(self, message: Message) -> None:
        self.sent.append(message)


async def counting(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the length of the body, whoever has left."""
    del scope
    read, more = 0, True
    while more:
        message = await receive()
        read += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(read).encode()})


async def test_a_body_that_comes_in_time_is_read_whole() -> None:
    sender = Sender(b"abc", b"de", whole=True)
    await BodyLimit(counting, 5, 60)(SCOPE, sender.receive, sender.send)
    assert sender.sent[-1]["body"] == b"5"


async def test_a_body_that_does_not_end_is_given_up_and_nothing_else_is_answered() -> None:
    sender = Sender(b"abc", whole=False)
    with pytest.raises(RequestTimeoutError):
        await BodyLimit(counting, 1024, 0.05)(SCOPE, sender.receive, sender.send)
    assert sender.sent == []


async def test_a_body_that_turns_out_too_large_is_refused() -> None:
    sender = Sender(b"abc", b"def", whole=True)
    with pytest.raises(BodyTooLargeError):
        await BodyLimit(counting, 5, 60)(SCOPE, sender.receive, sender.send)
    assert sender.sent == []


async def test_who_has_sent_everything_may_wait_for_the_answer() -> None:
    async def patient(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await receive()
        await counting(scope, Sender(b"", whole=True).receive, send)

    sender = Sender(b"abc", whole=True)
    await BodyLimit(patient, 1024, 0.02)(SCOPE, sender.receive, sender.send)
    assert sender.sent[-1]["body"] == b"0"


async def test_who_does_not_read_his_answer_on_has_left() -> None:
    sender = Sender(b"abc", whole=True)
    stopped = asyncio.Event()

    async def stuck(message: Message) -> None:
        await sender.send(message)
        if len(sender.sent) > 1:
            await asyncio.get_running_loop().create_future()

    async def writing(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await counting(scope, receive, send)
        finally:
            stopped.set()

    with pytest.raises(ClientDisconnect):
        await BodyLimit(writing, 1024, 0.05)(SCOPE, sender.receive, stuck)
    assert stopped.is_set()


async def test_a_caller_who_reads_nothing_more_loses_his_connection() -> None:
    ended = asyncio.Event()

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        if scope["type"] != "http":
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            while True:
                body = b"x" * 2**20
                await send({"type": "http.response.body", "body": body, "more_body": True})
        finally:
            ended.set()

    app = Gatekeeper(endless, ServiceSettings(body_timeout_s=0.2), "slow")
    async with served(app) as url:
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /languages HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        await asyncio.wait_for(ended.wait(), 20)
        writer.close()


async def test_a_slow_client_gets_408_and_its_connection_ends() -> None:
    settings = ServiceSettings(body_timeout_s=0.1)
    async with served(small_app(settings)) as url:
        port = int(url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /detect HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
        async with asyncio.timeout(10):
            answer = await reader.read()
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert json.loads(body)["error"]["code"] == "request_timeout"
