"""What `make new:<name>` writes builds, serves and passes every check as it is."""

import json
import sys
import urllib.request
from pathlib import Path

import pytest

from load_tests.server import Server
from tests.e2e.checkout import copy_to, make, run

NAME = "brandnew"
LISTS = ("architecture", "docs", "requirements", "bentofiles")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_to(tmp_path_factory.mktemp("new"))
    make(folder, f"new:{NAME}")
    return folder


def test_new_model_passes_lint(checkout: Path) -> None:
    ruff = (sys.executable, "-m", "ruff")
    places = [f"models/{NAME}", f"bentos/{NAME}.py", f"tests/models/{NAME}"]
    run(checkout, *ruff, "check", *places)
    run(checkout, *ruff, "format", "--check", *places)


def test_new_model_passes_types(checkout: Path) -> None:
    places = ["-p", f"models.{NAME}", "-m", f"bentos.{NAME}", "-p", f"tests.models.{NAME}"]
    run(checkout, sys.executable, "-m", "mypy", *places)


def test_new_model_passes_its_tests_and_those_that_find_it(checkout: Path) -> None:
    own = run(checkout, sys.executable, "-m", "pytest", "-q", f"tests/models/{NAME}")
    assert " passed" in own
    found = ["models/test_contract", *(f"test_{name}" for name in LISTS)]
    files = [f"tests/{name}.py" for name in found]
    output = run(checkout, sys.executable, "-m", "pytest", "-v", "-k", NAME, *files)
    for file in files:
        assert f"{file}::" in output


def test_new_model_serves(checkout: Path, tmp_path: Path) -> None:
    service = f"bentos.{NAME}:{NAME.title()}Service"
    home = tmp_path / "home"
    with Server(service, log=tmp_path / "log", home=home, cwd=checkout) as server:
        assert translated(server) == "dooG gninrom"


def test_new_model_builds_and_its_bento_serves(checkout: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    make(checkout, f"build:{NAME}", env={"BENTOML_HOME": str(home)})
    make(checkout, f"dist:{NAME}", env={"BENTOML_HOME": str(home)})
    assert list((checkout / "dist").glob(f"{NAME}-*.bento"))
    bento = f"{NAME}:latest"
    with Server(bento, log=tmp_path / "log", home=home, cwd=tmp_path) as server:
        assert translated(server) == "dooG gninrom"


def translated(server: Server) -> str:
    body = {"text": "Good morning", "source_lang": "en", "target_lang": "fr"}
    request = urllib.request.Request(  # noqa: S310  # http, ours
        f"{server.url}/translate",
        json.dumps(body).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  # http, ours
        text: str = json.load(answer)["translated_text"]
        return text
