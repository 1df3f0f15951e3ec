"""The pods of deploy/kubernetes in a container engine: rights, mounts and variables as rendered."""

import json
import re
import shutil
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import yaml

from tests.deploy.containers import ASKED, SECONDS, Container, until
from tests.deploy.engine import Engine
from tests.kubernetes.rendering import (
    ROOT,
    Object,
    bytes_of,
    name_of,
    named,
    needs_kubectl,
    of_kind,
    pod_of,
    render,
)

PAGE = ROOT / "docs" / "kubernetes.md"
CONTEXT = {
    "framework_name": "",
    "framework_versions": {},
    "bentoml_version": "",
    "python_version": "",
}
KEY, MODEL_KEY = "a-key-of-a-caller", "a-key-of-the-gateway"
SECRETS = {
    "lingua-nexus-api-keys": {"api-keys": KEY},
    "lingua-nexus-model-key": {"sent": MODEL_KEY, "accepted": MODEL_KEY},
}

pytestmark = needs_kubectl


class Kubelet:
    """Makes of a pod's one container what `docker run` takes."""

    def __init__(self, objects: list[Object], folder: Path) -> None:
        self._objects = objects
        self._folder = folder

    def options(self, workload: Object, container: Object) -> Iterator[str]:
        pod, rights = pod_of(workload), container["securityContext"]
        yield f"--user={pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}"
        yield from ("--read-only",) if rights["readOnlyRootFilesystem"] else ()
        yield from (f"--cap-drop={each}" for each in rights["capabilities"]["drop"])
        yield "--security-opt=no-new-privileges"
        yield f"--memory={int(bytes_of(container['resources']['limits']['memory']))}"
        yield from (f"--env={name}={text}" for name, text in self._variables(container))
        volumes = {each["name"]: each for each in pod["volumes"]}
        for mount in container["volumeMounts"]:
            yield self._mounted(volumes[mount["name"]], mount)

    def _variables(self, container: Object) -> Iterator[tuple[str, str]]:
        for source in container.get("envFrom", []):
            yield from named(self._objects, "ConfigMap", source["configMapRef"]["name"])[
                "data"
            ].items()
        for each in container.get("env", []):
            cores = container["resources"]["requests"]["cpu"]
            yield each["name"], each.get("value", cores)

    def _mounted(self, volume: Object, mount: Object) -> str:
        folder = self.folder_of(volume)
        mode = ":ro" if mount.get("readOnly") else ""
        return f"--volume={folder}:{mount['mountPath']}{mode}"

    def folder_of(self, volume: Object) -> Path:
        """Where a volume's files are on this machine."""
        folder = self._folder / str(volume["name"])
        folder.mkdir(exist_ok=True)
        # As the kubelet makes an emptyDir: anyone's, whoever owns it.
        folder.chmod(0o2777)
        files: dict[str, str] = {}
        if "configMap" in volume:
            files = named(self._objects, "ConfigMap", volume["configMap"]["name"])["data"]
        elif "secret" in volume:
            files = SECRETS[volume["secret"]["secretName"]]
        for name, text in files.items():
            (folder / name).write_text(text)
        return folder


@pytest.fixture
def network(docker: Engine) -> Iterator[str]:
    name = docker("network", "create", "lingua-nexus-test-kubernetes")
    yield name
    docker("network", "rm", name)


@pytest.fixture
def cluster(
    docker: Engine, images: Callable[[str], str], network: str, tmp_path: Path
) -> Iterator[dict[str, Container]]:
    """All pods of examples/cpu, each by the name of its Service."""
    objects = render("examples/cpu")
    running: dict[str, Container] = {}
    try:
        for deployment in of_kind(objects, "Deployment"):
            name = name_of(deployment)
            [container] = pod_of(deployment)["containers"]
            command = ["docker", "run", "--detach", "--publish=127.0.0.1::3000"]
            command += [f"--network={network}", f"--network-alias={name}"]
            (tmp_path / name).mkdir()
            options = Kubelet(objects, tmp_path / name).options(deployment, container)
            command += [*options, images(name)]
            running[name] = Container(docker, docker.run(*command).stdout.strip())
        pods = {name: container.ready() for name, container in running.items()}
        # A gateway is ready whatever its models are, and may have to look again.
        until(lambda: set(backends(pods["gateway"])) == {"ready"}, pods["gateway"].logs())
        yield pods
    finally:
        for container in running.values():
            container.remove()


