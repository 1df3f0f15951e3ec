"""What the pods are told: settings that exist, a gateway's file that holds, keys that are there."""

import re
import tomllib
from pathlib import PurePosixPath

import pytest
from pydantic_settings import BaseSettings

from bentos.gateway.configuration import Configuration
from bentos.gateway.settings import GatewaySettings
from bentos.pull_arguments import parse
from common.settings import ServiceSettings
from models.aya.settings import AyaSettings
from models.nllb.settings import NLLBSettings
from tests.kubernetes.rendering import (
    EXAMPLES,
    Object,
    cases,
    containers_of,
    gateways_of,
    models_of,
    name_of,
    named,
    needs_kubectl,
    of_kind,
    pod_of,
    render,
)

SETTINGS: tuple[type[BaseSettings], ...] = (
    ServiceSettings,
    GatewaySettings,
    NLLBSettings,
    AyaSettings,
)
OTHERS = {"BENTOML_HOME", "HF_HOME"}

pytestmark = needs_kubectl


def variables() -> set[str]:
    return OTHERS | {
        f"{kind.model_config['env_prefix']}{name.upper()}"
        for kind in SETTINGS
        for name in kind.model_fields
    }


def environment_of(objects: list[Object], container: Object) -> dict[str, str]:
    """The variables with their values; empty where they come from elsewhere."""
    given: dict[str, str] = {}
    for source in container.get("envFrom", []):
        given |= named(objects, "ConfigMap", source["configMapRef"]["name"])["data"]
    return given | {each["name"]: each.get("value", "") for each in container.get("env", [])}


def configuration_of(objects: list[Object], gateway: Object) -> Configuration:
    [volume] = [each for each in pod_of(gateway)["volumes"] if each["name"] == "configuration"]
    data = named(objects, "ConfigMap", volume["configMap"]["name"])["data"]
    return Configuration.model_validate(tomllib.loads(data["gateway.toml"]))


def files_of(workload: Object) -> set[str]:
    """The paths of the secrets' entries that it names, and of the folders that hold whole ones."""
    volumes = {each["name"]: each for each in pod_of(workload)["volumes"]}
    paths = set()
    for mount in pod_of(workload)["containers"][0]["volumeMounts"]:
        for item in volumes[mount["name"]].get("secret", {}).get("items", []):
            paths.add(str(PurePosixPath(mount["mountPath"], item["path"])))
    return paths


@pytest.mark.parametrize(("target", "workload"), cases("Deployment", "Job"))
def test_variable_is_a_setting_that_exists(target: str, workload: Object) -> None:
    objects = render(target)
    for container in containers_of(workload):
        assert environment_of(objects, container).keys() <= variables()


@pytest.mark.parametrize(("target", "config"), cases("ConfigMap"))
def test_configuration_keeps_its_name_so_that_it_is_read_again(target: str, config: Object) -> None:
    hashed = re.search(r"-[a-z0-9]{10}$", name_of(config)) is not None
    assert hashed is ("gateway.toml" not in config["data"]), target


@pytest.mark.parametrize("target", [*EXAMPLES, "overlays/gateway"])
def test_gateways_file_is_valid_and_mounted_as_a_folder(target: str) -> None:
    objects = render(target)
    for gateway in gateways_of(objects):
        assert configuration_of(objects, gateway).backends
        [container] = pod_of(gateway)["containers"]
        [mount] = [each for each in container["volumeMounts"] if each["name"] == "configuration"]
        assert "subPath" not in mount, "one file alone would never change"
        file = environment_of(objects, container)["LINGUA_NEXUS_GATEWAY_FILE"]
        assert file == f"{mount['mountPath']}/gateway.toml"


@pytest.mark.parametrize("target", EXAMPLES)
def test_gateway_asks_services_that_are_there(target: str) -> None:
    objects = render(target)
    services = {
        f"http://{name_of(each)}:{each['spec']['ports'][0]['port']}"
        for each in of_kind(objects, "Service")
    }
    models = {name_of(each) for each in models_of(objects)}
    for gateway in gateways_of(objects):
        backends = configuration_of(objects, gateway).backends
        assert {url for each in backends.values() for url in each.urls} <= services
        assert backends.keys() == models


@pytest.mark.parametrize("target", EXAMPLES)
def test_gateway_sends_a_key_where_the_models_ask_for_one(target: str) -> None:
    objects = render(target)
    asked = {
        environment_of(objects, pod_of(model)["containers"][0]).get("LINGUA_NEXUS_API_KEYS_FILE")
        for model in models_of(objects)
    }
    for model in models_of(objects):
        assert files_of(model) == asked - {None}
    for gateway in gateways_of(objects):
        backends = configuration_of(objects, gateway).backends.values()
        sent = {str(each.api_key_file) for each in backends if each.api_key_file}
        assert sent == files_of(gateway)
        assert bool(sent) is (asked != {None})


@pytest.mark.parametrize("target", EXAMPLES)
def test_gateway_asks_its_callers_for_a_key(target: str) -> None:
    objects = render(target)
    for gateway in gateways_of(objects):
        [container] = pod_of(gateway)["containers"]
        file = environment_of(objects, container)["LINGUA_NEXUS_API_KEYS_FILE"]
        [mount] = [each for each in container["volumeMounts"] if each["name"] == "keys"]
        assert file == f"{mount['mountPath']}/api-keys"


def test_pulling_is_a_command_that_there_is() -> None:
    aya = named(render("examples/gpu"), "Deployment", "aya")
    [pull] = pod_of(aya)["initContainers"]
    assert pull["command"][:3] == ["python", "-m", "bentos.pull"]
    name, request, only_shown = parse(pull["command"][3:])
    assert (name, request.quantization, only_shown) == ("aya", "Q4_K_M", False)
    [bento] = pod_of(aya)["containers"]
    [mount] = [each for each in bento["volumeMounts"] if each["name"] == "weights"]
    home = environment_of([], pull)["BENTOML_HOME"]
    [filled] = [each for each in pull["volumeMounts"] if each["name"] == "weights"]
    assert (filled["mountPath"], mount["subPath"]) == (home, "models")
    assert mount["mountPath"] == "/home/bentoml/models"


def test_canary_by_the_gateway_splits_between_two_of_the_same_model() -> None:
    objects = render("examples/canary")
    [gateway] = gateways_of(objects)
    [split] = configuration_of(objects, gateway).splits
    assert split.arms == {"nllb": 90, "nllb-canary": 10}
    assert {name_of(each) for each in models_of(objects)} == split.arms.keys()


def test_canary_by_the_ingress_leads_to_the_second_gateway() -> None:
    objects = render("examples/ingress")
    first, second = of_kind(objects, "Ingress")
    assert first["spec"]["rules"][0]["host"] == second["spec"]["rules"][0]["host"]
    notes = second["metadata"]["annotations"]
    assert notes["nginx.ingress.kubernetes.io/canary"] == "true"
    assert 0 < int(notes["nginx.ingress.kubernetes.io/canary-weight"]) < 100
    for ingress in (first, second):
        [path] = ingress["spec"]["rules"][0]["http"]["paths"]
        assert path["backend"]["service"]["name"] == name_of(ingress)
        assert named(objects, "Deployment", name_of(ingress))
