"""Every package that an install needs is pinned, and pinned to one version everywhere."""

import ast
import re
import sys
from collections.abc import Collection, Iterator
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
GATEWAY = ROOT / "bentos" / "gateway"
MODELS = sorted(ROOT.glob("models/*/requirements.txt"))
SHIPPED = [*MODELS, GATEWAY / "requirements.txt"]
FILES = sorted(
    {*ROOT.glob("requirements*.txt"), *ROOT.glob("models/*/requirements*.txt"), *SHIPPED}
)
PIN = re.compile(r"[a-z0-9-]+==[0-9][0-9a-z.]*")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines_of(path: Path) -> list[str]:
    lines = (line.strip() for line in path.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def pins_of(path: Path, *, included: bool = True) -> dict[str, str]:
    pins: dict[str, str] = {}
    for line in lines_of(path):
        if line.startswith("-r "):
            pins |= pins_of(path.parent / line.removeprefix("-r ")) if included else {}
        else:
            name, _, version = line.partition("==")
            pins[name] = version
    return pins


def unpinned(pins: dict[str, str]) -> set[str]:
    """What the pinned packages need and the file does not pin, as it should be written."""
    wanted = [Requirement(name) for name in pins]
    missing, seen = set[str](), set[tuple[str, str]]()
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        try:
            found = distribution(name)
        except PackageNotFoundError:
            missing.add(name)
            continue
        if name not in pins:
            missing.add(f"{name}=={found.version}")
        for extra in {"", *requirement.extras}:
            if (name, extra) not in seen:
                seen.add((name, extra))
                wanted += needs_of(found.requires or [], extra)
    return missing


def needs_of(requires: list[str], extra: str) -> list[Requirement]:
    needs = [Requirement(line) for line in requires]
    return [need for need in needs if need.marker is None or need.marker.evaluate({"extra": extra})]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_line_is_an_exact_pin_without_address_or_hash(path: Path) -> None:
    assert [
        line for line in lines_of(path) if not PIN.fullmatch(line) and not line.startswith("-r ")
    ] == []


@pytest.mark.parametrize("path", [ROOT / "requirements.txt", *SHIPPED], ids=name_of)
def test_serving_pins_everything_it_needs(path: Path) -> None:
    assert unpinned(pins_of(path)) == set()


def test_development_pins_everything_it_needs() -> None:
    pins = pins_of(ROOT / "requirements-dev.txt")
    for path in SHIPPED:
        pins |= pins_of(path)
    assert unpinned(pins) == set()


def test_package_has_one_version_in_every_file() -> None:
    versions: dict[str, set[str]] = {}
    for path in FILES:
        for name, version in pins_of(path, included=False).items():
            versions.setdefault(name, set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize("path", SHIPPED, ids=name_of)
def test_bento_ships_what_every_service_needs(path: Path) -> None:
    assert pins_of(ROOT / "requirements.txt").items() <= pins_of(path).items()


@pytest.mark.parametrize("path", SHIPPED, ids=name_of)
def test_bento_ships_neither_torch_nor_transformers(path: Path) -> None:
    assert not {"torch", "transformers"} & pins_of(path).keys()


def imported_by(*folders: str, apart_from: Collection[str] = ()) -> set[str]:
    """Distributions that the files import, anywhere in them but in folders of these names."""
    left_out = frozenset(apart_from)
    files = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    names = {name for path in files if not left_out & set(path.parts) for name in roots_of(path)}
    known = packages_distributions()
    foreign = (
        names - sys.stdlib_module_names - {"bentos", "common", "load_tests", "models", "tests"}
    )
    # Of several that share a name, as OpenTelemetry's do, the first is the one the others need.
    return {canonicalize_name(min(known[name], key=_plainness)) for name in foreign & known.keys()}


def _plainness(distribution_name: str) -> tuple[int, str]:
    return len(distribution_name), distribution_name


def roots_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def test_what_every_service_imports_is_pinned_for_every_service() -> None:
    imported = imported_by("bentos", "common", "models/base", apart_from={"demo", "gateway"})
    assert imported
    assert imported - pins_of(ROOT / "requirements.txt").keys() == set()


def test_what_the_gateway_imports_is_pinned_for_it() -> None:
    own = imported_by("bentos/gateway") - imported_by("bentos", apart_from={"gateway"})
    assert "pybreaker" in own
    assert own - pins_of(GATEWAY / "requirements.txt").keys() == set()


def engines_of(model: Path) -> list[str]:
    """The packages under models/engines that a model is written on."""
    written = "\n".join(path.read_text() for path in model.rglob("*.py"))
    names = re.findall(r"^\s*(?:from|import) models\.engines\.(\w+)", written, re.MULTILINE)
    return sorted({f"models/engines/{name}" for name in names})


@pytest.mark.parametrize("path", MODELS, ids=name_of)
def test_what_a_model_imports_is_pinned_for_it(path: Path) -> None:
    converter = path.with_name("requirements-convert.txt")
    pins = pins_of(path).keys() | (pins_of(converter).keys() if converter.exists() else set())
    folders = [name_of(path.parent), *engines_of(path.parent)]
    assert imported_by(*folders, apart_from={"demo"}) - pins == set()


def test_engine_counts_for_the_model_written_on_it() -> None:
    assert engines_of(ROOT / "models" / "aya") == ["models/engines/llamacpp"]
    assert engines_of(ROOT / "models" / "nllb") == []


def test_missing_pin_is_named() -> None:
    pins = pins_of(ROOT / "requirements.txt")
    version = pins.pop("pydantic-core")
    assert unpinned(pins) == {f"pydantic-core=={version}"}
