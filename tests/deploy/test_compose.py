"""deploy/compose as a whole: up, asked, a model replaced under load, down."""

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.deploy.containers import ASKED, ask, until
from tests.deploy.engine import Engine
from tests.deploy.images import ROOT, VERSION

COMPOSE = ROOT / "deploy" / "compose"
PROJECT = "lingua-nexus-test"
CALLERS = 4


@dataclass
class Up:
    docker: Engine
    environment: dict[str, str]

    def compose(self, *arguments: str, check: bool = True) -> str:
        file = f"--file={COMPOSE / 'compose.yaml'}"
        command = ("compose", file, *arguments)
        return self.docker(*command, check=check, timeout_s=300, environment=self.environment)

    @property
    def url(self) -> str:
        return f"http://{self.compose('port', 'gateway', '3000')}"

    def id_of(self, service: str) -> str:
        return self.compose("ps", "--quiet", service)


@pytest.fixture(scope="module")
def up(
    docker: Engine, images: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Up]:
    if docker.run("docker", "compose", "version", check=False).returncode:
        pytest.skip("docker has no compose here.")
    for name in ("gateway", "nllb", "aya"):
        images(name)
    folder = tmp_path_factory.mktemp("compose") / "gateway"
    shutil.copytree(COMPOSE / "gateway", folder)
    folder.parent.chmod(0o755)
    cores = str(min(2, os.cpu_count() or 1))
    own = {
        "COMPOSE_PROJECT_NAME": PROJECT,
        "VERSION": VERSION,
        "GATEWAY": str(folder),
        "PORT": "0",
        "NLLB_CPUS": cores,
        "AYA_CPUS": cores,
        "NLLB_MEMORY": "1G",
        "AYA_MEMORY": "2G",
    }
    whole = Up(docker, own)
    try:
        whole.compose("up", "--detach", "--wait")
        yield whole
    finally:
        whole.compose("--profile=next", "down", "--volumes", "--timeout=10")


def test_all_are_healthy_and_within_their_limits(up: Up) -> None:
    for name, memory in (("gateway", 1), ("nllb", 1), ("aya", 2)):
        [seen] = json.loads(up.docker("inspect", up.id_of(name)))
        assert seen["State"]["Health"]["Status"] == "healthy"
        assert seen["HostConfig"]["Memory"] == memory * 2**30
        assert seen["HostConfig"]["ReadonlyRootfs"]
        assert seen["HostConfig"]["PidsLimit"] == 512
        assert seen["Config"]["User"] == "1034:1034"


def test_gateway_alone_is_reached_and_asks_both_models(up: Up) -> None:
    for model in ("nllb", "aya"):
        status, answer = ask(f"{up.url}/api/v1/translate", {**ASKED, "model": model})
        assert status == 200, answer
        assert answer["model_name"].startswith(model)
        assert up.compose("port", model, "3000", check=False) in {"", "invalid IP:0", ":0"}


def test_model_is_replaced_under_load_and_no_request_fails(up: Up) -> None:
    before = up.id_of("nllb")
    done, failed, over = [0] * CALLERS, list[object](), threading.Event()

    def call(caller: int) -> None:
        while not over.is_set():
            text = f"I would like to know where train {done[caller]} of {caller} goes."
            body = {**ASKED, "text": text, "model": "nllb"}
            try:
                status, answer = ask(f"{up.url}/api/v1/translate", body)
            except OSError as error:
                status, answer = 0, error
            if status != 200:
                failed.append(answer)
            done[caller] += 1

    callers = [threading.Thread(target=call, args=(number,)) for number in range(CALLERS)]
    for caller in callers:
        caller.start()
    try:
        up.docker.run(str(COMPOSE / "replace"), "nllb", timeout_s=300, environment=up.environment)
        served = list(done)
        until(lambda: all(now > then for now, then in zip(done, served, strict=True)), "served")
    finally:
        over.set()
        for caller in callers:
            caller.join()
    assert failed == []
    assert min(done) > 10
    assert up.id_of("nllb") != before
    file = Path(up.environment["GATEWAY"]) / "gateway.toml"
    assert file.read_text() == (COMPOSE / "gateway" / "gateway.toml").read_text()
