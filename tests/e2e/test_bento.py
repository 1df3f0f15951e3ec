"""What `make dist:<name>` leaves: imported elsewhere, served, and asked as the README does."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import psutil
import pytest

from load_tests.server import Server
from tests.e2e.calls import ASKED, ask
from tests.e2e.checkout import ROOT, copy_to, make, run
from tests.e2e.found import DEMOS

README = (ROOT / "README.md").read_text()


@dataclass(frozen=True)
class Built:
    """A Bento in the store of `home`, and its export."""

    model: str
    home: Path
    export: Path

    @property
    def folder(self) -> Path:
        [folder] = (path for path in (self.home / "bentos" / self.model).iterdir() if path.is_dir())
        return folder


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_to(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module", params=DEMOS)
def built(
    request: pytest.FixtureRequest, checkout: Path, tmp_path_factory: pytest.TempPathFactory
) -> Built:
    home = tmp_path_factory.mktemp("home")
    make(checkout, f"dist:{request.param}", env={"BENTOML_HOME": str(home)})
    [export] = (checkout / "dist").glob(f"{request.param}-*.bento")
    return Built(request.param, home, export)


@pytest.fixture(scope="module")
def served(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """From the export alone, on what might be another machine."""
    folder = tmp_path_factory.mktemp("elsewhere")
    home = folder / "home"
    home.mkdir()
    env = {"BENTOML_HOME": str(home), "BENTOML_DO_NOT_TRACK": "True"}
    run(folder, sys.executable, "-m", "bentoml", "import", str(built.export), env=env)
    with Server(f"{built.model}:latest", log=folder / "log", home=home, cwd=folder) as server:
        yield server


def get(server: Server, path: str) -> Any:
    return json.loads(ask(server, path)[1])


def requirements_in(path: Path) -> set[str]:
    lines = path.read_text().splitlines()
    return {line.partition("==")[0].lower().replace("_", "-") for line in lines if "==" in line}


def engine_of(model: str) -> set[str]:
    """What this Bento alone ships, as distributions: its engine and what that needs."""
    own = requirements_in(ROOT / "models" / model / "requirements.txt")
    return own - requirements_in(ROOT / "requirements.txt")


def readme_example(language: str, containing: str = "") -> str:
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    [block] = [block for block in blocks if containing in block]
    return block


def answer_to_example(served: Server, folder: Path, containing: str) -> Any:
    command = readme_example("bash", containing)
    command = command.replace("localhost:3000", f"127.0.0.1:{served.port}")
    return json.loads(run(folder, "bash", "-c", command))


@pytest.mark.parametrize("built", ["nllb"], indirect=True)
def test_example_of_the_readme_answers_what_the_readme_says(served: Server, tmp_path: Path) -> None:
    answer = answer_to_example(served, tmp_path, "train station")
    expected = json.loads(readme_example("json"))
    assert {name: answer[name] for name in expected} == expected


@pytest.mark.parametrize("built", ["aya"], indirect=True)
def test_option_in_the_readme_is_honoured(served: Server, tmp_path: Path) -> None:
    answer = answer_to_example(served, tmp_path, "formality")
    assert answer["target_lang"] == "fra_Latn"
    assert "option_ignored" not in {warning["code"] for warning in answer["warnings"]}


def test_bento_serves_its_embedded_demo_and_says_so(served: Server) -> None:
    assert ask(served, "/translate", ASKED)[0] == 200
    model = get(served, "/model")
    assert model["demo"] is True
    assert sorted(model["supported_languages"]) == ["deu_Latn", "eng_Latn", "fra_Latn", "spa_Latn"]


def test_serving_loads_its_engine_and_neither_torch_nor_transformers(
    built: Built, served: Server
) -> None:
    parent = psutil.Process(served.pid)
    processes = [parent, *parent.children(recursive=True)]
    mapped = [part.path for process in processes for part in process.memory_maps()]
    ours = engine_of(built.model)
    made_by = packages_distributions().items()
    packages = [name for name, [by, *_] in made_by if by.lower().replace("_", "-") in ours]
    assert any(f"/{name}/" in path for path in mapped for name in packages)
    assert [path for path in mapped if "/torch/" in path or "/transformers/" in path] == []


def test_bento_installs_neither_torch_nor_transformers(built: Built) -> None:
    names = requirements_in(built.folder / "env/python/requirements.txt")
    assert engine_of(built.model)
    assert engine_of(built.model) <= names
    assert not {"torch", "transformers", "sentencepiece"} & names


def test_bento_holds_only_its_own_models_files(built: Built) -> None:
    source = built.folder / "src"
    others = {path.name.split(".")[1] for path in ROOT.glob("bentofile.*.yaml")} - {built.model}
    found = {path.name for path in (source / "models").iterdir()}
    assert {built.model, "base"} <= found <= {"__init__.py", "base", "engines", built.model}
    assert not others & {path.stem for path in (source / "bentos").iterdir()}
    assert not {"tests", "load_tests", "docs"} & {path.name for path in source.iterdir()}


def test_bento_leaves_out_how_the_demo_was_made(built: Built) -> None:
    demo = built.folder / "src/models" / built.model / "demo"
    assert {path.name for path in demo.iterdir()} == {"README.md", "weights"}
