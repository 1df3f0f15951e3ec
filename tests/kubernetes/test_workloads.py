"""How every workload starts, is probed, drains, is replaced, and what it asks of its node."""

import pytest

from bentos.config import CONFIG
from bentos.migration.containers import PORT
from common.catalogue.catalogue import Catalogue
from common.catalogue.estimate import required
from models.aya.settings import AyaSettings
from models.nllb.settings import NLLBSettings
from tests.kubernetes.rendering import (
    Object,
    bytes_of,
    cases,
    containers_of,
    labels_of,
    name_of,
    named,
    needs_kubectl,
    of_kind,
    pod_of,
    render,
    selecting,
    selects,
)

SUPERVISOR_BYTES = 120e6
"""Of the process that BentoML keeps beside the one that serves."""
WEIGHTS = {"nllb": ("nllb-200-distilled-600m", "int8"), "aya": ("aya", "Q4_K_M")}
"""What the overlays' memory is for."""

pytestmark = needs_kubectl


def bento_of(deployment: Object) -> Object:
    [container] = pod_of(deployment)["containers"]
    assert container["name"] == "bento"
    found: Object = container
    return found


@pytest.mark.parametrize(("target", "deployment"), cases("Deployment"))
def test_container_serves_on_the_port_of_its_service(target: str, deployment: Object) -> None:
    [port] = bento_of(deployment)["ports"]
    assert port == {"name": "http", "containerPort": PORT}
    service = named(render(target), "Service", name_of(deployment))
    assert service["spec"]["ports"] == [{"name": "http", "port": PORT, "targetPort": "http"}]


@pytest.mark.parametrize(("target", "deployment"), cases("Deployment"))
def test_service_and_deployment_select_these_pods_and_no_others(
    target: str, deployment: Object
) -> None:
    objects = render(target)
    service = named(objects, "Service", name_of(deployment))
    for selector in ({"matchLabels": service["spec"]["selector"]}, deployment["spec"]["selector"]):
        assert selector["matchLabels"]
        chosen = [
            name_of(each)
            for each in of_kind(objects, "Deployment")
            if selects(selector, labels_of(each))
        ]
        assert chosen == [name_of(deployment)]


@pytest.mark.parametrize(("target", "deployment"), cases("Deployment"))
def test_slow_start_is_waited_for(target: str, deployment: Object) -> None:
    start = bento_of(deployment)["startupProbe"]
    assert start["httpGet"] == {"path": "/readyz", "port": "http"}
    longest_s = start["periodSeconds"] * start["failureThreshold"]
    assert longest_s >= 600, target
    spec = deployment["spec"]
    assert spec["progressDeadlineSeconds"] > longest_s + spec["minReadySeconds"]


@pytest.mark.parametrize(("target", "deployment"), cases("Deployment"))
def test_probes_ask_what_they_are_for_and_never_hang(target: str, deployment: Object) -> None:
    container = bento_of(deployment)
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    assert container["livenessProbe"]["httpGet"] == {"path": "/livez", "port": "http"}
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        probe = container[name]
        assert 1 < probe["timeoutSeconds"] <= probe["periodSeconds"], f"{target} {name}"


@pytest.mark.parametrize(("target", "deployment"), cases("Deployment"))
def test_grace_fits_what_is_being_done(target: str, deployment: Object) -> None:
    stop_s = bento_of(deployment)["lifecycle"]["preStop"]["sleep"]["seconds"]
    # Longer than it takes to be found not ready, and the proxies to be told.
    assert stop_s >= 5
    drain_s = max(NLLBSettings().drain_s, AyaSettings().drain_s)
    grace_s = pod_of(deployment)["terminationGracePeriodSeconds"]
    assert grace_s > stop_s + CONFIG["traffic"]["timeout"] + drain_s, target


@pytest.mark.parametrize(("target", "deployment"), cases("Deployment"))
def test_update_never_takes_a_pod_before_there_is_another(target: str, deployment: Object) -> None:
    update = deployment["spec"]["strategy"]["rollingUpdate"]
    assert update == {"maxSurge": 1, "maxUnavailable": 0}, target
    assert "replicas" not in deployment["spec"], "the autoscaler's"


@pytest.mark.parametrize(("target", "deployment"), cases("Deployment"))
def test_one_budget_holds_and_lets_nodes_be_drained(target: str, deployment: Object) -> None:
    [budget] = selecting(render(target), "PodDisruptionBudget", labels_of(deployment))
    assert budget["spec"]["maxUnavailable"] == 1
    assert budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


@pytest.mark.parametrize(("target", "workload"), cases("Deployment", "Job"))
def test_container_asks_for_memory_and_has_a_limit(target: str, workload: Object) -> None:
    for container in containers_of(workload):
        asked, limit = container["resources"]["requests"], container["resources"]["limits"]
        assert asked["cpu"], target
        assert 0 < bytes_of(asked["memory"]) <= bytes_of(limit["memory"])


@pytest.mark.parametrize("model", sorted(WEIGHTS))
def test_model_gets_the_memory_that_its_weights_need(model: str) -> None:
    name, quantization = WEIGHTS[model]
    entry = Catalogue.load().find(name)
    assert entry is not None
    needed = required(entry, quantization) + SUPERVISOR_BYTES
    resources = bento_of(named(render(f"overlays/{model}"), "Deployment", model))["resources"]
    asked, limit = (bytes_of(resources[key]["memory"]) for key in ("requests", "limits"))
    assert needed <= asked <= 1.5 * needed
    assert limit >= 1.1 * needed


@pytest.mark.parametrize("model", sorted(WEIGHTS))
def test_model_computes_with_as_many_threads_as_it_asked_cores_for(model: str) -> None:
    container = bento_of(named(render(f"overlays/{model}"), "Deployment", model))
    [threads] = [each for each in container["env"] if each["name"].endswith("_THREADS")]
    assert threads["valueFrom"] == {"resourceFieldRef": {"resource": "requests.cpu"}}
    assert container["resources"]["requests"]["cpu"].isdigit(), "whole cores"


@pytest.mark.parametrize(("target", "workload"), cases("Deployment", "Job"))
def test_image_that_is_there_is_not_pulled(target: str, workload: Object) -> None:
    images = {container["image"] for container in containers_of(workload)}
    assert len(images) == 1, f"{target}: one image does all that a pod does"
    assert all(each["imagePullPolicy"] == "IfNotPresent" for each in containers_of(workload))
