"""Callers against a server of which every third answer is none."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typing_extensions import override

from load_tests.benchmarks.callers import WrongAnswerError
from load_tests.benchmarks.fleet import asking
from load_tests.benchmarks.fleet.asking import Asked, Shaped
from load_tests.benchmarks.workload import sentences

_TRANSLATED = b'{"warnings": [], "metadata": {"segments": 1, "tokens_in": 8, "tokens_out": 4}}'


class Failing(ThreadingHTTPServer):
    """Refuses the first of three calls and breaks the second off, where it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = 0
        self.refuses = self.breaks_off = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Failing
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._write(200, b"{}")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        turn, self.server.asked = self.server.asked % 3, self.server.asked + 1
        if turn == 0 and self.server.refuses:
            self._write(503, b'{"error": {"code": "overloaded"}}')
        elif turn == 1 and self.server.breaks_off:
            self.close_connection = True
        else:
            self._write(200, _TRANSLATED)

    def _write(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a test's output is its failures."""


@pytest.fixture
def server() -> Iterator[Failing]:
    failing = Failing()
    thread = threading.Thread(target=failing.serve_forever, args=(0.01,))
    thread.start()
    yield failing
    failing.shutdown()
    thread.join()
    failing.server_close()


def test_what_is_no_translation_is_counted_and_the_others_go_on(server: Failing) -> None:
    server.refuses = server.breaks_off = True
    run = asking.run(server.url, sentences(9), 1, Shaped({}, 16))
    assert (run.sentences, run.failed, len(run.calls_ms)) == (3, 6, 3)
    assert sorted(run.errors.values()) == [3, 3]
    assert any("503" in what for what in run.errors)
    assert any("Disconnected" in what for what in run.errors)


def test_every_text_is_asked_once_by_so_many(server: Failing) -> None:
    run = asking.run(server.url, (one for one in sentences(8)), 4, Shaped({}, 16))
    assert (run.sentences, run.failed, server.asked) == (8, 0, 8)


def test_nothing_but_errors_measures_nothing(server: Failing) -> None:
    server.refuses = True
    with pytest.raises(WrongAnswerError, match="overloaded"):
        asking.run(server.url, sentences(1), 1, Shaped({}, 16))


def test_a_model_is_named_only_where_one_is_meant() -> None:
    one = sentences(1)[0]
    named = Shaped({}, 16, model="aya").body(one)
    assert named == {**Shaped({}, 16).body(one), "model": "aya"}


def test_the_processors_time_is_shared_by_all_calls() -> None:
    calls_ms = [float(number) for number in range(1, 101)]
    run = Asked(100, 1, 0, calls_ms, errors={"any": 100}, between_s=0.4)
    assert run.between_ms == pytest.approx(2)
    assert run.p95_ms == 96
    assert Asked(1, 1, 0, [7.0]).p95_ms == 7
