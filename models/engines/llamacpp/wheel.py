"""Compiles llama-cpp-python, which is published as source only, once a machine; installs nothing.

Run by make before anything is installed, so it uses nothing but the standard library: prints the
folder of the wheel for pip's --find-links, or nothing where no requirements pin the package.
"""

import argparse
import fcntl
import hashlib
import platform
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

PACKAGE = "llama-cpp-python"
LEAVES_OUT = Path(__file__).with_name("wheel.cmake")
_PIN = re.compile(rf"^{PACKAGE}==(\S+)", re.MULTILINE)
_FEATURES = re.compile(r"^(?:flags|Features)\s*:.*$", re.MULTILINE)
_COMPILERS = ("c++", "g++", "clang++")
# The command-line programs, headers and second copies of the libraries are of no use to Python.
_OPTIONS = {"build.targets": "llama;ggml", "wheel.exclude": "/bin/;/include/;/lib/"}


class WheelError(Exception):
    """There is no wheel; the message says why."""


def pinned(requirements: Iterable[Path]) -> str | None:
    """The version that the files want, or None where none of them names the package."""
    versions = {version for path in requirements for version in _PIN.findall(path.read_text())}
    if len(versions) > 1:
        raise WheelError(f"{PACKAGE} is pinned to {' and '.join(sorted(versions))}.")
    return versions.pop() if versions else None


def machine(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """What a library compiled for this very processor depends on."""
    features = _FEATURES.search(cpuinfo.read_text()) if cpuinfo.exists() else None
    return " ".join([platform.machine(), *platform.libc_ver(), features[0] if features else ""])


def key(version: str, cmake_args: str, machine: str) -> str:
    """Names a wheel: any two with the same name can stand for one another."""
    parts = repr((machine, cmake_args, _OPTIONS, LEAVES_OUT.read_text()))
    return f"{version}-{hashlib.sha256(parts.encode()).hexdigest()[:16]}"


def command(version: str, cmake_args: str, into: Path, python: str) -> list[str]:
    """What compiles the wheel; the caller's own arguments come last and win."""
    ours = shlex.join(["-DLLAVA_BUILD=OFF", f"-DCMAKE_PROJECT_llama.cpp_INCLUDE={LEAVES_OUT}"])
    settings = [f"-C{name}={value}" for name, value in _OPTIONS.items()]
    return [
        *("env", f"CMAKE_ARGS={ours} {cmake_args}"),
        # pip's own cache would hand out a wheel made with other CMAKE_ARGS.
        *(python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-cache-dir"),
        *("--no-binary", PACKAGE, *settings, "--wheel-dir", str(into), f"{PACKAGE}=={version}"),
    ]


def cached(folder: Path, build: Callable[[Path], None]) -> Path:
    """The folder, built if need be: whole or not at all, and by one process at a time."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            part = folder.with_name(f"{folder.name}.part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            build(part)
            part.rename(folder)
    return folder


def run(compile_wheel: list[str]) -> None:
    """Runs what compiles a wheel; what it says goes to the screen, beside the folder's name.

    Raises:
        WheelError: it failed.
    """
    if subprocess.run(compile_wheel, stdout=sys.stderr, check=False).returncode:  # noqa: S603
        lacking = not any(map(shutil.which, _COMPILERS))
        hint = " There is no C++ compiler: Debian and Ubuntu have g++." if lacking else ""
        raise WheelError(f"{PACKAGE} could not be compiled.{hint}")


def provide(cache: Path, version: str, cmake_args: str, python: str) -> Path:
    """The folder with the wheel of that version for this machine.

    Raises:
        WheelError: it could not be compiled.
    """

    def build(into: Path) -> None:
        sys.stderr.write(f"Compiling {PACKAGE} {version} into {cache}, once; it takes minutes.\n")
        run(command(version, cmake_args, into, python))

    return cached(cache.absolute() / key(version, cmake_args, machine()), build)


def main(arguments: list[str] | None = None, python: str = sys.executable) -> int:
    """Prints the folder for pip's --find-links."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cmake-args", default="", help="passed on to CMake, for example for CUDA")
    parser.add_argument("cache", type=Path)
    parser.add_argument("requirements", type=Path, nargs="+")
    asked = parser.parse_args(arguments)
    try:
        if (version := pinned(asked.requirements)) is not None:
            sys.stdout.write(f"{provide(asked.cache, version, asked.cmake_args, python)}\n")
    except WheelError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
