"""docs/gateway.md says which keys the configuration has, and its examples are good ones."""

import re
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest
from prometheus_client.metrics import MetricWrapperBase
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from bentos.gateway import metrics, split
from bentos.gateway.configuration import Configuration, read
from bentos.gateway.parts import Backend, OnDemand, Route, Split
from bentos.gateway.surface import Surface
from tests.test_docs import ROOT, default_of, rows_of, section_of

PAGE = ROOT / "docs" / "gateway.md"
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL) if PAGE.exists() else []
TABLES: Final[dict[str, type[BaseModel]]] = {
    "The file": Configuration,
    "Backends": Backend,
    "On demand": OnDemand,
    "Routes": Route,
    "Splits": Split,
}


def key_rows(kind: type[BaseModel]) -> list[str]:
    """The table of a part's keys, as the page must have it."""
    rows = []
    for name, field in kind.model_fields.items():
        default = field.get_default(call_default_factory=True, validated_data={})
        empty = default in ((), {}) or isinstance(default, BaseModel)
        shown = (
            "required" if default is PydanticUndefined else default_of(None if empty else default)
        )
        rows.append(f"| `{name}` | {shown} | {' '.join((field.description or '').split())} |")
    return rows


def metric_rows(module: ModuleType) -> list[str]:
    rows = []
    for metric in vars(module).values():
        if isinstance(metric, MetricWrapperBase):
            [family] = metric.describe()
            total = "_total" if family.type == "counter" else ""
            labels = ", ".join(f"`{label}`" for label in metric._labelnames)
            name = f"`{family.name}{total}`"
            rows.append(f"| {name} | {family.type} | {labels} | {family.documentation} |")
    return rows


@pytest.mark.parametrize(("title", "kind"), TABLES.items(), ids=TABLES)
def test_page_has_exactly_the_keys_that_exist(title: str, kind: type[BaseModel]) -> None:
    assert rows_of(section_of(PAGE, title)) == key_rows(kind)
    assert all(field.description for field in kind.model_fields.values())


@pytest.mark.parametrize(
    ("section", "module"), [("Statistics of a split", split), ("Metrics", metrics)]
)
def test_page_has_exactly_the_metrics_that_exist(section: str, module: ModuleType) -> None:
    assert rows_of(section_of(PAGE, section)) == metric_rows(module)


def test_page_has_exactly_the_endpoints_that_exist() -> None:
    listed = {row.split("`")[1] for row in rows_of(section_of(PAGE, "The API"))}
    paths = Surface().app.openapi()["paths"].items()
    served = {f"{method.upper()} {path}" for path, found in paths for method in found}
    elsewhere = re.compile(r"\w+ /api/v1/(models|files|glossaries)(/|$)")
    assert listed == {one for one in served if not elsewhere.match(one)}


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_a_configuration(example: str, tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(example)
    assert read(file).backends


def test_there_is_an_example_of_every_part() -> None:
    written = "".join(EXAMPLES)
    parts = ("[backends.", "urls =", "on_demand = true", "[on_demand]", "[[routes]]", "[[splits]]")
    assert all(part in written for part in (*parts, "[flags]"))
