"""Aya's demo behind a real `bentoml serve`: callers who share a context, and what frees a slot."""

import contextlib
import json
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from load_tests.benchmarks.workload import sentences
from load_tests.server import Server
from tests.e2e.calls import ASKED, answers, ask, long, sample, until, worker_of
from tests.e2e.found import Demo

CALLERS = 32
TIMEOUT_S = 8
WAITING = 8
ENDLESS = long(3000)


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One slot: who is answered had it to himself. Its engine fails when it is told to."""
    folder = tmp_path_factory.mktemp("narrow")
    env = {"AYA_SLOTS": "1", "LINGUA_NEXUS_TIMEOUT_S": str(TIMEOUT_S)}
    service = "tests.e2e.faulty:FaultyService"
    with Server(service, log=folder / "log", env=env, home=folder / "home") as server:
        yield server


def translated(server: Server, asked: dict[str, str]) -> str:
    status, body, _ = ask(server, "/translate", asked)
    assert status == 200, body
    return str(json.loads(body)["translated_text"])


def error_of(answer: tuple[int, Any, Any]) -> tuple[int, str]:
    status, body, headers = answer
    error = json.loads(body)["error"]
    assert error["request_id"] == headers["X-Request-Id"]
    return status, error["code"]


def written(server: Server) -> float:
    """Tokens, of finished segments."""
    return sample(server, "translation_tokens_total", direction="out")


@contextlib.contextmanager
def caller_of(server: Server, asked: dict[str, str]) -> Iterator[None]:
    """Somebody whose text is being translated, and who leaves without an answer."""
    before = written(server)
    body = json.dumps(asked).encode()
    head = f"POST /translate HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head.encode() + body)
        until(lambda: written(server) > before)
        yield


@pytest.mark.parametrize("demo", ["aya"], indirect=True)
def test_more_callers_than_slots_each_get_their_own_text(demo: Demo) -> None:
    asked = [
        {"text": one.text, "source_lang": one.source, "target_lang": one.target}
        for one in sentences(CALLERS)
    ]
    alone = [translated(demo, one) for one in asked]
    assert len(set(alone)) == CALLERS
    with ThreadPoolExecutor(CALLERS) as pool:
        together = list(pool.map(partial(translated, demo), asked))
    others = [one for one, same in zip(together, alone, strict=True) if one != same]
    assert not set(others) & set(alone)
    # Where two words are as likely, the sums of a larger batch may prefer the other one.
    assert len(others) <= CALLERS // 4


def test_a_caller_who_leaves_frees_his_slot(narrow: Server) -> None:
    with caller_of(narrow, ENDLESS):
        pass
    assert translated(narrow, ASKED)
    until(lambda: sample(narrow, "translation_requests_total", outcome="cancelled") == 1)


def test_callers_who_leave_are_not_counted_among_those_who_wait(narrow: Server) -> None:
    with contextlib.ExitStack() as callers:
        for _ in range(WAITING):
            callers.enter_context(caller_of(narrow, long(300)))
        until(lambda: sample(narrow, "translation_queue_segments") > 0)
    until(lambda: sample(narrow, "translation_queue_segments") == 0)


def test_the_deadline_frees_the_slot(narrow: Server) -> None:
    began = time.monotonic()
    assert error_of(ask(narrow, "/translate", ENDLESS)) == (504, "deadline_exceeded")
    assert time.monotonic() - began < TIMEOUT_S + 2
    assert translated(narrow, ASKED)


def test_an_engine_that_fails_answers_who_ran_and_is_made_anew_for_who_waits(
    narrow: Server,
) -> None:
    worker = worker_of(narrow)
    with ThreadPoolExecutor(1 + WAITING) as pool:
        before = written(narrow)
        running = pool.submit(ask, narrow, "/translate", ENDLESS)
        until(lambda: written(narrow) > before)
        worker.send_signal(signal.SIGUSR1)
        assert error_of(running.result()) == (503, "model_not_ready")
        assert int(running.result()[2]["Retry-After"]) > 0
        assert [ask(narrow, path)[0] for path in ("/readyz", "/health", "/livez")] == [
            503,
            503,
            200,
        ]
        waiting = [pool.submit(translated, narrow, ASKED) for _ in range(WAITING)]
        worker.send_signal(signal.SIGUSR2)
        assert len({answer.result() for answer in waiting}) == 1
    assert answers(narrow, "/readyz")
    assert worker_of(narrow).pid == worker.pid
