"""What is found out of a service before it is put under load, over HTTP."""

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, cast

import pytest
from typing_extensions import override

from load_tests.gateway import models_of, warm
from load_tests.server import ServerError


class Service(HTTPServer):
    """Answers as it was told to, and keeps what it was asked."""

    def __init__(self, answers: dict[str, tuple[int, Any]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.answers = answers
        self.asked: list[tuple[str, str | None, Any]] = []


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        service = cast(Service, self.server)
        length = int(self.headers.get("content-length", 0))
        body = json.loads(self.rfile.read(length)) if length else None
        service.asked.append((self.path, self.headers["x-api-key"], body))
        status, said = service.answers.get(self.path, (404, {}))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def do_POST(self) -> None:
        self.do_GET()

    @override
    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextlib.contextmanager
def served(answers: dict[str, tuple[int, Any]]) -> Iterator[Service]:
    with Service(answers) as service:
        thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield service
        finally:
            service.shutdown()
            thread.join()


def test_a_gateway_names_its_models() -> None:
    backends = {"backends": [{"name": "nllb"}, {"name": "aya"}]}
    with served({"/api/v1/backends": (200, backends)}) as service:
        assert models_of(service.url, {"x-api-key": "key"}) == ("nllb", "aya")
    assert service.asked == [("/api/v1/backends", "key", None)]


def test_another_service_has_none() -> None:
    with served({}) as service:
        assert models_of(service.url, {}) == ()


def test_each_model_translates_once_beforehand() -> None:
    with served({"/api/v1/translate": (200, {})}) as service:
        warm(service.url, ["nllb", "aya"], {"x-api-key": "key"})
    assert [(path, key, body["model"]) for path, key, body in service.asked] == [
        ("/api/v1/translate", "key", "nllb"),
        ("/api/v1/translate", "key", "aya"),
    ]


def test_a_model_that_cannot_translate_ends_it_and_says_why() -> None:
    with (
        served({"/api/v1/translate": (503, {"error": "no memory"})}) as service,
        pytest.raises(ServerError, match=r"nllb was answered with 503: .*no memory"),
    ):
        warm(service.url, ["nllb"], {})
