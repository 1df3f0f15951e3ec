"""The new system in containers, for compose and Kubernetes, as documents; writes none of them."""

from typing import Any, Final

from bentos.migration.planning import Plan
from bentos.migration.servers import Model

Document = dict[str, Any]

PORT: Final = 3000
_USER: Final = 1034
"""Who a Bento's image runs as."""
_KEYS: Final = "/run/secrets/lingua-nexus/api-keys"
_CONFIGURATION: Final = "/etc/lingua-nexus/gateway.toml"
_WEIGHTS: Final = "/home/bentoml/models"
_LIMITS: Final[dict[Model | None, tuple[str, str]]] = {
    None: ("1", "1G"),
    "nllb": ("4", "4G"),
    "aya": ("6", "12G"),
}
"""Cores and memory; those of models are for the weights that are pulled by default."""
_PROBE: Final = (
    f"import urllib.request as r; r.urlopen('http://127.0.0.1:{PORT}/readyz', timeout=5)"
)
_START_S: Final = 600


def gateway_environment(plan: Plan) -> dict[str, str]:
    """Of the gateway in a container."""
    own = {"LINGUA_NEXUS_GATEWAY_FILE": _CONFIGURATION}
    if plan.keys:
        own["LINGUA_NEXUS_API_KEYS_FILE"] = _KEYS
    return {"LINGUA_NEXUS_GATEWAY_PROFILE": plan.profile, **plan.gateway, **own}


def compose(plan: Plan) -> Document:
    """A gateway, and beside it the models, which only the gateway reaches."""
    gateway = _service(None, gateway_environment(plan))
    gateway["ports"] = [f"${{HOST:-127.0.0.1}}:${{PORT:-{PORT}}}:{PORT}"]
    gateway["volumes"] = [f"./gateway.toml:{_CONFIGURATION}:ro"]
    if plan.keys:
        gateway["volumes"] = [*gateway["volumes"], f"./api-keys:{_KEYS}:ro"]
    gateway["depends_on"] = {name: {"condition": "service_started"} for name in plan.models}
    services: Document = {"gateway": gateway}
    for name in plan.models:
        services[name] = _service(name, plan.settings[name])
        services[name]["volumes"] = [f"${{MODELS:-~/bentoml/models}}:{_WEIGHTS}:ro"]
    return {"name": "lingua-nexus", "services": services}


def _service(model: Model | None, environment: dict[str, str]) -> Document:
    cores, memory = _LIMITS[model]
    return {
        "image": f"${{REGISTRY:-localhost}}/lingua-nexus-{model or 'gateway'}:${{VERSION:-latest}}",
        "environment": environment,
        "healthcheck": {
            "test": ["CMD", "python", "-c", _PROBE],
            "interval": "10s",
            "timeout": "10s",
            "retries": 3,
            "start_period": f"{_START_S}s",
        },
        "deploy": {"resources": {"limits": {"cpus": cores, "memory": memory}}},
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "restart": "unless-stopped",
    }


def kubernetes(plan: Plan) -> dict[str, list[Document]]:
    """By file name: a folder that `kubectl apply -k` takes as it is."""
    files = {f"{name}.yaml": _workload(name) for name in plan.models}
    files["gateway.yaml"] = _workload(None, has_keys=bool(plan.keys))
    patches = {f"patches/{name}.yaml": [_patch(name, plan.settings[name])] for name in plan.models}
    template = {"secret.template.yaml": [_secret()]} if plan.keys else {}
    return {"kustomization.yaml": [_kustomization(plan)], **files, **patches, **template}


def _kustomization(plan: Plan) -> Document:
    environment = gateway_environment(plan)
    names = ["gateway", *plan.models]
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [f"{name}.yaml" for name in names],
        "configMapGenerator": [
            {"name": "gateway-configuration", "files": ["gateway.toml"]},
            {
                "name": "gateway-environment",
                "literals": [f"{name}={text}" for name, text in sorted(environment.items())],
            },
        ],
        "patches": [{"path": f"patches/{name}.yaml"} for name in plan.models],
        "images": [
            {
                "name": f"lingua-nexus-{name}",
                "newName": f"localhost/lingua-nexus-{name}",
                "newTag": "latest",
            }
            for name in names
        ],
    }


def _workload(model: Model | None, *, has_keys: bool = False) -> list[Document]:
    name = model or "gateway"
    labels = {"app.kubernetes.io/name": f"lingua-nexus-{name}"}
    port = {"name": "http", "port": PORT, "targetPort": "http"}
    service: Document = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "labels": labels},
        "spec": {"selector": labels, "ports": [port]},
    }
    volumes, mounts = _weights() if model else _configuration(has_keys=has_keys)
    container = {**_container(model), "volumeMounts": mounts}
    if model is None:
        container["envFrom"] = [{"configMapRef": {"name": "gateway-environment"}}]
    pod = {
        "automountServiceAccountToken": False,
        # They would be variables of the models' own prefixes.
        "enableServiceLinks": False,
        "securityContext": {"runAsNonRoot": True, "runAsUser": _USER, "fsGroup": _USER},
        "containers": [container],
        "volumes": volumes,
    }
    template = {"metadata": {"labels": labels}, "spec": pod}
    deployment: Document = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
    }
    return [deployment, service]


def _container(model: Model | None) -> Document:
    cores, memory = _LIMITS[model]
    limits = {"cpu": cores, "memory": f"{memory}i"}
    return {
        "name": model or "gateway",
        "image": f"lingua-nexus-{model or 'gateway'}",
        "ports": [{"name": "http", "containerPort": PORT}],
        "resources": {"requests": limits, "limits": limits},
        "startupProbe": _probe("/readyz", every=10, failures=_START_S // 10),
        "readinessProbe": _probe("/readyz", every=5, failures=2),
        "livenessProbe": _probe("/livez", every=10, failures=6),
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", "5"]}}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        },
    }


def _probe(path: str, *, every: int, failures: int) -> Document:
    get = {"path": path, "port": "http"}
    limits = {"periodSeconds": every, "timeoutSeconds": 5, "failureThreshold": failures}
    return {"httpGet": get, **limits}


def _weights() -> tuple[list[Document], list[Document]]:
    """A claim that the operator makes, which holds the model store."""
    claim = {"claimName": "lingua-nexus-models", "readOnly": True}
    mount: Document = {"name": "models", "mountPath": _WEIGHTS, "readOnly": True}
    return [{"name": "models", "persistentVolumeClaim": claim}], [mount]


def _configuration(*, has_keys: bool) -> tuple[list[Document], list[Document]]:
    # Folders, not single files: only these change in the running container along with the source.
    volumes: list[Document] = [
        {"name": "configuration", "configMap": {"name": "gateway-configuration"}}
    ]
    mounts: list[Document] = [
        {"name": "configuration", "mountPath": "/etc/lingua-nexus", "readOnly": True}
    ]
    if has_keys:
        secret = {"secretName": "lingua-nexus-api-keys", "defaultMode": 0o440}
        volumes.append({"name": "keys", "secret": secret})
        mounts.append({"name": "keys", "mountPath": "/run/secrets/lingua-nexus", "readOnly": True})
    return volumes, mounts


def _patch(model: Model, settings: dict[str, str]) -> Document:
    """What the old system's files said of the model."""
    environment = [{"name": name, "value": text} for name, text in sorted(settings.items())]
    containers = [{"name": model, "env": environment}]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": model},
        "spec": {"template": {"spec": {"containers": containers}}},
    }


def _secret() -> Document:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "lingua-nexus-api-keys"},
        "stringData": {"api-keys": ""},
    }
