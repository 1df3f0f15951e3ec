"""Clients that misbehave: what they send, and what they make of a server that takes it badly."""

import contextlib
import re
import socket
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

import pytest

from load_tests.clients import BROKEN, SLOW, Misbehaviour, fault_of, slow_read
from load_tests.connection import Connection
from load_tests.server import free_port

WAYS: Mapping[str, Misbehaviour] = {**SLOW, **BROKEN}
PROPER = {
    "oversized": 413,
    "oversized-chunks": 413,
    "malformed": 422,
    "nested": 422,
    "silent": 400,
    "cut-short": 400,
    "garbage": 400,
}
"""What a server should say; 200 to the others."""


def answer(status: int, body: bytes = b"{}", length: int | None = None) -> bytes:
    announced = len(body) if length is None else length
    return b"HTTP/1.1 %d Said\r\ncontent-length: %d\r\n\r\n%b" % (status, announced, body)


class Listener:
    """A server of one connection: it says what it is told to, and keeps what it heard.

    It answers once what it waits for has come, or the client has said that nothing more will;
    without an answer it hangs up then, and with `hang` it does not even do that.
    """

    def __init__(
        self, said: bytes, *, until: Callable[[bytes], bool] = bool, hang: bool = False
    ) -> None:
        self.heard = b""
        self.reset = False
        self._said, self._until, self._hang = said, until, hang
        self._over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join(20)
        assert not self._thread.is_alive()
        self._socket.close()

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        connection.settimeout(20)
        with connection:
            try:
                self._listen(connection)
                if self._hang:
                    self._over.wait(20)
                connection.sendall(self._said)
                connection.shutdown(socket.SHUT_WR)
                while piece := connection.recv(2**16):
                    self.heard += piece
            except ConnectionError:
                self.reset = True

    def _listen(self, connection: socket.socket) -> None:
        while piece := connection.recv(2**16):
            self.heard += piece
            if self._until(self.heard):
                return


def whole(heard: bytes) -> bool:
    """Whether a request came with all of the body that it announced."""
    head, found, body = heard.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    if length is None:
        return bool(found) and (body.endswith(b"0\r\n\r\n") or not head.startswith(b"POST"))
    return bool(found) and len(body) >= min(int(length[1]), 60)


def misbehave(name: str, listener: Listener) -> str | None:
    return fault_of(WAYS[name], listener.url, {}, pause_s=0.001, timeout_s=5)


@pytest.mark.parametrize("name", WAYS)
def test_a_server_that_takes_it_well_has_no_fault(name: str) -> None:
    with Listener(answer(PROPER.get(name, 200)), until=whole) as listener:
        assert misbehave(name, listener) is None


@pytest.mark.parametrize("name", [name for name in WAYS if name != "vanished"])
def test_a_server_error_is_a_fault(name: str) -> None:
    with Listener(answer(500), until=whole) as listener:
        fault = misbehave(name, listener)
    assert fault is not None
    assert fault.startswith("status 500 instead of ")


def test_hanging_up_on_who_did_nothing_wrong_is_a_fault() -> None:
    for name in ("slow-body", "slow-read", "malformed", "oversized"):
        with Listener(b"", until=whole) as listener:
            assert str(misbehave(name, listener)).startswith("hung up instead of status ")


def test_no_answer_at_all_is_a_fault() -> None:
    with Listener(b"", until=whole, hang=True) as listener:
        fault = fault_of(WAYS["malformed"], listener.url, {}, timeout_s=0.2)
    assert fault == "neither answered nor hung up on for 0.2 s"


def test_no_server_is_a_fault() -> None:
    fault = fault_of(WAYS["malformed"], f"http://127.0.0.1:{free_port()}", {})
    assert str(fault).startswith("no connection: ")


def test_what_it_sends_is_http_with_the_headers_and_the_path_it_was_given() -> None:
    with Listener(answer(422), until=whole) as listener:
        url = f"{listener.url}/api/v1/"
        assert fault_of(WAYS["malformed"], url, {"x-api-key": "key"}) is None
    head = listener.heard.split(b"\r\n\r\n")[0].decode().splitlines()
    assert head[0] == "POST /api/v1/translate HTTP/1.1"
    assert "x-api-key: key" in head


def test_a_slow_body_comes_in_many_pieces() -> None:
    pieces: list[int] = []

    def seen(heard: bytes) -> bool:
        pieces.append(len(heard))
        return whole(heard)

    with Listener(answer(200), until=seen) as listener:
        assert misbehave("slow-body", listener) is None
    assert len(pieces) > 20


def test_a_slow_reader_hears_the_whole_answer_and_notices_when_it_is_cut() -> None:
    body = b"x" * 20_000
    for length, status in ((len(body), 200), (len(body) + 1, None)):
        with (
            Listener(answer(200, body, length), until=whole) as listener,
            Connection(listener.url, {}, pause_s=0.001) as connection,
        ):
            assert slow_read(connection) == status


def test_who_vanishes_leaves_no_orderly_end() -> None:
    with Listener(b"", until=lambda _: False) as listener:
        assert misbehave("vanished", listener) is None
    assert listener.reset


def test_oversized_chunks_are_more_than_a_service_takes() -> None:
    with Listener(answer(413), until=whole) as listener:
        assert misbehave("oversized-chunks", listener) is None
    assert len(listener.heard) > 8 * 2**20


def test_a_server_that_answers_before_all_was_sent_is_heard() -> None:
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(Listener(answer(413)))
        assert misbehave("oversized-chunks", listener) is None
