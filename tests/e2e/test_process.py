"""The process that serves a model: loading, failing to, ending under load, crashing under load."""

import http.client
import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from load_tests.server import Server, ServerError
from tests.e2e.calls import (
    ASKED,
    Unready,
    UnreadyDemo,
    answers,
    ask,
    has_ended,
    long,
    sample,
    until,
    worker_of,
)
from tests.e2e.found import Demo, setting

CALLERS = 8
LONG = long(60)
HELD = "tests.e2e.held:HeldService"


def test_probes_answer_and_texts_are_refused_while_the_model_loads(tmp_path: Path) -> None:
    with Unready(HELD, log=tmp_path / "log", home=tmp_path / "home") as server:
        assert ask(server, "/livez")[0] == 200
        assert ask(server, "/readyz")[0] == 503
        status, body, _ = ask(server, "/health")
        assert (status, json.loads(body)["status"]) == (503, "loading")
        status, body, headers = ask(server, "/translate", ASKED)
        assert (status, json.loads(body)["error"]["code"]) == (503, "model_not_ready")
        assert int(headers["Retry-After"]) > 0
        worker_of(server).send_signal(signal.SIGUSR1)
        until(lambda: answers(server, "/readyz"))
        assert ask(server, "/translate", ASKED)[0] == 200


def test_weights_that_cannot_be_loaded_are_told_and_the_probes_go_on(
    model: str, tmp_path: Path
) -> None:
    env = {setting(model, "MODEL_PATH"): str(tmp_path)}
    with UnreadyDemo(model, tmp_path, env) as server:
        until(lambda: json.loads(ask(server, "/health")[1])["status"] == "failed")
        status, body, _ = ask(server, "/health")
        assert status == 503
        assert json.loads(body)["message"]
        assert ask(server, "/livez")[0] == 200
        assert ask(server, "/readyz")[0] == 503
        status, body, _ = ask(server, "/translate", ASKED)
        assert (status, json.loads(body)["error"]["code"]) == (503, "model_not_ready")


def test_wrong_settings_end_it_at_once_and_are_told(tmp_path: Path) -> None:
    env = {"LINGUA_NEXUS_API_KEYS": "key:fly"}
    server = Server(HELD, log=tmp_path / "log", env=env, home=tmp_path / "home")
    with pytest.raises(ServerError, match=r"ended with 1[\s\S]*LINGUA_NEXUS_API_KEYS: entry 1"):
        server.start()


def test_sigterm_under_load_loses_no_request(model: str, tmp_path: Path) -> None:
    with Demo(model, tmp_path) as server, ThreadPoolExecutor(CALLERS) as pool:
        asked = [pool.submit(ask, server, "/translate", LONG) for _ in range(CALLERS)]
        until(lambda: sample(server, "bentoml_service_request_in_progress") >= CALLERS)
        os.kill(server.pid, signal.SIGTERM)
        assert [answer.result()[0] for answer in asked] == [200] * CALLERS
        until(lambda: has_ended(server.pid))
    assert "Completed async cleanup hook" in (tmp_path / "log").read_text()


def ending(server: Server) -> int | None:
    """How a long request ended: with a status, or none where the connection was closed."""
    try:
        return ask(server, "/translate", LONG)[0]
    except (OSError, http.client.HTTPException):
        return None


def test_a_crash_under_load_closes_every_connection_and_the_worker_comes_back(
    model: str, tmp_path: Path
) -> None:
    with Demo(model, tmp_path) as server, ThreadPoolExecutor(CALLERS) as pool:
        crashed = worker_of(server)
        crashed.rlimit(psutil.RLIMIT_CORE, (0, 0))
        started = sample(server, "translation_start_time_seconds")
        asked = [pool.submit(ending, server) for _ in range(CALLERS)]
        until(lambda: sample(server, "bentoml_service_request_in_progress") >= CALLERS)
        began = time.monotonic()
        crashed.send_signal(signal.SIGSEGV)
        assert [answer.result() for answer in asked] == [None] * CALLERS
        assert time.monotonic() - began < 5
        until(lambda: has_ended(crashed.pid))
        until(lambda: answers(server, "/readyz"))
        assert answers(server, "/translate", ASKED)
        assert worker_of(server).pid != crashed.pid
        # What the dead one said last is not added to what the new one says.
        assert started < sample(server, "translation_start_time_seconds") < started + 1e6


def test_a_worker_ends_with_the_process_that_watches_over_it(tmp_path: Path) -> None:
    with Unready(HELD, log=tmp_path / "log", home=tmp_path) as server:
        worker = worker_of(server)
        os.kill(server.pid, signal.SIGKILL)
        until(lambda: has_ended(worker.pid))
