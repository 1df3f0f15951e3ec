"""Who may import whom, and how large a file may grow: read off every file's syntax tree."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("bentos", "common", "load_tests", "models", "tests")
PRODUCT = ("bentos", "common", "models")
INFERENCE = {"ctranslate2", "llama_cpp", "torch", "transformers"}
ENGINE_FILES = {"backend.py", "engine.py", "library.py", "weights.py"}
SHARED_MODELS = {"base", "engines"}
MAX_LINES, MAX_TEST_LINES, MAX_FUNCTION_LINES, UNTESTED_LINES = 300, 500, 40, 40


def files_of(*packages: str) -> list[str]:
    found = (path for package in packages for path in (ROOT / package).rglob("*.py"))
    return sorted(str(path.relative_to(ROOT)) for path in found)


def tree_of(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(), path)


MODELS = sorted(
    path.parent.name
    for path in (ROOT / "models").glob("*/model.py")
    if path.parent.name not in SHARED_MODELS
)


@dataclass(frozen=True)
class Import:
    """One imported module; `lazy` unless it is imported along with the file."""

    module: str
    lazy: bool

    def is_in(self, package: str) -> bool:
        return self.module == package or self.module.startswith(f"{package}.")


def _named_by(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [name.name for name in names]
        case ast.ImportFrom(module=str(module), names=names):
            return [f"{module}.{name.name}" for name in names]
        case ast.Call(func=ast.Name("__import__"), args=[ast.Constant(str(module)), *_]):
            return [module]
        case ast.Call(func=ast.Name(name) | ast.Attribute(attr=name), args=[first, *_]):
            is_dynamic = name == "import_module" and isinstance(first, ast.Constant)
            return [ast.literal_eval(first)] if is_dynamic else []
        case _:
            return []


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def imports_of(node: ast.AST, *, lazy: bool = False) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        deferred = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        inner = lazy or deferred or _is_type_checking(child)
        yield from (Import(module, lazy) for module in _named_by(child))
        yield from imports_of(child, lazy=inner)


def _allowed_first_party(path: str) -> tuple[str, ...]:
    package, name = Path(path).parts[0], Path(path).parts[1]
    match package:
        case "common" | "load_tests":
            return (package,)
        case "models" if name in SHARED_MODELS:
            return ("common", *(f"models.{shared}" for shared in sorted(SHARED_MODELS)))
        case "models":
            return ("common", "models.base", "models.engines", f"models.{name}")
        case "bentos":
            own = [f"models.{name}" for name in MODELS if Path(path).stem == name]
            return ("common", "models.base", "bentos", *own)
        case _:
            return OURS


def first_party_violations(path: str, tree: ast.Module) -> list[str]:
    allowed = _allowed_first_party(path)
    return [
        f"{path} imports {found.module}; it may import {', '.join(allowed)}"
        for found in imports_of(tree)
        if any(found.is_in(ours) for ours in OURS) and not any(map(found.is_in, allowed))
    ]


def inference_violations(path: str, tree: ast.Module) -> list[str]:
    parts = Path(path).parts
    imported = [found for found in imports_of(tree) if found.module.split(".")[0] in INFERENCE]
    if parts[0] in {"tests", "load_tests"} or "demo" in parts:
        return []
    if parts[0] == "models" and parts[-1] in ENGINE_FILES:
        eager = [found.module for found in imported if not found.lazy]
        return [f"{path} imports {module} at its top, not lazily" for module in eager]
    return [f"{path} imports {found.module}; only an engine's file may" for found in imported]


def bentoml_violations(path: str, tree: ast.Module) -> list[str]:
    if Path(path).parts[0] in {"bentos", "tests"}:
        return []
    named = [
        found for found in imports_of(tree) if found.is_in("bentoml") or found.is_in("_bentoml_sdk")
    ]
    return [f"{path} imports {found.module}; only bentos/ may" for found in named]


def environment_violations(path: str, tree: ast.Module) -> list[str]:
    if Path(path).name == "settings.py" or Path(path).parts[0] == "tests":
        return []
    read = {"os.environ", "os.environb", "os.getenv", "os.getenvb"}
    reads = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    reads |= {found.module for found in imports_of(tree)}
    return [f"{path} reads {name}; only a settings.py may" for name in sorted(reads & read)]


def _is_table(node: ast.stmt) -> bool:
    """A long literal at module level: data, however long."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return False
    code = (ast.Lambda, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp)
    return not any(isinstance(part, code) for part in ast.walk(node.value))


