"""Weights taken into a claim as docs/kubernetes.md has it, and served without a network."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kubernetes.rendering import ROOT

DEMO = ROOT / "models" / "nllb" / "demo" / "weights"
PAGE = ROOT / "docs" / "kubernetes.md"
ALONE = ["unshare", "--user", "--map-root-user", "--net"]
"""Without a network, loopback included."""


def can_be_alone() -> bool:
    if shutil.which(ALONE[0]) is None:
        return False
    done = subprocess.run([*ALONE, "true"], capture_output=True, check=False)  # noqa: S603 - ours
    return done.returncode == 0


pytestmark = pytest.mark.skipif(not can_be_alone(), reason="no namespace of networks can be made")


def run(home: Path, *command: str, stdin: bytes = b"", alone: bool = True) -> str:
    """In a container's place: BENTOML_HOME is all it has."""
    environment = {
        **os.environ,  # noqa: TID251 - handed on
        "BENTOML_HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(  # noqa: S603 - commands of this test and of our page
        [*(ALONE if alone else []), *command],
        cwd=home,
        env=environment,
        input=stdin,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.decode()


@pytest.fixture
def exported(tmp_path: Path) -> bytes:
    """A model store's entry with the demo's weights, as it leaves the machine that pulled it."""
    home, made = tmp_path / "outside", tmp_path / "made"
    home.mkdir()
    shutil.copytree(DEMO, made)
    manifest = made / "lingua-nexus.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"demo": False}))
    program = (
        "import sys; from pathlib import Path; from bentos import store; "
        "store.create('nllb', 'carried', Path(sys.argv[1]), {}, {})"
    )
    run(home, sys.executable, "-c", program, str(made), alone=False)
    file = tmp_path / "nllb.tar"
    run(home, "bentoml", "models", "export", "nllb:carried", str(file), alone=False)
    return file.read_bytes()


def loading(tmp: Path) -> str:
    """What the page pipes the export into, its /tmp another one."""
    [command] = re.findall(r"sh -c \\\n\s+'([^']*)'", PAGE.read_text())
    return str(command).replace("/tmp/", f"{tmp}/")  # noqa: S108 - the page's


def test_exported_weights_are_taken_in_and_served_without_a_network(
    exported: bytes, tmp_path: Path
) -> None:
    home = tmp_path / "inside"
    home.mkdir()
    run(home, "sh", "-c", loading(tmp_path), stdin=exported)
    assert "nllb:carried" in run(home, "bentoml", "models", "list")

    said = run(home, sys.executable, "-m", "bentos.check", "bentos.nllb:NLLBService")
    assert said.startswith("nllb "), said
    assert "demo" not in said, "what was carried is served, not what the package holds"
