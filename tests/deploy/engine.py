"""A container engine: the one that runs, or one that is started for the tests; installs nothing."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_READY_S = 30
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")  # noqa: TID251
_KEPT = _CACHE / "lingua-nexus" / "engine" / "data"
"""Images and layers, so that the next run compiles nothing."""
_SLIM = "docker.io/library/python:3.11-slim"
_LOCAL = "localhost/lingua-nexus-test-base:bookworm"


class NoEngineError(Exception):
    """Nothing can be run in containers here; the message says why."""


class Engine:
    """Runs `docker` for one engine."""

    def __init__(self, host: str | None = None) -> None:
        self.environment = {**os.environ, **({"DOCKER_HOST": host} if host else {})}  # noqa: TID251
        # make passes these on to whatever it runs.
        for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
            self.environment.pop(name, None)

    def run(
        self,
        *arguments: str,
        timeout_s: float = 120,
        check: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(  # noqa: S603 - what the tests say
            arguments,
            env={**self.environment, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        assert not (check and done.returncode), f"{arguments}\n{done.stdout}\n{done.stderr}"
        return done

    def __call__(self, *arguments: str, **options: Any) -> str:
        """What `docker` says."""
        return self.run("docker", *arguments, **options).stdout.strip()

    def answers(self) -> bool:
        with suppress(subprocess.TimeoutExpired):
            return self.run("docker", "version", check=False, timeout_s=10).returncode == 0
        return False


@contextmanager
def engine(folder: Path) -> Iterator[Engine]:
    """The engine that runs, else one of our own while the context lasts.

    Raises:
        NoEngineError: There is none, and none can be started.
    """
    if shutil.which("docker") is None:
        raise NoEngineError("docker is not installed.")
    if (running := Engine()).answers():
        yield running
        return
    if shutil.which("dockerd") is None:
        raise NoEngineError("No container engine runs, and there is no dockerd to start.")
    if os.geteuid() != 0:
        raise NoEngineError("No container engine runs, and only root can start one.")
    with _started(folder) as own:
        yield own


@contextmanager
def _started(folder: Path) -> Iterator[Engine]:
    """Its socket and its state are below the folder; what it keeps is in the cache."""
    own = Engine(f"unix://{folder}/docker.sock")
    _KEPT.mkdir(parents=True, exist_ok=True)
    arguments = {
        "--data-root": _KEPT,
        "--exec-root": folder / "run",
        "--pidfile": folder / "docker.pid",
        "--host": f"unix://{folder}/docker.sock",
    }
    command = ["dockerd", *(f"{name}={value}" for name, value in arguments.items())]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=own.environment)  # noqa: S603
    try:
        deadline = time.monotonic() + _READY_S
        while not own.answers():
            if process.poll() is not None or time.monotonic() > deadline:
                last = (folder / "log").read_text().strip().rpartition("\n")[2]
                raise NoEngineError(f"No container engine can be started here: {last}")
            time.sleep(0.2)
        yield own
    finally:
        process.terminate()
        process.wait(timeout=60)


def base_image(docker: Engine) -> str:
    """What images are built on: the registry's, or where none is reached one that is made here.

    Raises:
        NoEngineError: Neither can be had.
    """
    for image in (_LOCAL, _SLIM):
        if docker.run("docker", "image", "inspect", image, check=False).returncode == 0:
            return image
    with suppress(subprocess.TimeoutExpired):
        pulled = docker.run("docker", "pull", _SLIM, check=False, timeout_s=120)
        if pulled.returncode == 0:
            return _SLIM
    if shutil.which("debootstrap") is None or os.geteuid() != 0:
        raise NoEngineError(f"{_SLIM} cannot be pulled, and there is no debootstrap to make one.")
    _bootstrap(docker)
    return _LOCAL


def _bootstrap(docker: Engine) -> None:
    """Debian's Python in place of the registry's image, with the certificates of this machine."""
    root = _KEPT.with_name("base")
    shutil.rmtree(root, ignore_errors=True)
    packages = "python3,python3-venv,python3-pip,ca-certificates"
    bootstrap = ["debootstrap", "--variant=minbase", f"--include={packages}", "bookworm", str(root)]
    docker.run(*bootstrap, timeout_s=600)
    for mark in root.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        mark.unlink()
    (root / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    bundle = Path("etc/ssl/certs/ca-certificates.crt")
    if Path("/", bundle).exists():
        shutil.copy(Path("/", bundle), root / bundle)
    for waste in ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale"):
        shutil.rmtree(root / waste)
    (root / "var/lib/apt/lists/partial").mkdir(parents=True)
    (root / "var/cache/apt/archives/partial").mkdir(parents=True)
    path = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    archive = root.with_suffix(".tar")
    docker.run("tar", f"--directory={root}", "--create", f"--file={archive}", ".")
    docker("import", "--change", path, str(archive), _LOCAL)
    archive.unlink()
    shutil.rmtree(root)
