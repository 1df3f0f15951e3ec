"""Asks the old server exactly what a caller asked; not who is to be asked, nor what is compared."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import aiohttp
from starlette.types import Scope, Send
from yarl import URL

Headers = tuple[tuple[bytes, bytes], ...]

_HOP_BY_HOP: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization"}
    | {b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)
# The whole body is at hand: its length is said anew, and nobody waits for leave to send it. Whose
# address the old server counts requests for is ours to say: it believes what stands there.
_SAID_ANEW: Final = frozenset(
    {b"content-length", b"expect", b"forwarded", b"x-forwarded-for", b"x-real-ip"}
)
_AUTOMATIC: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
_CONNECTIONS: Final = 512


class UnreachableError(Exception):
    """No answer came of it. `sent` says whether the request may have arrived."""

    def __init__(self, *, sent: bool) -> None:
        super().__init__("the old server gave no answer")
        self.sent = sent


class SilentError(Exception):
    """The old server took the request and said nothing for too long."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller asked, read to its end."""

    method: str
    target: str
    """Path and query as they were sent."""
    headers: Headers
    client: str | None
    body: bytes

    @classmethod
    def of(cls, scope: Scope, body: bytes) -> "Request":
        raw = scope.get("raw_path") or quote(scope["path"]).encode()
        query = scope.get("query_string", b"")
        target = (raw.partition(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")
        client = scope.get("client")
        headers = tuple((bytes(name), bytes(value)) for name, value in scope["headers"])
        return cls(scope["method"], target, headers, client[0] if client else None, body)


class Predecessor:
    """The old server at one address, which only the operator chooses.

    Its connection pool is opened with the first request; `close` ends it.
    """

    def __init__(self, url: str, *, connect_s: float = 2.0, silence_s: float = 120.0) -> None:
        parsed = URL(url)
        is_plain = parsed.scheme in {"http", "https"} and parsed.host and not parsed.user
        if not is_plain or parsed.query_string or parsed.fragment:
            raise ValueError("The old server's address must be like http://host:port.")
        self._base = url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=connect_s, sock_read=silence_s
        )
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def ask(self, request: Request) -> AsyncIterator[aiohttp.ClientResponse]:
        """Its answer, as soon as that begins.

        Raises:
            UnreachableError: It was not reached, or nothing came back.
            SilentError: It was reached, and said nothing in time.
        """
        response = await self._begun(request)
        try:
            yield response
        finally:
            # Not to its end: whoever leaves early must not leave its rest to the next request.
            response.close() if not response.content.at_eof() else response.release()

    async def _begun(self, request: Request) -> aiohttp.ClientResponse:
        try:
            return await self._opened().request(
                request.method,
                # Encoded already, and always behind our own host: a target begins with a slash.
                URL(f"{self._base}/{request.target.removeprefix('/')}", encoded=True),
                headers=_forwarded(request),
                data=request.body or None,
                allow_redirects=False,
                skip_auto_headers=_AUTOMATIC,
            )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise UnreachableError(sent=False) from error
        except TimeoutError as error:
            raise SilentError from error
        except aiohttp.ClientError as error:
            raise UnreachableError(sent=True) from error

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # Shorter than a server keeps them, so that none is taken that it is closing.
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=2.0),
                cookie_jar=aiohttp.DummyCookieJar(),  # or one caller's would be sent with another's
                timeout=self._timeout,
                auto_decompress=False,
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


async def forward(response: aiohttp.ClientResponse, send: Send) -> None:
    """Pass an answer on as it comes.

    One that breaks off stays unfinished: the server then cuts the caller's connection, so that
    nobody takes half an answer for a whole one.
    """
    headers = end_to_end((name.lower(), value) for name, value in response.raw_headers)
    start = {"type": "http.response.start", "status": response.status, "headers": headers}
    await send(start)
    try:
        async for chunk in response.content.iter_any():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except (aiohttp.ClientError, TimeoutError):
        return
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Without those that hold between two neighbours only, by lower-case name."""
    pairs = list(headers)
    named = {
        each.strip().lower()
        for name, value in pairs
        if name == b"connection"
        for each in value.split(b",")
    }
    return [(name, value) for name, value in pairs if name not in _HOP_BY_HOP | named]


def _forwarded(request: Request) -> list[tuple[str, str]]:
    """The caller's own, its key and its host included; the old server counts by address."""
    kept = [pair for pair in end_to_end(request.headers) if pair[0] not in _SAID_ANEW]
    if request.client is not None:
        kept.append((b"x-forwarded-for", request.client.encode("latin-1")))
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in kept]
