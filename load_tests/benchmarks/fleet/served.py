"""The gateway as a process of its own, and what its API is asked beside translations."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from load_tests.server import Server

SERVICE = "bentos.gateway.service:GatewayService"
TRANSLATE = "/api/v1/translate"
_READY_S = 600
_POLL_S = 0.02


def gateway(folder: Path, env: Mapping[str, str]) -> Server:
    """With a home of its own, in which there are no pulled weights."""
    folder.mkdir(exist_ok=True)
    return Server(SERVICE, log=folder / "log", home=folder / "home", env=env)


def before(folder: Path, url: str) -> Server:
    """In front of one backend, configured by the environment alone."""
    return gateway(folder, {"LINGUA_NEXUS_GATEWAY_BACKENDS": f"nllb={url}"})


def starting(folder: Path, configuration: str) -> Server:
    """With a configuration file, which names models to start."""
    folder.mkdir(exist_ok=True)
    (folder / "gateway.toml").write_text(configuration)
    return gateway(folder, {"LINGUA_NEXUS_GATEWAY_FILE": str(folder / "gateway.toml")})


def ask(url: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A GET, or with a body a POST.

    Raises:
        urllib.error.HTTPError: The answer is an error.
    """
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310  # ours
        f"{url}{path}", data, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=_READY_S) as answer:  # noqa: S310  # ours
        found: dict[str, Any] = json.load(answer)
        return found


def timed(call: Callable[[], object]) -> float:
    """The seconds it took."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def statuses(url: str) -> dict[str, str]:
    """How each of the gateway's models fares."""
    return {one["name"]: one["status"] for one in ask(url, "/api/v1/backends")["backends"]}


def wait_for(condition: Callable[[], bool], what: str, timeout_s: float = _READY_S) -> None:
    """Asks until it holds.

    Raises:
        TimeoutError: It did not.
    """
    deadline = time.perf_counter() + timeout_s
    while not condition():
        if time.perf_counter() > deadline:
            raise TimeoutError(f"{what} did not happen within {timeout_s:g} s")
        time.sleep(_POLL_S)


def translates(url: str, model: str) -> bool:
    """Whether the gateway gets one word translated by it."""
    body = {"text": "Yes.", "source_lang": "en", "target_lang": "de", "model": model}
    try:
        ask(url, TRANSLATE, body)
    except (urllib.error.URLError, OSError):
        return False
    return True
