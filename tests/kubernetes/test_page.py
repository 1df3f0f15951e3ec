"""docs/kubernetes.md names what there is, with the numbers that hold."""

import re
from pathlib import Path

import pytest

from tests.kubernetes.rendering import (
    DEPLOY,
    EXAMPLES,
    ROOT,
    bytes_of,
    named,
    needs_kubectl,
    pod_of,
    render,
)
from tests.kubernetes.test_rendering import OLDEST

PAGE = (ROOT / "docs" / "kubernetes.md").read_text()


@pytest.mark.parametrize("folder", sorted(each.name for each in DEPLOY.iterdir()))
def test_folder_is_on_the_page(folder: str) -> None:
    # The namespace comes along with each example.
    assert folder == "namespace" or re.search(rf"^\| `{folder}[`/]", PAGE, re.MULTILINE)


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_is_on_the_page(example: str) -> None:
    assert f"`{example.partition('/')[2]}`" in PAGE


@pytest.mark.parametrize("component", sorted((DEPLOY / "components").glob("weights-*")), ids=str)
def test_way_of_having_weights_is_on_the_page(component: Path) -> None:
    assert re.search(rf"^\| `components/{component.name}` \|", PAGE, re.MULTILINE)


def test_oldest_release_is_on_the_page() -> None:
    assert f"Kubernetes {OLDEST} or newer" in PAGE


@needs_kubectl
@pytest.mark.parametrize("name", ["nllb", "aya", "gateway"])
def test_resources_are_those_of_the_page(name: str) -> None:
    [row] = re.findall(rf"^\| `{name}` \| (\d+) cores?, (\w+) \| (\w+) \|", PAGE, re.MULTILINE)
    [container] = pod_of(named(render(f"overlays/{name}"), "Deployment", name))["containers"]
    asked = container["resources"]["requests"]
    assert row == (asked["cpu"], asked["memory"], container["resources"]["limits"]["memory"])


@needs_kubectl
def test_grace_is_that_of_the_page() -> None:
    pod = pod_of(named(render("overlays/nllb"), "Deployment", "nllb"))
    assert f"the {pod['terminationGracePeriodSeconds']} s of grace" in PAGE


@pytest.mark.parametrize(
    ("quantity", "size"), [("2Gi", 2**31), ("512Mi", 2**29), ("1500M", 1.5e9), ("7", 7)]
)
def test_quantities_are_read_as_kubernetes_does(quantity: str, size: float) -> None:
    assert bytes_of(quantity) == size
