"""Callers against a small server of our own, which says what it was asked."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from typing_extensions import override

from load_tests.benchmarks import callers
from load_tests.benchmarks.callers import Translate, WrongAnswerError
from load_tests.benchmarks.llamacpp import prefix
from load_tests.benchmarks.workload import sentences


class Translator(ThreadingHTTPServer):
    """Answers as a service does: four tokens of eight, and every other text in a loop."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, Any]] = []
        self.segments = 1

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def translate(self, request: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(request)
        looped = len(self.asked) % 2 == 0
        return {
            "warnings": [{"code": "repetition"}] if looped else [],
            "metadata": {"segments": self.segments, "tokens_in": 8, "tokens_out": 4},
        }


class Handler(BaseHTTPRequestHandler):
    server: Translator
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._write({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._write(self.server.translate(json.loads(body)))

    def _write(self, found: dict[str, Any]) -> None:
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a test's output is its failures."""


@pytest.fixture
def translator() -> Iterator[Translator]:
    server = Translator()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_sentence_is_asked_once(translator: Translator) -> None:
    run = callers.run(translator.url, sentences(6), 3, Translate({"beam_size": 2}, 16))
    assert (run.sentences, run.tokens, run.tokens_in, run.repeated) == (6, 24, 48, 3)
    assert len(run.calls_ms) == 6
    texts = {request["text"] for request in translator.asked}
    assert texts == {one.text for one in sentences(6)}
    assert translator.asked[0]["options"] == {"beam_size": 2, "max_output_tokens": 16}


def test_tokens_over_the_limit_are_not_counted(translator: Translator) -> None:
    assert callers.run(translator.url, sentences(2), 1, Translate({}, 3)).tokens == 6


def test_another_answer_than_the_one_compared_stops_the_run(translator: Translator) -> None:
    translator.segments = 2
    with pytest.raises(WrongAnswerError, match="Not one segment"):
        callers.run(translator.url, sentences(1), 1, Translate({}, 16))


def test_the_second_request_of_a_pair_is_the_warm_one(translator: Translator) -> None:
    pairs = [("de", "en"), ("de", "fr")]
    found = prefix.measure(translator.url, pairs)
    assert [one.ratio for one in found] == [one.warm_ms / one.cold_ms for one in found]
    asked = [(one["source_lang"], one["target_lang"]) for one in translator.asked]
    assert asked == [pairs[0], pairs[0], pairs[1], pairs[1]]
    texts = [one["text"] for one in translator.asked]
    assert texts == [*texts[:2], *reversed(texts[:2])]
    assert texts[0] != texts[1]
    assert all(one["options"] == {"max_output_tokens": 1} for one in translator.asked)
