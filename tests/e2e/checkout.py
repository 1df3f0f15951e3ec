"""A copy of the working tree's own files, to build in; and the commands that are run there."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
# Inside a make that runs these tests, another make is not its child.
_NOT_INHERITED = ("MAKEFLAGS", "MAKELEVEL", "PROMETHEUS_MULTIPROC_DIR", "PYTEST_CURRENT_TEST")


def copy_to(folder: Path) -> Path:
    """What git tracks or would, and the type checker's cache, which saves half a minute."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    if (ROOT / ".mypy_cache").is_dir():
        shutil.copytree(ROOT / ".mypy_cache", folder / ".mypy_cache")
    return folder


def run(cwd: Path, *command: str, env: Mapping[str, str] | None = None) -> str:
    """What a command wrote; a failure shows all of it."""
    dropped = [part for name in _NOT_INHERITED for part in ("-u", name)]
    changed = [f"{name}={value}" for name, value in (env or {}).items()]
    done = subprocess.run(  # noqa: S603  # our own commands
        ["env", *dropped, *changed, *command],  # noqa: S607
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def make(cwd: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    """Our make, with the environment that runs the tests in place of a new one.

    Its command line stays that of the checkout under test, whatever the copy's age.
    """
    kept = f"--old-file={sys.prefix}/bin/lingua-nexus"
    return run(cwd, "make", *arguments, kept, f"VENV={sys.prefix}", env=env)