def backends(gateway: Container) -> Iterator[str]:
    """How the gateway finds each of its models."""
    with urllib.request.urlopen(f"{gateway.url}/api/v1/health", timeout=SECONDS) as answer:  # noqa: S310 - ours
        yield from json.loads(answer.read())["backends"].values()


def asked(container: Container, path: str, key: str | None) -> tuple[int, Any]:
    headers = {"Content-Type": "application/json", **({"X-API-Key": key} if key else {})}
    request = urllib.request.Request(  # noqa: S310 - ours
        f"{container.url}{path}", json.dumps(ASKED).encode(), headers
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - ours
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def test_pods_translate_for_who_has_a_key(cluster: dict[str, Container]) -> None:
    status, answer = asked(cluster["gateway"], "/api/v1/translate", KEY)
    assert (status, answer["routing"]["model"]) == (200, "nllb")
    assert asked(cluster["gateway"], "/api/v1/translate", None)[0] == 401
    for model in ("nllb", "aya"):
        assert asked(cluster[model], "/translate", MODEL_KEY)[0] == 200
        assert asked(cluster[model], "/translate", KEY)[0] in {401, 403}


def test_configuration_is_read_anew_when_the_mount_is_swapped(
    cluster: dict[str, Container], tmp_path: Path
) -> None:
    mounted = tmp_path / "gateway" / "configuration" / "gateway.toml"
    changed = tomllib.loads(mounted.read_text()) | {
        "default": "aya",
        "routes": [{"models": ["aya", "nllb"]}],
    }
    beside = mounted.with_name("new")
    beside.write_text(tomli_w.dumps(changed))
    beside.replace(mounted)

    def speaks() -> object:
        return asked(cluster["gateway"], "/api/v1/translate", KEY)[1]["routing"]["model"]

    until(lambda: speaks() == "aya", cluster["gateway"].logs())


def test_pull_of_the_init_container_gets_as_far_as_the_hub(
    docker: Engine, images: Callable[[str], str], tmp_path: Path
) -> None:
    objects = render("examples/gpu")
    aya = named(objects, "Deployment", "aya")
    [pull] = pod_of(aya)["initContainers"]
    program, *arguments = pull["command"]
    command = ["docker", "run", "--rm", "--network=none", f"--workdir={pull['workingDir']}"]
    command += [*Kubelet(objects, tmp_path).options(aya, pull), f"--entrypoint={program}"]
    done = docker.run(*command, images("aya"), *arguments, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: "), done.stdout + done.stderr
    assert (tmp_path / "weights" / "downloads").is_dir(), "on the claim, to go on from there"


def test_loader_takes_in_what_is_piped_into_it(
    docker: Engine, images: Callable[[str], str], tmp_path: Path
) -> None:
    folder = tmp_path / "exported"
    shutil.copytree(ROOT / "models" / "nllb" / "demo" / "weights", folder)
    entry = {"name": "nllb", "version": "1-int8", "module": "", "labels": {}, "options": {}}
    entry |= {"metadata": {}, "context": CONTEXT, "signatures": {}, "api_version": "v1"}
    entry |= {"creation_time": "2026-01-01T00:00:00+00:00"}
    (folder / "model.yaml").write_text(yaml.safe_dump(entry))
    archive = shutil.make_archive(str(tmp_path / "weights"), "tar", folder)

    objects = render("weights-loader")
    job = named(objects, "Job", "weights-loader")
    [loader] = pod_of(job)["containers"]
    program, *arguments = loader["command"]
    command = ["docker", "run", "--detach", "--network=none", f"--entrypoint={program}"]
    command += [*Kubelet(objects, tmp_path).options(job, loader), images("nllb"), *arguments]
    running = Container(docker, docker.run(*command).stdout.strip())
    try:
        [script] = re.findall(r"sh -c \\\n\s+'([^']*)'", PAGE.read_text())
        piped = f'docker exec --interactive {running.id} sh -c "$1" < "$2"'
        docker.run("sh", "-c", piped, "sh", script, archive)
        assert "nllb:1-int8" in running.shell("bentoml models list")
    finally:
        running.remove()
    assert (tmp_path / "models" / "nllb" / "1-int8" / "model.bin").is_file()
