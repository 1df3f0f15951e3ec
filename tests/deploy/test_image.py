"""What each image is, holds and does when it runs alone."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.deploy.containers import Container, ask, until
from tests.deploy.engine import Engine
from tests.deploy.images import ROOT

Run = Callable[..., Container]
Images = Callable[[str], str]

BENTOS = sorted(
    path.name.removeprefix("bentofile.").removesuffix(".yaml")
    for path in ROOT.glob("bentofile.*.yaml")
)
MODELS = [name for name in BENTOS if (ROOT / "models" / name).is_dir()]
MEGABYTE = 1_000_000
LARGEST = {"nllb": 450, "aya": 450, "gateway": 375}
"""Megabytes, the base image and the demo's weights included."""
IN_FLIGHT = 16
SENTENCES = {"nllb": 60, "aya": 6}
"""So many that each request takes seconds."""


@pytest.mark.parametrize("name", BENTOS)
def test_image_is_small(name: str, docker: Engine, images: Images) -> None:
    size = int(docker("image", "inspect", "--format={{.Size}}", images(name)))
    assert size <= LARGEST.get(name, 450) * MEGABYTE


@pytest.mark.parametrize("name", BENTOS)
def test_image_holds_neither_compiler_nor_git_nor_torch(
    name: str, docker: Engine, images: Images
) -> None:
    found = docker(
        *("run", "--rm", "--entrypoint=sh", images(name), "-c"),
        "for tool in cc gcc g++ make git; do command -v $tool; done; "
        "ls -d /app/venv/lib/python3*/site-packages/torch; true",
    )
    assert found == ""


@pytest.mark.parametrize("name", BENTOS)
def test_image_can_send_traces(name: str, docker: Engine, images: Images) -> None:
    exporter = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
    imported = ("-c", f"import {exporter}; print('yes')")
    assert docker("run", "--rm", "--entrypoint=python", images(name), *imported) == "yes"


@pytest.mark.parametrize("name", MODELS)
def test_model_translates_as_nobody_in_particular_and_writes_only_where_it_may(
    name: str, run: Run
) -> None:
    container = run(name).ready()
    assert container.translate()["model_name"].startswith(name)
    assert container.shell("id --user; id --group").split() == ["1034", "1034"]
    status = container.shell("cat /proc/1/status")
    assert "CapEff:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status
    folders = "/ /app /app/bento /etc /home/bentoml /tmp"
    write = f"for folder in {folders}; do touch $folder/x && echo $folder; done"
    assert container.shell(write, check=False).split() == ["/home/bentoml", "/tmp"]  # noqa: S108


@pytest.mark.parametrize("name", BENTOS)
def test_engine_sees_that_it_is_healthy(name: str, run: Run) -> None:
    container = run(name, "--health-interval=1s")
    until(lambda: container.state(".State.Health.Status") == "healthy", "healthy")


def test_llama_cpp_is_of_this_processor_and_there_for_others(run: Run) -> None:
    container = run("aya").ready()
    there = container.shell("ls /app/ggml").split()
    assert {"libggml-cpu-x64.so", "libggml-cpu-haswell.so", "libggml-cpu-zen4.so"} <= set(there)
    [loaded] = {
        line.rsplit("/", 1)[1]
        for line in container.shell("cat /proc/[0-9]*/maps", check=False).splitlines()
        if "/app/ggml/" in line
    }
    assert loaded in there
    assert ("avx2" in container.shell("cat /proc/cpuinfo")) == (
        loaded not in {"libggml-cpu-x64.so", "libggml-cpu-sse42.so"}
    )


def test_memory_limit_is_kept_and_recovered_from(run: Run) -> None:
    container = run("nllb", "--memory=400m", "--memory-swap=400m", "--restart=on-failure").ready()
    # What lies in a tmpfs counts: the largest process dies, which is the model's.
    container.shell("dd if=/dev/zero of=/tmp/full bs=1M count=600", check=False)
    until(lambda: container.state(".RestartCount") != "0", "started again")
    assert container.ready().translate()["translated_text"]
    assert "full" not in container.shell("ls /tmp")


def test_model_that_is_killed_comes_back(run: Run) -> None:
    container = run("nllb", "--restart=on-failure").ready()
    container.kill_worker()
    until(lambda: container.state(".RestartCount") == "1", "started again")
    assert container.ready().translate()["translated_text"]


def test_container_that_is_killed_is_started_anew(run: Run, docker: Engine) -> None:
    container = run("nllb").ready()
    docker("kill", "--signal=KILL", container.id)
    assert container.state(".State.ExitCode") == "137"
    docker("start", container.id)
    assert container.ready().translate()["translated_text"]


@pytest.mark.parametrize("name", MODELS)
def test_stop_under_load_loses_no_request(name: str, run: Run, docker: Engine) -> None:
    container = run(name).ready()
    url = container.url
    sentences = " ".join(
        f"I would like to know where train {n} goes." for n in range(SENTENCES.get(name, 6))
    )
    together = threading.Barrier(IN_FLIGHT + 1)

    def translate(caller: int) -> int:
        body = {"text": f"{sentences} I am {caller}.", "source_lang": "en", "target_lang": "fr"}
        together.wait()
        return ask(f"{url}/translate", body)[0]

    with ThreadPoolExecutor(IN_FLIGHT) as callers:
        answers = [callers.submit(translate, caller) for caller in range(IN_FLIGHT)]
        together.wait()
        until(lambda: in_progress(container) == IN_FLIGHT, "all are under way")
        docker("stop", "--time=110", container.id)
        assert [one.result() for one in answers] == [200] * IN_FLIGHT
    assert container.state(".State.ExitCode") == "0"


def in_progress(container: Container) -> int:
    metrics = container.shell(
        'python -c "import urllib.request as r; '
        "print(r.urlopen('http://127.0.0.1:3000/metrics').read().decode())\""
    )
    return sum(
        int(float(line.rpartition(" ")[2]))
        for line in metrics.splitlines()
        if line.startswith("bentoml_service_request_in_progress{") and '"/translate"' in line
    )
