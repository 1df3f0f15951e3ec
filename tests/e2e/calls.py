"""How the end-to-end tests ask a served model, wait for it and find its process."""

import contextlib
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from http import HTTPStatus
from typing import Any

import psutil
from typing_extensions import override

from load_tests.server import Server
from tests.e2e.found import Demo

ASKED = {"text": "Where is the train station?", "source_lang": "en", "target_lang": "fr"}
SECONDS = 60


def long(sentences: int) -> dict[str, str]:
    """No sentence twice: the model translates the same one once."""
    text = " ".join(f"I would like to know where train {n} goes." for n in range(sentences))
    return {**ASKED, "text": text}


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


def answers(server: Server, path: str = "/translate", body: Any = None) -> bool:
    """Whether it does: a process that is gone, or not there yet, closes connections."""
    with contextlib.suppress(OSError):
        return ask(server, path, body)[0] == HTTPStatus.OK
    return False


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "It did not come to pass."
        time.sleep(0.02)


def sample(server: Server, name: str, **labels: str) -> float:
    """The sum of a metric's series that have these labels."""
    # Only this ends a line of the format; BentoML labels its own series with paths as they came.
    lines = ask(server, "/metrics")[1].decode().split("\n")
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    return sum(
        float(line.rpartition(" ")[2])
        for line in lines
        if line.startswith(f"{name}{{") and all(one in line for one in wanted)
    )


class Unready(Server):
    """Is up as soon as its process answers; its model may not be."""

    @property
    @override
    def probe(self) -> str:
        return "/livez"


class UnreadyDemo(Unready, Demo):
    """A model's demo that need not become ready."""


def worker_of(server: Server) -> psutil.Process:
    """The process that holds the model: the one that catches what the test sends."""
    [worker] = [
        process
        for process in psutil.Process(server.pid).children()
        if "_bentoml_impl.worker.service" in " ".join(process.cmdline())
    ]
    return worker


def has_ended(pid: int) -> bool:
    """Reaped or not."""
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
