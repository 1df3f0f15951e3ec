"""HTTP to one URL: requests out, answers in, errors as ours; keeps no account of either."""

import contextlib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from yarl import URL

from bentos.gateway.errors import BackendError
from bentos.gateway.headers import forwarded, returned
from common.settings import MAX_TIMEOUT_S
from models.base.exceptions import DeadlineExceededError

_FOR_POLLS: Final = 8
"""Connections beyond those for calls, so that no poll waits behind a call."""
_LARGE: Final = 2**20
_PATH: Final = re.compile(r"/[!-~]*")
# Below uvicorn's 5 s: a connection that the server is about to close is not used any more.
_KEPT_S: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendLimits:
    """What one backend may be asked for, and how long is waited for it."""

    max_concurrent: int = 512
    """Calls at once, over all its URLs."""
    max_waiting: int = 1024
    """Calls that wait for one of those to end; more are refused."""
    timeout_s: float = MAX_TIMEOUT_S
    """For an answer; a caller who has less time waits less."""
    max_reply_bytes: int = 64 * 1024 * 1024
    connect_timeout_s: float = 5.0
    """Many at once may need that; who is not there at all is known by polling."""
    poll_every_s: float = 0.5
    poll_timeout_s: float = 0.9
    breaker_failures: int = 5
    """In a row, of one URL, until it is left alone."""
    breaker_open_s: float = 5.0
    """For how long."""
    api_key: str | None = field(default=None, repr=False)
    """Sent as `X-API-Key`."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, of any status; headers by lower-case name, hop-by-hop ones left out."""

    status: int
    headers: dict[str, str]
    body: bytes


class NotSentError(Exception):
    """No connection was made: nothing of the request has left, another URL may be asked."""


class RefusedError(NotSentError):
    """Nobody listens there."""


class Transport:
    """Order: `open`, then requests, then `close`; all on one event loop.

    No POST is sent twice; aiohttp repeats GET where a kept connection turns out to be closed.
    """

    def __init__(self, url: str, limits: BackendLimits) -> None:
        self.url = _base(url)
        self._limits = limits
        self._session: aiohttp.ClientSession | None = None

    def open(self) -> None:
        key = self._limits.api_key
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._limits.max_concurrent + _FOR_POLLS, keepalive_timeout=_KEPT_S
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity"} | ({"X-API-Key": key} if key else {}),
            skip_auto_headers=("User-Agent", "Accept", "Content-Type"),
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=self._limits.connect_timeout_s, ceil_threshold=60
            ),
            trust_env=False,
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def exchange(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Reply:
        response = await self.ask(method, path, body, headers)
        try:
            body = await self.read(response)
            return Reply(response.status, returned(response.headers), body)
        finally:
            response.close()  # back in the pool already where it was read to its end

    async def ask(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> aiohttp.ClientResponse:
        if _PATH.fullmatch(path) is None:
            raise ValueError("A path begins with a slash and has neither spaces nor controls.")
        if self._session is None:
            raise RuntimeError("It is not open.")
        return await self._session.request(
            method,
            URL(f"{self.url}{path}", encoded=True),
            # As one piece, aiohttp warns of a large body and copies it at once.
            data=io.BytesIO(body) if len(body) > _LARGE else body or None,
            headers=forwarded(headers),
            allow_redirects=False,
        )

    async def read(self, response: aiohttp.ClientResponse) -> bytes:
        parts, size = list[bytes](), 0
        async for part in response.content.iter_any():
            size += len(part)
            if size > self._limits.max_reply_bytes:
                raise BackendError("The model's service gave an answer that is too large.")
            parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Says aiohttp's errors as ours."""
    try:
        yield
    except aiohttp.ConnectionTimeoutError as error:
        raise NotSentError("It takes no connection in time.") from error
    except aiohttp.ClientConnectorError as error:
        raise RefusedError("It refuses connections.") from error
    except TimeoutError as error:
        raise DeadlineExceededError("The model's service took too long to answer.") from error
    except aiohttp.ClientPayloadError as error:
        raise BackendError("The model's service broke off in the middle of its answer.") from error
    except aiohttp.ClientResponseError as error:
        raise BackendError from error
    except (aiohttp.ClientError, OSError) as error:
        raise BackendError("The model's service broke the connection.") from error


def _base(url: str) -> str:
    parsed = URL(url)
    if parsed.scheme not in {"http", "https"} or not parsed.host or parsed.user is not None:
        raise ValueError("A backend's URL is http://HOST:PORT or https://, without credentials.")
    if parsed.query_string or parsed.fragment:
        raise ValueError("A backend's URL has neither query nor fragment.")
    return str(parsed).rstrip("/")
