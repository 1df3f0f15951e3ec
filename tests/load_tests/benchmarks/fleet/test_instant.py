import json
import socket
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import pytest

from load_tests.benchmarks.fleet import served
from load_tests.benchmarks.fleet.instant import Instant
from models.base.request_models import TranslationResponse


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instant]:
    with Instant(log=tmp_path_factory.mktemp("instant") / "log") as server:
        yield server


def test_it_speaks_what_the_gateway_asks_for(backend: Instant) -> None:
    spoken = [one["code"] for one in served.ask(backend.url, "/languages")["languages"]]
    assert {"eng_Latn", "deu_Latn"} < set(spoken)
    assert served.ask(backend.url, "/model")["name"] == "instant"
    body = {"text": "x" * 5000, "source_lang": "en", "target_lang": "de"}
    answer = served.ask(backend.url, "/translate?any=thing", body)
    assert TranslationResponse.model_validate(answer).metadata["segments"] == 1


def test_what_it_does_not_know_is_not_found(backend: Instant) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        served.ask(backend.url, "/nothing")


def test_a_request_may_come_in_pieces_and_two_at_once(backend: Instant) -> None:
    post = b"POST /translate HTTP/1.1\r\nContent-Length: 4\r\n\r\n"
    with socket.create_connection(("127.0.0.1", backend.port), timeout=10) as connection:
        for part in (
            post[:9],
            post[9:-1],
            post[-1:],
            b"12",
            b"34GET /readyz HTTP/1.1\r\n",
            b"\r\n",
        ):
            connection.sendall(part)
        received = b""
        while received.count(b"HTTP/1.1 200 OK") < 2 or not received.endswith(b"{}"):
            received += connection.recv(4096)
    assert json.loads(received.split(b"\r\n\r\n")[1].split(b"HTTP/1.1")[0])["warnings"] == []


def test_it_is_started_with_a_port(tmp_path: Path) -> None:
    server = Instant(log=tmp_path / "log")
    assert server.command[-1] == str(server.port)
