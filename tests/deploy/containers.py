"""One running container and how it is asked; knows no Bento."""

import contextlib
import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from tests.deploy.engine import Engine

HARDENED = (
    *("--read-only", "--tmpfs=/tmp", "--tmpfs=/home/bentoml:uid=1034,gid=1034,mode=0700"),
    *("--cap-drop=ALL", "--security-opt=no-new-privileges", "--pids-limit=512"),
)
ASKED = {"text": "Where is the train station?", "source_lang": "en", "target_lang": "fr"}
SECONDS = 120
_KILL = """
import os, pathlib, signal
[worker] = [
    int(path.parent.name)
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline")
    if b"_bentoml_impl.worker.service" in path.read_bytes()
    and path.parent.name != str(os.getpid())
]
os.kill(worker, signal.SIGKILL)
"""


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"It did not come to pass: {what}"
        time.sleep(0.1)


def ask(url: str, body: Any = None, timeout_s: float = SECONDS) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310 - ours
            return answer.status, json.loads(answer.read() or "null")
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def is_ready(url: str) -> bool:
    with (
        contextlib.suppress(OSError, http.client.HTTPException),
        contextlib.closing(
            urllib.request.urlopen(f"{url}/readyz", timeout=10)  # noqa: S310 - ours
        ),
    ):
        return True
    return False


@dataclass(frozen=True)
class Container:
    """Started, and removed by whoever started it."""

    docker: Engine
    id: str

    @classmethod
    def start(cls, docker: Engine, image: str, *options: str) -> Self:
        published = "--publish=127.0.0.1::3000"
        return cls(docker, docker("run", "--detach", *HARDENED, published, *options, image))

    @property
    def url(self) -> str:
        """Another one after it was started again."""
        return f"http://{self.docker('port', self.id, '3000/tcp')}"

    def ready(self) -> Self:
        until(self.is_ready, f"ready: {self.logs()}")
        return self

    def is_ready(self) -> bool:
        published = self.docker("port", self.id, check=False)
        return bool(published) and is_ready(self.url)

    def translate(self, **asked: str) -> dict[str, Any]:
        status, answer = ask(f"{self.url}/translate", {**ASKED, **asked})
        assert status == 200, answer
        assert isinstance(answer, dict)
        return answer

    def state(self, what: str) -> str:
        return self.docker("inspect", f"--format={{{{{what}}}}}", self.id)

    def shell(self, command: str, *, check: bool = True) -> str:
        return self.docker("exec", self.id, "sh", "-c", command, check=check)

    def kill_worker(self) -> None:
        """The process that holds the model, with SIGKILL."""
        self.docker("exec", self.id, "python", "-c", _KILL)

    def logs(self) -> str:
        done = self.docker.run("docker", "logs", "--tail=30", self.id)
        return done.stdout + done.stderr

    def remove(self) -> None:
        self.docker("rm", "--force", "--volumes", self.id)