def _lines(node: ast.stmt | ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def length_of(source: str) -> int:
    """Its lines, tables apart."""
    tables = sum(_lines(node) for node in ast.parse(source).body if _is_table(node))
    return len(source.splitlines()) - tables


def size_violations(path: str, source: str) -> list[str]:
    tree, length = ast.parse(source), length_of(source)
    limit = MAX_TEST_LINES if Path(path).parts[0] == "tests" else MAX_LINES
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = [
        f"{path}: {n.name} has {_lines(n)} lines"
        for n in functions
        if _lines(n) > MAX_FUNCTION_LINES
    ]
    return long + ([f"{path} has {length} lines, tables apart"] if length > limit else [])


def header_violations(path: str, tree: ast.Module) -> list[str]:
    first = (ast.get_docstring(tree) or "").split("\n\n", maxsplit=1)[0]
    return (
        []
        if first.endswith((".", ":")) or "──" in first
        else [f"{path} does not open with a sentence"]
    )


def twin_of(path: str) -> str:
    """A pattern: what made a demo is one pipeline, tested as one."""
    name = "*" if Path(path).parent.name == "demo" else Path(path).stem
    return str(Path("tests", Path(path).parent, f"test_{name}.py"))


@pytest.mark.parametrize("path", files_of("bentos", "common", "load_tests", "models"))
def test_file_imports_only_what_its_place_allows(path: str) -> None:
    tree = tree_of(path)
    assert first_party_violations(path, tree) == []
    assert inference_violations(path, tree) == []
    assert bentoml_violations(path, tree) == []
    assert environment_violations(path, tree) == []


@pytest.mark.parametrize("path", files_of(*OURS))
def test_file_and_its_functions_stay_small(path: str) -> None:
    assert size_violations(path, (ROOT / path).read_text()) == []


@pytest.mark.parametrize("path", files_of("bentos", "common", "load_tests", "models"))
def test_module_opens_with_one_sentence(path: str) -> None:
    assert header_violations(path, tree_of(path)) == []


@pytest.mark.parametrize("path", files_of(*PRODUCT))
def test_source_file_has_a_test_file_at_the_same_place(path: str) -> None:
    is_small = length_of((ROOT / path).read_text()) <= UNTESTED_LINES
    assert is_small or any(ROOT.glob(twin_of(path))), f"{path} needs {twin_of(path)}"


@pytest.mark.parametrize("path", [path for path in files_of("tests") if "/test_" in path])
def test_test_folder_is_a_package(path: str) -> None:
    assert (ROOT / path).with_name("__init__.py").exists()


@pytest.mark.parametrize("model", MODELS)
def test_model_imports_on_a_machine_without_any_inference_library(model: str) -> None:
    blocked = "".join(f"sys.modules[{name!r}] = None; " for name in sorted(INFERENCE))
    program = (
        f"import sys; {blocked}import models.{model}.model; assert 'bentoml' not in sys.modules"
    )
    done = subprocess.run(  # noqa: S603  # our own interpreter and program
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("common/batching.py", "from models.base import exceptions"),
        ("common/batching.py", "def f() -> None:\n    import bentos.base"),
        ("models/base/exceptions.py", "from models.nllb.model import NLLBModel"),
        ("models/nllb/model.py", "from models import aya"),
        ("models/nllb/model.py", "import bentos"),
        ("models/nllb/model.py", "from bentos.store import newest"),
        ("bentos/base.py", "from models.nllb import NLLBModel"),
        ("bentos/base.py", "importlib.import_module('models.nllb')"),
        ("load_tests/locustfile.py", "from common.languages import LANGUAGES"),
    ],
)
def test_import_of_ours_in_the_wrong_place_is_found(path: str, source: str) -> None:
    assert len(first_party_violations(path, ast.parse(source))) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("common/worker.py", "import torch"),
        ("models/nllb/model.py", "def f() -> None:\n    import ctranslate2"),
        ("models/nllb/backend.py", "from ctranslate2 import Translator"),
        ("models/nllb/backend.py", "try:\n    import torch\nexcept ImportError:\n    pass"),
        ("bentos/weights.py", "import_module('transformers')"),
    ],
)
def test_inference_library_in_the_wrong_place_is_found(path: str, source: str) -> None:
    assert len(inference_violations(path, ast.parse(source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "def f() -> None:\n    import torch",
        "if TYPE_CHECKING:\n    import torch",
        "import torchless",
    ],
)
def test_lazy_import_in_an_engine_file_is_allowed(source: str) -> None:
    assert inference_violations("models/nllb/backend.py", ast.parse(source)) == []


@pytest.mark.parametrize("source", ["import bentoml", "from bentoml.models import get"])
def test_bentoml_outside_bentos_is_found(source: str) -> None:
    assert len(bentoml_violations("models/nllb/weights.py", ast.parse(source))) == 1
    assert bentoml_violations("bentos/store.py", ast.parse(source)) == []


@pytest.mark.parametrize("source", ["os.environ['A']", "os.getenv('A')", "from os import environ"])
def test_environment_read_outside_settings_is_found(source: str) -> None:
    assert len(environment_violations("bentos/base.py", ast.parse(source))) == 1
    assert environment_violations("models/nllb/settings.py", ast.parse(source)) == []


def test_long_code_is_found_and_a_long_table_is_not() -> None:
    table = "TABLE = {\n" + "".join(f"    {n}: 'row',\n" for n in range(400)) + "}\n"
    assert size_violations("common/languages.py", table) == []
    assert len(size_violations("common/languages.py", "f()\n" * 301)) == 1
    body = "def f() -> None:\n" + "    g()\n" * MAX_FUNCTION_LINES
    assert len(size_violations("common/languages.py", body)) == 1


def test_missing_header_is_found() -> None:
    assert header_violations("common/x.py", ast.parse("import os")) != []
