"""The images under test, built as a user builds them; runs none."""

from pathlib import Path

from tests.deploy.engine import Engine

ROOT = Path(__file__).parents[2]
VERSION = "tested"
_BUILD_S = 3600
"""The first build on a machine compiles llama.cpp for fourteen generations of processors."""


def build(docker: Engine, name: str, base: str) -> None:
    """What make exports for it is deleted again."""
    there = set(ROOT.glob("dist/*.bento"))
    make = ["make", f"docker:{name}", f"VERSION={VERSION}", f"BASE_IMAGE={base}"]
    try:
        docker.run(*make, f"--directory={ROOT}", timeout_s=_BUILD_S)
    finally:
        for exported in set(ROOT.glob(f"dist/{name}-*.bento")) - there:
            exported.unlink()
