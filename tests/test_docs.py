"""The documentation says what is: settings, metrics, errors, endpoints, commands, links."""

import importlib
import inspect
import re
import tomllib
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from prometheus_client.metrics import MetricWrapperBase
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from bentos import errors
from bentos.app import create_app
from common import metrics
from models.base.exceptions import LinguaNexusError, ModelNotReadyError
from models.base.translation_model import WarningCode

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("models/*/README.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"```.*?```", re.DOTALL)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def settings_modules() -> list[Path]:
    return [ROOT / "common" / "settings.py", *sorted(ROOT.glob("models/*/settings.py"))]


def page_of(module: Path) -> Path:
    """A model documents its settings in its own folder: adding one touches no shared page."""
    is_common = module.parent.name == "common"
    return ROOT / "docs" / "operations.md" if is_common else module.parent / "README.md"


def settings_of(module: Path) -> type[BaseSettings]:
    loaded = importlib.import_module(
        f"{module.parent.relative_to(ROOT)}.settings".replace("/", ".")
    )
    found = [
        kind
        for _, kind in inspect.getmembers(loaded, inspect.isclass)
        if issubclass(kind, BaseSettings) and kind.__module__ == loaded.__name__
    ]
    assert len(found) == 1
    return found[0]


def default_of(value: Any) -> str:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        value = str(value).lower()
    return "unset" if value is None else f"`{value}`".replace("'", '"')


def settings_rows(kind: type[BaseSettings]) -> list[str]:
    """The table of a settings class, as its page must have it."""
    prefix = kind.model_config["env_prefix"]
    rows = []
    for name, field in kind.model_fields.items():
        default = field.get_default(call_default_factory=True, validated_data={})
        shown = "required" if default is PydanticUndefined else default_of(default)
        text = " ".join((field.description or "").split()).replace("|", "\\|")
        if get_origin(field.annotation) is Literal:
            text += f" One of {', '.join(f'`{value}`' for value in get_args(field.annotation))}."
        rows.append(f"| `{prefix}{name.upper()}` | {shown} | {text} |")
    return rows


def metric_rows() -> list[str]:
    """The table of our metrics, as docs/operations.md must have it."""
    found = [m for m in vars(metrics).values() if isinstance(m, MetricWrapperBase)]
    rows = []
    for metric in found:
        [family] = metric.describe()
        total = "_total" if family.type == "counter" else ""
        labels = ", ".join(f"`{label}`" for label in metric._labelnames)
        rows.append(
            f"| `{family.name}{total}` | {family.type} | {labels} | {family.documentation} |"
        )
    return rows


def error_rows() -> list[str]:
    """Code and status of every error that is raised."""
    return [
        f"| `{kind.code}` | {int(errors.STATUSES[listed])} |"
        for kind in sorted(leaves(LinguaNexusError), key=lambda kind: kind.code)
        for listed in [next(parent for parent in kind.__mro__ if parent in errors.STATUSES)]
    ]


def leaves(kind: type[LinguaNexusError]) -> Iterator[type[LinguaNexusError]]:
    """Errors of ours that are raised as they are, not only as a subclass; a test's own are not."""
    children = [
        child for child in kind.__subclasses__() if not child.__module__.startswith("tests")
    ]
    if not children or kind is ModelNotReadyError:
        yield kind
    for child in children:
        yield from leaves(child)


def section_of(page: Path, title: str) -> str:
    parts = re.split(r"^## ", page.read_text(), flags=re.MULTILINE)
    [section] = [part for part in parts if part.splitlines()[0] == title]
    return section


def rows_of(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("| `")]


def anchors_of(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text()), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("module", settings_modules(), ids=name_of)
def test_settings_page_has_exactly_the_fields_that_exist(module: Path) -> None:
    assert rows_of(section_of(page_of(module), "Settings")) == settings_rows(settings_of(module))


def test_metrics_page_has_exactly_the_metrics_that_exist() -> None:
    assert rows_of(section_of(ROOT / "docs" / "operations.md", "Metrics")) == metric_rows()


def test_error_codes_are_exactly_those_that_exist() -> None:
    rows = rows_of(section_of(ROOT / "docs" / "api.md", "Errors"))
    assert sorted("|".join(row.split("|")[:3]) + "|" for row in rows) == sorted(error_rows())


def test_warning_codes_are_exactly_those_that_exist() -> None:
    rows = rows_of(section_of(ROOT / "docs" / "api.md", "Warnings"))
    assert [row.split("`")[1] for row in rows] == [code.value for code in WarningCode]


def test_endpoints_are_exactly_those_of_the_app() -> None:
    intro = (ROOT / "docs" / "api.md").read_text().partition("\n## ")[0]
    listed = {row.split("`")[1] for row in rows_of(intro)}
    paths = create_app("documented").openapi()["paths"].items()
    assert listed == {f"{method.upper()} {path}" for path, found in paths for method in found}


def test_newest_release_of_the_changelog_is_the_version_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    releases = re.findall(r"^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert releases[0] == project["version"]


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_make_commands_on_a_page_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    wanted = set(re.findall(r"`?\bmake ([a-z]+(?::\S)?)", " ".join(code_of(page.read_text()))))
    for command in wanted:
        target = command.split(":")[0] + ("\\:%" if ":" in command else "")
        assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE), f"make {command}"


def code_of(text: str) -> list[str]:
    fenced = FENCE.findall(text)
    return fenced + re.findall(r"`[^`\n]+`", FENCE.sub("", text))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(FENCE.sub("", page.read_text())):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors_of(linked), target
