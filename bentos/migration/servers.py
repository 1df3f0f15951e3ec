"""Which of the predecessor's servers a deployment runs, and what stands for it here."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from bentos.migration.sources import Deployment

Profile = Literal["main", "multimodel", "single", "aya"]
Model = Literal["nllb", "aya"]

PROFILES: Final[tuple[Profile, ...]] = ("main", "multimodel", "single", "aya")
MODELS: Final[tuple[Model, ...]] = ("nllb", "aya")

_MODULES: Final[dict[str, Profile]] = {
    "main_multimodel": "multimodel",
    "single_model_main": "single",
    "main_aya": "aya",
    "app.main": "main",
}
_NAMING: Final = {"single": "LINGUA_NEXUS_MODEL", "multimodel": "MODELS_TO_LOAD"}
_TYPES: Final[dict[str, Profile]] = {"legacy": "main", "multimodel": "multimodel"}


@dataclass(frozen=True, slots=True)
class Server:
    """What is known of one deployment."""

    deployment: Deployment
    profile: Profile
    models: tuple[Model, ...]

    def value(self, name: str) -> str:
        """Of a variable; empty where it is not set."""
        found = self.deployment.values.get(name)
        return found.text.strip() if found else ""


def identify(deployment: Deployment) -> Server:
    """By command, then by its variables, then by its name."""
    profile = _profile(deployment)
    return Server(deployment, profile, _models(deployment, profile))


def _profile(deployment: Deployment) -> Profile:
    given = {name: value.text.strip() for name, value in deployment.values.items()}
    modules = f"{deployment.text} {given.get('APP_MODULE', '')}"
    for module, profile in _MODULES.items():
        if re.search(rf"\b{re.escape(module)}\b", modules):
            return profile
    if "," in given.get("MODELS_TO_LOAD", ""):
        return "multimodel"
    if "LINGUA_NEXUS_SERVER_TYPE" in given or "main_new" in modules:
        return _TYPES.get(given.get("LINGUA_NEXUS_SERVER_TYPE", ""), "single")
    if re.search(r"aya", deployment.text, re.IGNORECASE):
        return "aya"
    if re.search(r"nllb|server\.py", deployment.text, re.IGNORECASE):
        return "main"
    return "single" if "LINGUA_NEXUS_MODEL" in given else "main"


def _models(deployment: Deployment, profile: Profile) -> tuple[Model, ...]:
    if profile in {"main", "aya"}:
        return ("nllb",) if profile == "main" else ("aya",)
    value = deployment.values.get(_NAMING[profile])
    found = tuple(model for model in MODELS if value and model in value.text.lower())
    return found or ("nllb",)
