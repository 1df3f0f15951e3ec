"""A connection over which anything may be sent, at any pace; not what a client does with it."""

import contextlib
import http.client
import io
import itertools
import socket
import ssl
import struct
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

PAUSE_S = 0.05
TIMEOUT_S = 15.0
"""Who is neither answered nor hung up on for so long has found a fault."""
SLOW_READS = 60

_HTTP, _HTTPS = 80, 443
_RECEIVE_BUFFER = 2048
_SLOW_READ, _READ = 64, 2**18


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
            slowly = read < SLOW_READS
            piece = self._socket.recv(_SLOW_READ if slowly else _READ)
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
