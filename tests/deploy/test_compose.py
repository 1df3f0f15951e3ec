"""deploy/compose as a whole: up, asked, a model replaced under load, down."""

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from load_tests.__main__ import command, parse
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


def test_model_is_replaced_under_load_and_no_request_fails(up: Up, tmp_path: Path) -> None:
    before = up.id_of("nllb")
    with loaded(up.url, tmp_path / "summary.json") as load:
        up.docker.run(str(COMPOSE / "replace"), "nllb", timeout_s=300, environment=up.environment)
        assert load.poll() is None, "the load ended before the replacement did"
    summary = json.loads((tmp_path / "summary.json").read_text())
    measured = summary["measured"]["model:nllb"]
    assert measured["failures"] == 0, summary
    assert measured["requests"] > 100
    assert up.id_of("nllb") != before
    file = Path(up.environment["GATEWAY"]) / "gateway.toml"
    assert file.read_text() == (COMPOSE / "gateway" / "gateway.toml").read_text()


@contextmanager
def loaded(url: str, summary: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Under the load of locust, which has asked something before and after what is done in it."""
    ours = ["--scenario=models", "--users=4", "--time=10m"]
    options, rest = parse(["--url", url, *ours, "--models=nllb", "--summary", str(summary)])
    before = asked(url)
    process = subprocess.Popen(command(url, options, rest), cwd=ROOT)  # noqa: S603 - our own
    try:
        until(lambda: asked(url) > before + CALLERS, "load")
        yield process
        so_far = asked(url)
        until(lambda: asked(url) > so_far + CALLERS, "load on the new one")
    finally:
        process.terminate()
        process.wait(60)


def asked(url: str) -> int:
    """How many texts the gateway has had answered by NLLB."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:  # noqa: S310 - ours
        lines = answer.read().decode().splitlines()
    sent = [line for line in lines if line.startswith('gateway_requests_total{model="nllb"')]
    return int(sum(float(line.rpartition(" ")[2]) for line in sent))
