"""Clients that misbehave on a connection of their own, and what they must hear; not how often."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from load_tests.connection import PAUSE_S, SLOW_READS, TIMEOUT_S, Connection

_OVERSIZED = 9 * 2**20
"""More than a service takes unless it is told to: 8 MiB."""
_CHUNK = 2**18
_ANNOUNCED = 10**12
_BODY = json.dumps({"text": "Good morning.", "source_lang": "en", "target_lang": "fr"}).encode()
_BATCH = b"[" + b",".join([_BODY] * 64) + b"]"


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
    connection.wait(SLOW_READS)
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
