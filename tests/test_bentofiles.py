"""Each bentofile ships what its service imports and nothing of another Bento."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from bentoml._internal.bento.build_config import BentoPathSpec

ROOT = Path(__file__).parent.parent
OURS = ("bentos", "common", "models")
BENTOFILES = {
    path.name.removeprefix("bentofile.").removesuffix(".yaml"): path
    for path in sorted(ROOT.glob("bentofile.*.yaml"))
}


def read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(BENTOFILES[name].read_text())
    return content


def shipped(name: str) -> set[str]:
    """The files of ours that BentoML would put into the Bento."""
    content = read(name)
    spec = BentoPathSpec(content["include"], content.get("exclude", []), str(ROOT))
    files = (path for folder in OURS for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path for path in (str(file.relative_to(ROOT)) for file in files) if spec.includes(path)}


def file_of(module: str) -> Path | None:
    path = ROOT / module.replace(".", "/")
    found = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in found if file.exists()), None)


def imported_by(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def needed(module: str) -> set[str]:
    """Every file of ours that importing a module takes, its packages' own included."""
    files, wanted = set[str](), [module]
    while wanted:
        name = wanted.pop()
        if (file := file_of(name)) is None or name.split(".")[0] not in OURS:
            continue
        if (path := str(file.relative_to(ROOT))) not in files:
            files.add(path)
            wanted += [*imported_by(file), *[name.rpartition(".")[0]]]
    return files


@pytest.mark.parametrize("name", BENTOFILES)
def test_bento_ships_what_its_service_imports(name: str) -> None:
    module = read(name)["service"].partition(":")[0]
    assert len(needed(module)) > 1
    assert needed(module) - shipped(name) == set()


@pytest.mark.parametrize("name", BENTOFILES)
def test_bento_ships_nothing_of_another(name: str) -> None:
    others = BENTOFILES.keys() - {name}
    folders = {f"models/{other}/" for other in [*others, "template"]}
    modules = {f"bentos/{other}.py" for other in others}
    foreign = [path for path in shipped(name) if path in modules or path.startswith(tuple(folders))]
    assert foreign == []


@pytest.mark.parametrize("name", BENTOFILES)
def test_bento_has_one_name_everywhere(name: str) -> None:
    content = read(name)
    assert content["name"] == name
    module = content["service"].partition(":")[0]
    assert module in {f"bentos.{name}", f"bentos.{name}.service"}


@pytest.mark.parametrize("name", BENTOFILES)
def test_bento_installs_our_pins_and_reports_no_usage(name: str) -> None:
    content = read(name)
    assert content["python"]["lock_packages"] is False
    assert (ROOT / content["python"]["requirements_txt"]).exists()
    assert {"name": "BENTOML_DO_NOT_TRACK", "value": "True"} in content["envs"]
