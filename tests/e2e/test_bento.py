"""What `make dist:nllb` leaves: imported elsewhere, served, and asked as the README does."""

import json
import re
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from load_tests.server import Server
from tests.e2e.checkout import ROOT, copy_to, make, run

README = (ROOT / "README.md").read_text()


@dataclass(frozen=True)
class Built:
    """A Bento in the store of `home`, and its export."""

    home: Path
    export: Path

    @property
    def folder(self) -> Path:
        [folder] = (path for path in (self.home / "bentos/nllb").iterdir() if path.is_dir())
        return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    checkout = copy_to(tmp_path_factory.mktemp("checkout"))
    home = tmp_path_factory.mktemp("home")
    make(checkout, "dist:nllb", env={"BENTOML_HOME": str(home)})
    [export] = (checkout / "dist").iterdir()
    return Built(home, export)


@pytest.fixture(scope="module")
def served(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """From the export alone, on what might be another machine."""
    folder = tmp_path_factory.mktemp("elsewhere")
    home = folder / "home"
    home.mkdir()
    env = {"BENTOML_HOME": str(home), "BENTOML_DO_NOT_TRACK": "True"}
    run(folder, sys.executable, "-m", "bentoml", "import", str(built.export), env=env)
    with Server("nllb:latest", log=folder / "log", home=home, cwd=folder) as server:
        yield server


def get(server: Server, path: str) -> Any:
    with urllib.request.urlopen(f"{server.url}{path}", timeout=30) as answer:  # noqa: S310  # http, ours
        return json.load(answer)


def readme_example(language: str, containing: str = "") -> str:
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    [block] = [block for block in blocks if containing in block]
    return block


def test_example_of_the_readme_answers_what_the_readme_says(served: Server, tmp_path: Path) -> None:
    command = readme_example("bash", "curl").replace("localhost:3000", f"127.0.0.1:{served.port}")
    answer = json.loads(run(tmp_path, "bash", "-c", command))
    expected = json.loads(readme_example("json"))
    assert {name: answer[name] for name in expected} == expected


def test_bento_serves_its_embedded_demo_and_says_so(served: Server) -> None:
    model = get(served, "/model")
    assert model["demo"] is True
    assert sorted(model["supported_languages"]) == ["deu_Latn", "eng_Latn", "fra_Latn", "spa_Latn"]


def test_serving_loads_neither_torch_nor_transformers(served: Server) -> None:
    parent = psutil.Process(served.pid)
    processes = [parent, *parent.children(recursive=True)]
    mapped = [part.path for process in processes for part in process.memory_maps()]
    assert any("ctranslate2" in path for path in mapped)
    assert [path for path in mapped if "/torch/" in path or "/transformers/" in path] == []


def test_bento_installs_neither_torch_nor_transformers(built: Built) -> None:
    lines = (built.folder / "env/python/requirements.txt").read_text().splitlines()
    names = {line.partition("==")[0].strip().lower() for line in lines}
    assert "ctranslate2" in names
    assert not {"torch", "transformers", "sentencepiece"} & names


def test_bento_holds_only_its_own_models_files(built: Built) -> None:
    source = built.folder / "src"
    assert {path.name for path in (source / "models").iterdir()} == {"__init__.py", "base", "nllb"}
    others = {path.name.split(".")[1] for path in ROOT.glob("bentofile.*.yaml")} - {"nllb"}
    assert not others & {path.stem for path in (source / "bentos").iterdir()}
    assert not {"tests", "load_tests", "docs"} & {path.name for path in source.iterdir()}


def test_bento_leaves_out_how_the_demo_was_made(built: Built) -> None:
    demo = built.folder / "src/models/nllb/demo"
    assert {path.name for path in demo.iterdir()} == {"README.md", "weights"}
