from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bentos.management import ollama
from bentos.management.ollama import OllamaError
from tests.bentos.management.server import Ollama, running


@pytest.fixture
def server() -> Iterator[Ollama]:
    with running() as served:
        yield served


@pytest.mark.parametrize(
    "form",
    [
        *("127.0.0.1:{}", "http://127.0.0.1:{}", "http://127.0.0.1:{}/", "0.0.0.0:{}", ":{}"),
        *("localhost:{}", ' "127.0.0.1:{}" ', "http://0.0.0.0:{}"),
    ],
)
def test_models_are_named_however_the_host_is_written(server: Ollama, form: str) -> None:
    assert ollama.names(form.format(server.port)) == ["aya:8b", "llama3.2:1b"]
    assert server.paths == ["/api/tags"]


def test_path_of_a_proxy_is_kept(server: Ollama) -> None:
    ollama.names(f"http://127.0.0.1:{server.port}/ollama/")
    assert server.paths == ["/ollama/api/tags"]


def test_server_without_models_has_none(server: Ollama) -> None:
    server.body = b'{"models": []}'
    assert ollama.names(f"127.0.0.1:{server.port}") == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"<html>", 200),
        (b"", 200),
        (b"[]", 200),
        (b'{"models": null}', 200),
        (b'{"models": [{"name": 1}]}', 200),
        (b'{"models": [{"name": "a\\u001b[2J"}]}', 200),
        (b'{"models": []}', 404),
        (b" " * 4_000_001, 200),
        (b"\xff\xfe", 200),
    ],
)
def test_nonsense_is_no_ollama_server(server: Ollama, body: bytes, status: int) -> None:
    server.body, server.status = body, status
    with pytest.raises(OllamaError, match=f"answers at 127.0.0.1:{server.port} is no Ollama"):
        ollama.names(f"127.0.0.1:{server.port}")


def test_what_speaks_no_http_is_no_ollama_server(server: Ollama) -> None:
    with pytest.raises(OllamaError, match="cannot be reached"):
        ollama.names(f"https://127.0.0.1:{server.port}")


def test_slow_answer_is_given_up(server: Ollama) -> None:
    server.stalled = True
    with pytest.raises(OllamaError, match="does not answer in time"):
        ollama.names(f"127.0.0.1:{server.port}", timeout_s=0.3)


def test_nobody_there_is_said(server: Ollama) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as gone:
        port = gone.server_address[1]
    assert port != server.port
    with pytest.raises(
        OllamaError, match=f"127.0.0.1:{port} cannot be reached: Connection refused"
    ):
        ollama.names(f"127.0.0.1:{port}")


@pytest.mark.parametrize(
    "host", ["ftp://127.0.0.1", "127.0.0.1:no", "127.0.0.1:99999", "a b", "[::1", "a\nb"]
)
def test_what_is_no_host_is_named(host: str) -> None:
    with pytest.raises(OllamaError, match="OLLAMA_HOST is no host"):
        ollama.names(host)


@pytest.mark.parametrize(
    ("host", "netloc"),
    [
        ("somewhere", "somewhere:11434"),
        ("http://somewhere", "somewhere:80"),
        ("https://somewhere", "somewhere:443"),
        ("[::1]", "[::1]:11434"),
        ("[::]:5", "[::1]:5"),
        ("", "127.0.0.1:11434"),
    ],
)
def test_port_is_the_one_that_ollamas_own_programs_take(host: str, netloc: str) -> None:
    assert ollama._url(host).netloc == netloc
