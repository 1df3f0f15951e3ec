"""Everything under deploy/kubernetes renders, and is what each supported Kubernetes takes."""

import re
import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from tests.kubernetes.rendering import (
    DEPLOY,
    EXAMPLES,
    ROOT,
    TARGETS,
    kustomize,
    models_of,
    needs_kubectl,
    of_kind,
    render,
    rendered_text,
)

OLDEST = "1.30"
"""The first release whose preStop can sleep without a program in the image."""
NEWEST = 4
"""Releases beside it, the newest ones that there are schemas of."""

pytestmark = needs_kubectl


def versions() -> list[str]:
    schemas = files("kubernetes_validate") / "kubernetes-json-schema"
    found = {
        match for each in schemas.iterdir() for match in re.findall(r"^v(\d+\.\d+)", each.name)
    }
    newest = sorted(found, key=lambda version: int(version.partition(".")[2]))[-NEWEST:]
    return [OLDEST, *newest]


def validate(version: str, manifest: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kubernetes_validate", "--strict", "--quiet", "-k", version]
    return subprocess.run(  # noqa: S603 - our own interpreter
        [*command, str(manifest)], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every object once, however many folders it is part of."""
    texts = {text for target in TARGETS for text in rendered_text(target).split("\n---\n")}
    path = tmp_path_factory.mktemp("manifests") / "all.yaml"
    path.write_text("\n---\n".join(sorted(texts)))
    return path


@pytest.mark.parametrize("target", TARGETS)
def test_folder_renders(target: str) -> None:
    objects = render(target)
    assert objects
    assert len({(each["kind"], each["metadata"]["name"]) for each in objects}) == len(objects)


@pytest.mark.parametrize("version", versions())
def test_supported_version_takes_all_of_it(version: str, manifest: Path) -> None:
    done = validate(version, manifest)
    assert done.returncode == 0, done.stdout + done.stderr


def test_misspelt_member_is_refused(tmp_path: Path) -> None:
    manifest = tmp_path / "nllb.yaml"
    manifest.write_text(rendered_text("overlays/nllb").replace("startupProbe:", "startUpProbe:"))
    done = validate(versions()[-1], manifest)
    assert done.returncode == 1
    assert "startUpProbe" in done.stdout + done.stderr


def test_every_model_has_an_overlay_and_so_has_the_gateway() -> None:
    bentos = {file.name.split(".")[1] for file in ROOT.glob("bentofile.*.yaml")}
    assert {folder.name for folder in (DEPLOY / "overlays").iterdir()} == bentos


@pytest.mark.parametrize("component", sorted((DEPLOY / "components").iterdir()), ids=str)
def test_component_is_part_of_an_example(component: Path) -> None:
    listed = [(DEPLOY / example / "kustomization.yaml").read_text() for example in EXAMPLES]
    assert any(f"../../components/{component.name}\n" in text for text in listed)


@pytest.mark.parametrize("component", sorted((DEPLOY / "components").iterdir()), ids=str)
def test_component_fits_every_overlay(component: Path, tmp_path: Path) -> None:
    for file in DEPLOY.rglob("*"):
        if file.is_file():
            copied = tmp_path / file.relative_to(DEPLOY)
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_bytes(file.read_bytes())
    own = tmp_path / "own"
    own.mkdir()
    overlays = "".join(f"  - ../overlays/{name}\n" for name in ("gateway", "nllb", "aya"))
    (own / "kustomization.yaml").write_text(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
        f"resources:\n{overlays}components:\n  - ../components/{component.name}\n"
    )
    done = kustomize(own)
    assert done.returncode == 0, done.stderr[:2000]


def test_images_are_those_of_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    for target in (*(each for each in TARGETS if each.startswith("overlays/")), "weights-loader"):
        for workload in of_kind(render(target), "Deployment", "Job"):
            [container] = workload["spec"]["template"]["spec"]["containers"]
            assert re.fullmatch(
                rf"localhost/lingua-nexus-\w+:{re.escape(version)}", container["image"]
            )


def test_gpu_takes_the_images_of_this_version_for_cuda() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    for model in models_of(render("examples/gpu")):
        [container] = model["spec"]["template"]["spec"]["containers"]
        assert container["image"].partition(":")[2].startswith(f"{version}-cuda")
        assert container["resources"]["limits"]["nvidia.com/gpu"] == "1"
