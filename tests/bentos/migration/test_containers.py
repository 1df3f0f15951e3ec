from typing import Any

import pytest

from bentos.migration.containers import compose, gateway_environment, kubernetes
from tests.bentos.migration.old import KEY, planned, server

BOTH = server("app.main_multimodel", MODELS_TO_LOAD="nllb,aya", API_KEY=KEY, TEMPERATURE="0.1")


def test_compose_has_the_gateway_and_its_models() -> None:
    document = compose(planned(BOTH))
    services = document["services"]
    assert list(services) == ["gateway", "nllb", "aya"]
    for name, service in services.items():
        assert (
            service["image"] == f"${{REGISTRY:-localhost}}/lingua-nexus-{name}:${{VERSION:-latest}}"
        )
        assert "/readyz" in service["healthcheck"]["test"][-1]
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}
        assert ("ports" in service) == (name == "gateway")
    assert services["aya"]["environment"] == {"AYA_TEMPERATURE": "0.1"}
    assert services["gateway"]["environment"]["LINGUA_NEXUS_GATEWAY_PROFILE"] == "multimodel"
    assert KEY not in str(document)


def test_without_a_key_no_keys_file_is_mounted() -> None:
    plan = planned(server(API_KEY=""))
    assert "LINGUA_NEXUS_API_KEYS_FILE" not in gateway_environment(plan)
    assert len(compose(plan)["services"]["gateway"]["volumes"]) == 1
    files = kubernetes(plan)
    assert "secret.template.yaml" not in files
    pod = files["gateway.yaml"][0]["spec"]["template"]["spec"]
    assert [volume["name"] for volume in pod["volumes"]] == ["configuration"]


@pytest.fixture
def files() -> dict[str, list[dict[str, Any]]]:
    return kubernetes(planned(BOTH))


def test_overlay_names_only_files_that_are_there(files: dict[str, list[dict[str, Any]]]) -> None:
    [kustomization] = files["kustomization.yaml"]
    named = [*kustomization["resources"], *(each["path"] for each in kustomization["patches"])]
    assert {*named, "kustomization.yaml", "secret.template.yaml"} == files.keys()
    assert kustomization["configMapGenerator"][0]["files"] == ["gateway.toml"]


@pytest.mark.parametrize("name", ["gateway", "nllb", "aya"])
def test_workload_is_reached_probed_and_bounded(
    files: dict[str, list[dict[str, Any]]], name: str
) -> None:
    deployment, service = files[f"{name}.yaml"]
    template = deployment["spec"]["template"]
    assert service["spec"]["selector"] == template["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == template["metadata"]["labels"]
    [container] = template["spec"]["containers"]
    assert service["spec"]["ports"][0]["targetPort"] == container["ports"][0]["name"]
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert container["resources"]["limits"]["memory"].endswith("Gi")
    mounted = {each["name"] for each in container["volumeMounts"]}
    assert mounted == {each["name"] for each in template["spec"]["volumes"]}


def test_patch_is_of_a_container_that_exists(files: dict[str, list[dict[str, Any]]]) -> None:
    [patch] = files["patches/aya.yaml"]
    [container] = patch["spec"]["template"]["spec"]["containers"]
    assert container == {"name": "aya", "env": [{"name": "AYA_TEMPERATURE", "value": "0.1"}]}
    assert patch["metadata"]["name"] == files["aya.yaml"][0]["metadata"]["name"]


def test_secret_is_a_template_without_values(files: dict[str, list[dict[str, Any]]]) -> None:
    [secret] = files["secret.template.yaml"]
    assert secret["stringData"] == {"api-keys": ""}
    assert KEY not in str(files)
