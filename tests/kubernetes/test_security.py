"""What every pod is allowed: as nobody, without writing but where it must, reached by few."""

from typing import Any

import pytest

from bentos.migration.containers import PORT
from tests.kubernetes.rendering import (
    EXAMPLES,
    TARGETS,
    Object,
    cases,
    containers_of,
    gateways_of,
    labels_of,
    models_of,
    name_of,
    needs_kubectl,
    of_kind,
    pod_of,
    render,
    selecting,
    selects,
)

WRITABLE = {"/home/bentoml", "/tmp", "/weights", "/home/bentoml/models"}  # noqa: S108 - a mount
"""The last two on a claim, and written to only by who fills it."""

pytestmark = needs_kubectl


@pytest.mark.parametrize(("target", "workload"), cases("Deployment", "Job"))
def test_pod_runs_as_nobody_and_knows_nothing_of_the_cluster(target: str, workload: Object) -> None:
    pod = pod_of(workload)
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 1034,
        "runAsGroup": 1034,
        "fsGroup": 1034,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys(), target


@pytest.mark.parametrize(("target", "workload"), cases("Deployment", "Job"))
def test_container_has_no_rights_and_writes_only_where_it_must(
    target: str, workload: Object
) -> None:
    volumes = {each["name"]: each for each in pod_of(workload)["volumes"]}
    for container in containers_of(workload):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, target
        mounts = container["volumeMounts"]
        assert {"/home/bentoml", "/tmp"} <= {each["mountPath"] for each in mounts}  # noqa: S108
        assert {each["name"] for each in mounts} <= volumes.keys()
        writable = {each["mountPath"] for each in mounts if not each.get("readOnly")}
        assert writable <= WRITABLE


@pytest.mark.parametrize(("target", "workload"), cases("Deployment"))
def test_what_serves_cannot_write_to_its_weights(target: str, workload: Object) -> None:
    [container] = pod_of(workload)["containers"]
    on_claims = {
        each["name"] for each in pod_of(workload)["volumes"] if "persistentVolumeClaim" in each
    }
    mounts = [each for each in container["volumeMounts"] if each["name"] in on_claims]
    assert all(each["readOnly"] for each in mounts), target


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_holds_a_secret(target: str) -> None:
    assert of_kind(render(target), "Secret") == []


@pytest.mark.parametrize("target", [*EXAMPLES, "weights-loader"])
def test_namespace_enforces_the_strictest_standard(target: str) -> None:
    objects = render(target)
    [namespace] = of_kind(objects, "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert {each["metadata"]["namespace"] for each in objects if each["kind"] != "Namespace"} == {
        name_of(namespace)
    }


@pytest.mark.parametrize(("target", "workload"), cases("Deployment", "Job"))
def test_one_network_policy_holds_in_both_directions(target: str, workload: Object) -> None:
    objects = render(target)
    template = workload["spec"]["template"]["metadata"]["labels"]
    [policy] = selecting(objects, "NetworkPolicy", template)
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]


def policy_of(objects: list[Object], workload: Object) -> Object:
    [policy] = selecting(objects, "NetworkPolicy", labels_of(workload))
    spec: Object = policy["spec"]
    return spec


@pytest.mark.parametrize("target", EXAMPLES)
def test_model_is_asked_by_the_gateway_and_prometheus_alone(target: str) -> None:
    objects = render(target)
    gateways = {name_of(each) for each in gateways_of(objects)}
    for model in models_of(objects):
        [rule] = policy_of(objects, model)["ingress"]
        assert rule["ports"] == [{"port": PORT}]
        near = [peer for peer in rule["from"] if "namespaceSelector" not in peer]
        let_in = {
            name_of(each)
            for each in of_kind(objects, "Deployment")
            if any(selects(peer["podSelector"], labels_of(each)) for peer in near)
        }
        assert let_in == gateways
        [far] = [peer for peer in rule["from"] if "namespaceSelector" in peer]
        assert selects(far["podSelector"], {"app.kubernetes.io/name": "prometheus"})
        assert not selects(far["podSelector"], labels_of(model))


@pytest.mark.parametrize("target", EXAMPLES)
def test_model_asks_nobody_unless_it_pulls_its_weights(target: str) -> None:
    objects = render(target)
    for model in models_of(objects):
        pulls = "initContainers" in pod_of(model)
        assert bool(policy_of(objects, model)["egress"]) is pulls


@pytest.mark.parametrize("target", EXAMPLES)
def test_gateway_asks_the_models_and_the_name_servers(target: str) -> None:
    objects = render(target)
    for gateway in gateways_of(objects):
        to_models, to_names, *further = policy_of(objects, gateway)["egress"]
        [peer] = to_models["to"]
        assert to_models["ports"] == [{"port": PORT}]
        assert {
            name_of(each)
            for each in of_kind(objects, "Deployment")
            if selects(peer["podSelector"], labels_of(each))
        } == {name_of(each) for each in models_of(objects)}
        assert {each["port"] for each in to_names["ports"]} == {53}
        assert bool(further) is uses_redis(gateway)
        assert all(each["ports"] == [{"port": 6379}] for each in further)


def uses_redis(gateway: Object) -> bool:
    environment: list[dict[str, Any]] = pod_of(gateway)["containers"][0]["env"]
    return any(each["name"] == "LINGUA_NEXUS_GATEWAY_CACHE" for each in environment)
