"""The demo behind a real `bentoml serve`: probes, clients, shutdown, a worker's death."""

import contextlib
import http.client
import json
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

import bentoml
import psutil
import pytest
from typing_extensions import override

from load_tests.server import Server, ServerError

ASKED = {"text": "Where is the train station?", "source_lang": "en", "target_lang": "fr"}


def long(sentences: int) -> dict[str, str]:
    """No sentence twice: the model translates the same one once."""
    text = " ".join(f"I would like to know where train {n} goes." for n in range(sentences))
    return {**ASKED, "text": text}


LONG = long(150)
KEY = "a-key-of-some-length"
SECONDS = 60
SERVICE = "bentos.nllb:NLLBService"


def ask(server: Server, path: str, body: Any = None, **headers: str) -> tuple[int, Any, Message]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310 - http, ours
        f"{server.url}{path}", data, {"Content-Type": "application/json", **headers}
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - http, ours
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "It did not come to pass."
        time.sleep(0.02)


def sample(server: Server, name: str) -> float:
    # Only this ends a line of the format; BentoML labels its own series with paths as they came.
    lines = ask(server, "/metrics")[1].decode().split("\n")
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name}{{"))


@contextlib.contextmanager
def native_client(url: str, token: str | None = None) -> Iterator[Any]:
    with bentoml.SyncHTTPClient(url, token=token) as client:
        yield client
        cast("Any", client)._temp_dir.cleanup()  # or the collector warns, in some later test


def test_probes_and_metrics_are_served(demo: Server) -> None:
    for path in ("/livez", "/readyz", "/healthz", "/health"):
        assert ask(demo, path)[0] == 200
    ask(demo, "/translate", ASKED)
    assert sample(demo, "translation_model_loaded") == 1
    assert sample(demo, "translation_requests_total") >= 1
    assert sample(demo, "translation_memory_bytes") > 50e6
    assert sample(demo, "bentoml_service_request_total") >= 1


def test_a_sentence_is_translated(demo: Server) -> None:
    status, body, headers = ask(demo, "/translate", ASKED)
    answer = json.loads(body)
    assert status == 200
    assert headers["X-Request-Id"]
    assert answer["translated_text"] != ASKED["text"]
    assert "gare" in answer["translated_text"] or "train" in answer["translated_text"]


def test_a_stream_arrives_segment_by_segment(demo: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", demo.port, timeout=SECONDS)
    connection.request("POST", "/translate/stream", json.dumps(LONG))
    answer = connection.getresponse()
    first = answer.read1()
    assert first.startswith(b"event: segment\ndata: ")
    assert b"event: done" not in first
    assert b"event: done" in answer.read()
    connection.close()


def test_bentomls_own_client_works(demo: Server) -> None:
    with native_client(demo.url) as client:
        answer = client.translate(ASKED)
        batch = client.translate_batch(requests=[ASKED, {"text": ""}])
    assert (
        answer["translated_text"]
        == json.loads(ask(demo, "/translate", ASKED)[1])["translated_text"]
    )
    assert batch["results"][0]["result"]["target_lang"] == "fra_Latn"
    assert batch["results"][1]["error"]["code"] == "invalid_request"


def test_a_language_of_the_full_model_only_is_refused_by_the_demo(demo: Server) -> None:
    status, body, _ = ask(demo, "/translate", {**ASKED, "target_lang": "ja"})
    error = json.loads(body)["error"]
    assert (status, error["code"]) == (400, "unsupported_language")
    assert "make pull:nllb" in error["message"]


def test_a_caller_who_leaves_frees_the_model(demo: Server) -> None:
    before = sample(demo, "translation_requests_total")
    body = json.dumps(long(3000)).encode()
    with socket.create_connection(("127.0.0.1", demo.port)) as connection:
        head = f"POST /translate HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)
        until(lambda: sample(demo, "translation_queue_segments") > 0)
    until(lambda: sample(demo, "translation_queue_segments") == 0)
    until(lambda: sample(demo, "translation_requests_total") == before + 1)
    assert 'outcome="cancelled"' in ask(demo, "/metrics")[1].decode()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_keys_guard_the_native_endpoints_too(tmp_path: Path, home: Path) -> None:
    env = {"LINGUA_NEXUS_API_KEYS": KEY, "LINGUA_NEXUS_MAX_BODY_BYTES": "2000"}
    with Server(SERVICE, log=tmp_path / "log", env=env, home=home) as server:
        for path in ("/translate", "/bento/translate", "/bento/translate_batch", "/languages"):
            status, body, headers = ask(server, path, None if path == "/languages" else ASKED)
            assert (status, json.loads(body)["error"]["code"]) == (401, "unauthorized")
            assert headers["WWW-Authenticate"].startswith("Bearer")
        for key in ({"X-API-Key": KEY}, {"Authorization": f"Bearer {KEY}"}):
            assert ask(server, "/translate", ASKED, **key)[0] == 200
            assert ask(server, "/bento/translate", ASKED, **key)[0] == 200
            assert ask(server, "/bento/translate", LONG, **key)[0] == 413
        with native_client(server.url, token=KEY) as client:
            assert client.translate(ASKED)["target_lang"] == "fra_Latn"


class Unready(Server):
    """Is up as soon as its process answers; its model may not be."""

    @override
    def _is_ready(self) -> bool:
        with contextlib.suppress(OSError):
            return ask(self, "/livez")[0] == HTTPStatus.OK
        return False


def worker_of(server: Server) -> psutil.Process:
    """The process that holds the model: the one that catches what the test sends."""
    [worker] = [
        process
        for process in psutil.Process(server.pid).children(recursive=True)
        if "_bentoml_impl.worker.service" in " ".join(process.cmdline())
    ]
    return worker


def test_probes_answer_and_texts_are_refused_while_the_model_loads(
    tmp_path: Path, home: Path
) -> None:
    with Unready("tests.e2e.held:HeldService", log=tmp_path / "log", home=home) as server:
        assert ask(server, "/livez")[0] == 200
        assert ask(server, "/readyz")[0] == 503
        status, body, _ = ask(server, "/health")
        assert (status, json.loads(body)["status"]) == (503, "loading")
        status, body, headers = ask(server, "/translate", ASKED)
        assert (status, json.loads(body)["error"]["code"]) == (503, "model_not_ready")
        assert int(headers["Retry-After"]) > 0
        worker_of(server).send_signal(signal.SIGUSR1)
        until(lambda: ask(server, "/readyz")[0] == HTTPStatus.OK)
        assert ask(server, "/translate", ASKED)[0] == 200


def test_weights_that_cannot_be_loaded_are_told_and_the_probes_go_on(
    tmp_path: Path, home: Path
) -> None:
    env = {"NLLB_MODEL_PATH": str(tmp_path)}
    with Unready(SERVICE, log=tmp_path / "log", env=env, home=home) as server:
        until(lambda: json.loads(ask(server, "/health")[1])["status"] == "failed")
        status, body, _ = ask(server, "/health")
        assert status == 503
        assert json.loads(body)["message"]
        assert ask(server, "/livez")[0] == 200
        assert ask(server, "/readyz")[0] == 503


def test_wrong_settings_end_it_at_once_and_are_told(tmp_path: Path, home: Path) -> None:
    server = Server(
        SERVICE, log=tmp_path / "log", env={"LINGUA_NEXUS_API_KEYS": "key:fly"}, home=home
    )
    with pytest.raises(ServerError, match=r"ended with 1[\s\S]*LINGUA_NEXUS_API_KEYS: entry 1"):
        server.start()


def test_sigterm_under_load_loses_no_request(tmp_path: Path, home: Path) -> None:
    callers = 8
    with (
        Server(SERVICE, log=tmp_path / "log", home=home) as server,
        ThreadPoolExecutor(callers) as pool,
    ):
        answers = [pool.submit(ask, server, "/translate", LONG) for _ in range(callers)]
        until(lambda: sample(server, "bentoml_service_request_in_progress") >= callers)
        os.kill(server.pid, signal.SIGTERM)
        assert [answer.result()[0] for answer in answers] == [200] * callers
        until(lambda: not psutil.pid_exists(server.pid) or _has_ended(server))
    assert "Completed async cleanup hook" in (tmp_path / "log").read_text()


def _has_ended(server: Server) -> bool:
    return psutil.Process(server.pid).status() == psutil.STATUS_ZOMBIE


def test_a_killed_worker_comes_back(tmp_path: Path, home: Path) -> None:
    with Server(SERVICE, log=tmp_path / "log", home=home) as server:
        killed = worker_of(server)
        killed.kill()
        until(lambda: not killed.is_running() or killed.status() == psutil.STATUS_ZOMBIE)
        until(lambda: _answers(server))
        assert worker_of(server).pid != killed.pid


def _answers(server: Server) -> bool:
    with contextlib.suppress(OSError):
        return ask(server, "/translate", ASKED)[0] == HTTPStatus.OK
    return False
