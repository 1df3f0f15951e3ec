"""Clients that misbehave on a connection of their own, and what they must hear; not how often."""

import contextlib
import http.client
import io
import itertools
import json
import random
import socket
import ssl
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

PAUSE_S = 0.05
TIMEOUT_S = 15.0
"""Who is neither answered nor hung up on for so long has found a fault."""

_HTTP, _HTTPS = 80, 443
_RECEIVE_BUFFER = 2048
_SLOW_READS = 60
_SLOW_READ = 64
_OVERSIZED = 9 * 2**20
"""More than a service takes unless it is told to: 8 MiB."""
_CHUNK = 2**18
_ANNOUNCED = 10**12
_BODY = json.dumps({"text": "Good morning.", "source_lang": "en", "target_lang": "fr"}).encode()
_BATCH = b"[" + b",".join([_BODY] * 64) + b"]"


class Connection:
    """One connection to a service, over which anything may be sent.

    `pause_s` is how long a slow client waits between two pieces, `timeout_s` how long for anything
    to move, `small` whether there is little room for the answer.
    """

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        *,
        pause_s: float = PAUSE_S,
        timeout_s: float = TIMEOUT_S,
        small: bool = False,
    ) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._prefix = parts.path.rstrip("/")
        self._headers = {"host": parts.netloc, "content-type": "application/json", **headers}
        self._pause_s = pause_s
        self._socket = socket.socket()
        self._socket.settimeout(timeout_s)
        if small:
            # Else the kernel takes the whole answer for a client that does not read.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        try:
            self._open(parts.port, secure=parts.scheme == "https")
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._socket.close()

    def _open(self, port: int | None, *, secure: bool) -> None:
        self._socket.connect((self._host, port or (_HTTPS if secure else _HTTP)))
        if secure:
            context = ssl.create_default_context()
            self._socket = context.wrap_socket(self._socket, server_hostname=self._host)

    def head(self, path: str, **headers: str) -> bytes:
        """What a request begins with; `content_length="5"` becomes a header."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"{name}: {value}" for name, value in (self._headers | given).items()]
        return "\r\n".join([f"POST {self._prefix}{path} HTTP/1.1", *lines, "", ""]).encode()

    def send(self, data: bytes) -> None:
        """Send it all; a server that hung up meanwhile is noticed when its answer is read."""
        with contextlib.suppress(ConnectionError):
            self._socket.sendall(data)

    def trickle(self, data: bytes) -> None:
        """Send it a byte at a time."""
        for byte in data:
            self.send(bytes([byte]))
            time.sleep(self._pause_s)

    def half_close(self) -> None:
        """Say that nothing more is sent; the answer may still be read."""
        with contextlib.suppress(OSError):  # the server may have closed all of it
            self._socket.shutdown(socket.SHUT_WR)

    def wait(self, pauses: int) -> None:
        time.sleep(pauses * self._pause_s)

    def reset(self) -> None:
        """Hang up as a client that crashed does, without the end that TCP foresees."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def status(self) -> int | None:
        """The answer's, read to its end; None when the server hung up instead."""
        answer = http.client.HTTPResponse(self._socket)
        try:
            answer.begin()
            answer.read()
        except (http.client.HTTPException, ConnectionError):
            return None
        return answer.status

    def status_read_slowly(self) -> int | None:
        """The same of an answer with `Connection: close`, its first bytes taken a few at a time."""
        heard = bytearray()
        for read in itertools.count():
            slowly = read < _SLOW_READS
            piece = self._socket.recv(_SLOW_READ if slowly else _CHUNK)
            if not piece:
                break
            heard += piece
            if slowly:
                time.sleep(self._pause_s)
        return _status_of(bytes(heard))


def _status_of(answer: bytes) -> int | None:
    """None where it is not whole."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, _, headers = head.partition(b"\r\n")
    said = http.client.parse_headers(io.BytesIO(headers + b"\r\n\r\n"))
    return int(first.split()[1]) if str(len(body)) == said["content-length"] else None


@dataclass(frozen=True)
class Misbehaviour:
    """What a client does, and the statuses it may be answered with; None: hung up on."""

    act: Callable[[Connection], int | None]
    expected: frozenset[int | None]
    small: bool = False
    """Whether it leaves little room for the answer."""


def slow_body(connection: Connection) -> int | None:
    """A right request, a byte at a time."""
    connection.send(connection.head("/translate", content_length=str(len(_BODY))))
    connection.trickle(_BODY)
    return connection.status()


def slow_read(connection: Connection) -> int | None:
    """A right request whose answer is taken a few bytes at a time."""
    length = str(len(_BATCH))
    head = connection.head("/translate/batch", content_length=length, connection="close")
    connection.send(head + _BATCH)
    return connection.status_read_slowly()


def silent(connection: Connection) -> int | None:
    """Half a request's head and then nothing, until the client gives up."""
    connection.send(connection.head("/translate", content_length=str(len(_BODY)))[:40])
    connection.wait(_SLOW_READS)
    connection.half_close()
    return connection.status()


