"""Builds the image of an exported Bento with a Docker-like command; writes no Dockerfile.

Run by `make docker:<name>` with the environment's Python: `build.py NAME FILE.bento`.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ENGINE = ROOT / "models" / "engines" / "llamacpp"
COMPILED = re.compile(r"^llama-cpp-python==.*$", re.MULTILINE)
COMPILERS = {"g++"}
"""Packages of a bentofile that no image keeps."""
CUDA_COMPILER = "docker.io/nvidia/cuda:12.8.1-devel-ubuntu22.04"
CUDA_LIBRARIES = ("nvidia-cuda-runtime-cu12==12.8.90", "nvidia-cublas-cu12==12.8.4.1")


def version() -> str:
    """Of the project."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])


def stage(bento: Path, into: Path, *, cuda: bool) -> None:
    """Puts what the Dockerfile copies into a folder."""
    with tarfile.open(bento) as archive:
        archive.extractall(into / "bento", filter="data")
    requirements = (into / "bento" / "env" / "python" / "requirements.txt").read_text()
    pinned = COMPILED.findall(requirements)
    tracing = (ROOT / "requirements-tracing.txt").read_text()
    lines = [requirements, tracing, *(CUDA_LIBRARIES if cuda else ())]
    (into / "requirements.txt").write_text("".join(f"{line.rstrip()}\n" for line in lines))
    (into / "compiled.txt").write_text("".join(f"{line}\n" for line in pinned))
    for file in (HERE / "Dockerfile", ENGINE / "wheel.py", ENGINE / "wheel.cmake"):
        shutil.copy(file, into)


def packages(name: str) -> list[str]:
    """Of the system, that the Bento needs when it runs."""
    described = yaml.safe_load((ROOT / f"bentofile.{name}.yaml").read_text())
    return sorted(set(described["docker"].get("system_packages", ())) - COMPILERS)


def command(asked: argparse.Namespace, context: Path) -> list[str]:
    """What builds the image from the folder."""
    suffix = "-cuda" if asked.cuda else ""
    image = f"{asked.registry}/lingua-nexus-{asked.name}"
    arguments = {
        "BASE_IMAGE": asked.base_image,
        "COMPILER_IMAGE": asked.compiler_image or (CUDA_COMPILER if asked.cuda else ""),
        "CMAKE_ARGS": "-DGGML_CUDA=ON" if asked.cuda else "",
        "PACKAGES": " ".join(packages(asked.name)),
    }
    return [
        *(asked.engine, "build"),
        *(f"--build-arg={name}={text}" for name, text in arguments.items() if text),
        *(f"--tag={image}:{tag}{suffix}" for tag in (asked.version, "latest")),
        *(*asked.option, str(context)),
    ]


def main() -> int:
    """Builds; what the engine says goes to the screen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("bento", type=Path)
    parser.add_argument("--engine", default="docker", help="docker or podman")
    parser.add_argument("--registry", default="localhost", help="what the image's name begins with")
    parser.add_argument("--version", default=version(), help="the image's tag, beside latest")
    parser.add_argument("--base-image", default="", help="in place of python:3.11-slim")
    parser.add_argument("--compiler-image", default="", help="what llama.cpp is compiled in")
    parser.add_argument("--cuda", action="store_true", help="for NVIDIA's GPUs")
    parser.add_argument("--option", action="append", default=[], help="passed on to the engine")
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="lingua-nexus-") as folder:
        context = Path(folder)
        stage(asked.bento, context, cuda=asked.cuda)
        return subprocess.run(command(asked, context), check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
