"""A model's service on loopback that answers byte by byte as a test says; translates nothing."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Self

_POLLED = frozenset({"/readyz", "/health", "/model", "/languages"})


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int
    """Which connection it came by."""


class Exchange:
    """One request, and the connection to answer it on."""

    def __init__(
        self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.request = request
        self._reader = reader
        self._writer = writer

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def reply(self, status: int, body: bytes, *headers: str) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers, "", ""]
        await self.write("\r\n".join(lines).encode() + body)

    async def begin(self) -> None:
        head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked"
        await self.write(f"{head}\r\n\r\n".encode())

    async def chunk(self, data: bytes) -> None:
        await self.write(b"%x\r\n%s\r\n" % (len(data), data))

    async def gone(self) -> None:
        """Wait until the caller has closed the connection."""
        with contextlib.suppress(ConnectionError):
            await self._reader.read()

    def reset(self) -> None:
        self._writer.transport.abort()

    def close(self) -> None:
        self._writer.close()


Answer = Callable[[Exchange], Awaitable[None]]


async def echo(exchange: Exchange) -> None:
    await exchange.reply(200, exchange.request.body, "Content-Type: application/json")


class Service:
    """Serves what the poller asks for itself, and everything else with `answer`."""

    def __init__(self, answer: Answer = echo, *, name: str = "demo") -> None:
        self.answer = answer
        self.ready: bool | None = True
        """None: a poll is not answered at all."""
        self.health: bytes = b'{"status": "loading", "model": "demo", "ready": false}'
        self.model: bytes = json.dumps({"name": name}).encode()
        self.languages: bytes = b'{"languages": [{"code": "eng_Latn"}]}'
        self.requests: list[Request] = []
        self.polls: list[Request] = []
        self.connections = 0
        self.port = 0
        self._arrived = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._tasks: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        # As many may wait to be accepted as with uvicorn.
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", self.port, backlog=2048
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """As a process that is killed: nothing listens, every connection is reset."""
        assert self._server is not None
        self._server.close()
        for task, writer in list(self._tasks.items()):
            writer.transport.abort()
            task.cancel()
        if self._tasks:
            await asyncio.wait(list(self._tasks))

    async def until(self, reached: Callable[[], bool]) -> None:
        """Wait for requests until something is so."""
        async with asyncio.timeout(5):
            while not reached():
                await self._arrived.wait()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks[task] = writer
        self.connections += 1
        connection = self.connections
        try:
            while not writer.is_closing():
                request = await _read(reader, connection)
                await self._serve(Exchange(request, reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the caller has left, or the test is over
        finally:
            del self._tasks[task]
            writer.close()

    async def _serve(self, exchange: Exchange) -> None:
        path = exchange.request.path
        asked = self.polls if path in _POLLED else self.requests
        asked.append(exchange.request)
        self._arrived.set()
        self._arrived = asyncio.Event()
        if path not in _POLLED:
            await self.answer(exchange)
        elif self.ready is None:
            await exchange.gone()
        elif path == "/readyz":
            await exchange.reply(200 if self.ready else 503, b"")
        elif path == "/languages":
            await exchange.reply(200, self.languages)
        else:
            await exchange.reply(200, self.health if path == "/health" else self.model)


async def _read(reader: asyncio.StreamReader, connection: int) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, body, connection)


def unused_url() -> str:
    """Of a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@contextlib.contextmanager
def full_socket() -> Iterator[str]:
    """A URL that takes no connection and refuses none: its queue is full, nobody accepts."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextlib.asynccontextmanager
async def services(*answers: Answer) -> AsyncIterator[list[Service]]:
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(Service(answer)) for answer in answers]


async def hang(exchange: Exchange) -> None:
    await exchange.gone()


async def reset(exchange: Exchange) -> None:
    exchange.reset()


async def garbage(exchange: Exchange) -> None:
    await exchange.write(b"\x00\x01 this is not HTTP\r\n\r\n")


async def half(exchange: Exchange) -> None:
    await exchange.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"translated')
    exchange.close()


async def fail(exchange: Exchange) -> None:
    await exchange.reply(500, b'{"error": {"code": "internal", "message": "m"}}')
