"""What `lingua-nexus migrate` writes for Kubernetes goes by the same names as deploy/kubernetes."""

import subprocess
from pathlib import Path

import pytest
import yaml

from bentos.migration.writing import files
from tests.bentos.migration.old import KEY, planned, server
from tests.kubernetes.rendering import (
    Object,
    kustomize,
    labels_of,
    named,
    needs_kubectl,
    pod_of,
    render,
)
from tests.kubernetes.test_rendering import validate, versions

NAME = "app.kubernetes.io/name"

pytestmark = needs_kubectl


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    folder = tmp_path_factory.mktemp("migrated")
    plan = planned(server("app.main_multimodel", MODELS_TO_LOAD="nllb,aya", API_KEY=KEY))
    for file in files(plan, folder, local=False):
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text)
    return kustomize(folder / "kubernetes")


def objects_of(migrated: subprocess.CompletedProcess[str]) -> list[Object]:
    assert migrated.returncode == 0, migrated.stderr[:2000]
    return list(yaml.safe_load_all(migrated.stdout))


@pytest.mark.parametrize("version", versions())
def test_supported_version_takes_it(
    migrated: subprocess.CompletedProcess[str], version: str, tmp_path: Path
) -> None:
    manifest = tmp_path / "migrated.yaml"
    manifest.write_text(migrated.stdout)
    done = validate(version, manifest)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["gateway", "nllb", "aya"])
def test_names_ports_and_labels_are_the_same(
    migrated: subprocess.CompletedProcess[str], name: str
) -> None:
    ours, theirs = render("examples/air-gapped"), objects_of(migrated)
    ports = [named(each, "Service", name)["spec"]["ports"] for each in (ours, theirs)]
    assert ports[0] == ports[1]
    workloads = [named(each, "Deployment", name) for each in (ours, theirs)]
    assert len({labels_of(each)[NAME] for each in workloads}) == 1
    assert len({pod_of(each)["securityContext"]["runAsUser"] for each in workloads}) == 1


@pytest.mark.parametrize("name", ["gateway", "nllb", "aya"])
def test_claims_and_secrets_are_the_same(
    migrated: subprocess.CompletedProcess[str], name: str
) -> None:
    found = []
    for objects in (render("examples/air-gapped"), objects_of(migrated)):
        pod = pod_of(named(objects, "Deployment", name))
        mounts = {each["name"]: each["mountPath"] for each in pod["containers"][0]["volumeMounts"]}
        found.append(
            {
                mounts[each["name"]]: each[kind].get("claimName") or each[kind].get("secretName")
                for each in pod["volumes"]
                for kind in ("persistentVolumeClaim", "secret")
                if kind in each
            }
        )
    assert found[0] == found[1] != {}