def oversized(connection: Connection) -> int | None:
    """A body announced far too large, of which little comes."""
    connection.send(connection.head("/translate", content_length=str(_ANNOUNCED)) + _BODY)
    return connection.status()


def oversized_chunks(connection: Connection) -> int | None:
    """A body that turns out too large while it comes."""
    connection.send(connection.head("/translate", transfer_encoding="chunked"))
    chunk = b"%x\r\n%b\r\n" % (_CHUNK, b" " * _CHUNK)
    for _ in range(_OVERSIZED // _CHUNK):
        connection.send(chunk)
    connection.send(b"0\r\n\r\n")
    return connection.status()


def malformed(connection: Connection) -> int | None:
    """A body that is neither UTF-8 nor JSON."""
    body = b'{"text": "\xff\xfe'
    connection.send(connection.head("/translate", content_length=str(len(body))) + body)
    return connection.status()


def nested(connection: Connection) -> int | None:
    """JSON of more levels than a parser may follow."""
    body = b"[" * 100_000
    connection.send(connection.head("/translate", content_length=str(len(body))) + body)
    return connection.status()


def half_closed(connection: Connection) -> int | None:
    """A right request, its end of the connection closed right behind."""
    connection.send(connection.head("/translate", content_length=str(len(_BODY))) + _BODY)
    connection.half_close()
    return connection.status()


def cut_short(connection: Connection) -> int | None:
    """Half the body that was announced, then the end."""
    connection.send(connection.head("/translate", content_length=str(len(_BODY))) + _BODY[:20])
    connection.half_close()
    return connection.status()


def vanished(connection: Connection) -> int | None:
    """Gone, as after a crash, while its request is worked on."""
    connection.send(connection.head("/translate/batch", content_length=str(len(_BATCH))) + _BATCH)
    connection.wait(1)
    connection.reset()
    return None


def garbage(connection: Connection) -> int | None:
    """No HTTP at all."""
    connection.send(random.randbytes(512) + b"\r\n\r\n")
    return connection.status()


_HUNG_UP = None
_RIGHT = HTTPStatus.OK
_TOO_LARGE = frozenset({HTTPStatus.REQUEST_ENTITY_TOO_LARGE})
_INVALID = frozenset({HTTPStatus.UNPROCESSABLE_ENTITY})
_REFUSED = frozenset({HTTPStatus.BAD_REQUEST, _HUNG_UP})
_TIMED_OUT = HTTPStatus.REQUEST_TIMEOUT

SLOW: Mapping[str, Misbehaviour] = {
    "slow-body": Misbehaviour(slow_body, frozenset({_RIGHT, _TIMED_OUT})),
    "slow-read": Misbehaviour(slow_read, frozenset({_RIGHT}), small=True),
    "silent": Misbehaviour(silent, _REFUSED | {_TIMED_OUT}),
}
BROKEN: Mapping[str, Misbehaviour] = {
    "oversized": Misbehaviour(oversized, _TOO_LARGE),
    "oversized-chunks": Misbehaviour(oversized_chunks, _TOO_LARGE),
    "malformed": Misbehaviour(malformed, _INVALID),
    "nested": Misbehaviour(nested, _INVALID),
    "half-closed": Misbehaviour(half_closed, frozenset({_RIGHT, _HUNG_UP})),
    "cut-short": Misbehaviour(cut_short, _REFUSED),
    "vanished": Misbehaviour(vanished, frozenset({_HUNG_UP})),
    "garbage": Misbehaviour(garbage, _REFUSED),
}


def fault_of(
    misbehaviour: Misbehaviour,
    url: str,
    headers: Mapping[str, str],
    *,
    pause_s: float = PAUSE_S,
    timeout_s: float = TIMEOUT_S,
) -> str | None:
    """Misbehaves once. What is wrong with how the server took it; None: nothing."""
    small = misbehaviour.small
    try:
        with Connection(
            url, headers, pause_s=pause_s, timeout_s=timeout_s, small=small
        ) as connection:
            status = misbehaviour.act(connection)
    except TimeoutError:
        return f"neither answered nor hung up on for {timeout_s:g} s"
    except OSError as error:
        return f"no connection: {error}"
    if status in misbehaviour.expected:
        return None
    wanted = " or ".join(sorted(map(_said, misbehaviour.expected)))
    return f"{_said(status)} instead of {wanted}"


def _said(status: int | None) -> str:
    return "hung up" if status is None else f"status {int(status)}"
