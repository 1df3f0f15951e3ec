"""What kustomize makes of deploy/kubernetes, and how to look into it; judges nothing."""

import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy" / "kubernetes"
KUBECTL = shutil.which("kubectl")

Object = dict[str, Any]

needs_kubectl = pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed")


def _targets() -> list[str]:
    """Every folder that an operator may apply: neither the base nor components stand alone."""
    files = sorted(DEPLOY.rglob("kustomization.yaml"))
    whole = [file for file in files if yaml.safe_load(file.read_text())["kind"] == "Kustomization"]
    return [str(file.parent.relative_to(DEPLOY)) for file in whole if file.parent.name != "base"]


TARGETS = _targets()
EXAMPLES = sorted(f"examples/{file.name}" for file in (DEPLOY / "examples").iterdir())


def kustomize(folder: Path) -> subprocess.CompletedProcess[str]:
    assert KUBECTL is not None
    return subprocess.run(  # noqa: S603 - a program of this machine, on a folder of ours
        [KUBECTL, "kustomize", str(folder)], capture_output=True, text=True, check=False
    )


@cache
def rendered_text(target: str) -> str:
    done = kustomize(DEPLOY / target)
    assert done.returncode == 0, done.stderr[:2000]
    return done.stdout


@cache
def render(target: str) -> list[Object]:
    """Its objects; nobody changes them."""
    return [each for each in yaml.safe_load_all(rendered_text(target)) if each]


def of_kind(objects: list[Object], *kinds: str) -> list[Object]:
    return [each for each in objects if each["kind"] in kinds]


def name_of(found: Object) -> str:
    return str(found["metadata"]["name"])


def named(objects: list[Object], kind: str, name: str) -> Object:
    [found] = [each for each in of_kind(objects, kind) if name_of(each) == name]
    return found


def template_of(workload: Object) -> Object:
    template: Object = workload["spec"]["template"]
    return template


def pod_of(workload: Object) -> Object:
    pod: Object = template_of(workload)["spec"]
    return pod


def labels_of(workload: Object) -> dict[str, str]:
    labels: dict[str, str] = template_of(workload)["metadata"].get("labels", {})
    return labels


def containers_of(workload: Object) -> list[Object]:
    pod = pod_of(workload)
    return [*pod.get("initContainers", []), *pod["containers"]]


def models_of(objects: list[Object]) -> list[Object]:
    return [
        each
        for each in of_kind(objects, "Deployment")
        if labels_of(each)["app.kubernetes.io/component"] == "model"
    ]


def gateways_of(objects: list[Object]) -> list[Object]:
    return [
        each
        for each in of_kind(objects, "Deployment")
        if labels_of(each)["app.kubernetes.io/component"] == "gateway"
    ]


def selects(selector: Object, labels: Mapping[str, str]) -> bool:
    """As Kubernetes decides it, of `matchLabels` and the operator `In`."""
    pairs: Mapping[str, str] = selector.get("matchLabels") or {}
    expressions: list[Object] = selector.get("matchExpressions") or []
    assert all(each["operator"] == "In" for each in expressions)
    return all(labels.get(key) == value for key, value in pairs.items()) and all(
        labels.get(each["key"]) in each["values"] for each in expressions
    )


def selecting(objects: list[Object], kind: str, labels: Mapping[str, str]) -> list[Object]:
    """The budgets or network policies that hold for a pod."""
    key = {"PodDisruptionBudget": "selector", "NetworkPolicy": "podSelector"}[kind]
    return [each for each in of_kind(objects, kind) if selects(each["spec"][key], labels)]


def bytes_of(quantity: str) -> float:
    units = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "K": 1e3, "M": 1e6, "G": 1e9}
    for unit, factor in units.items():
        if quantity.endswith(unit):
            return float(quantity.removesuffix(unit)) * factor
    return float(quantity)


def cases(*kinds: str) -> list[Any]:
    """A case for each object of these kinds in each target; none where nothing can be rendered."""
    return [
        pytest.param(target, found, id=f"{target}:{name_of(found)}")
        for target in (TARGETS if KUBECTL else [])
        for found in of_kind(render(target), *kinds)
    ]
