"""Decides what the new system is to be, from what the old one was; writes nothing."""

from dataclasses import dataclass, field
from typing import Final

from bentos.migration.servers import MODELS, PROFILES, Model, Profile, Server, identify
from bentos.migration.sources import Found
from bentos.migration.variables import RULES, UNKNOWN, Fate

_UNSAFE: Final = frozenset({"development-key", "1234567", "test-api-key", "test-key-12345"})
_DEFAULT_KEY: Final = "development-key"
_SHORTEST: Final = 16
_UNUSABLE: Final = frozenset(":#,")
_PULLS: Final[dict[Model, str]] = {
    "nllb": "lingua-nexus models pull nllb-200-distilled-600m",
    "aya": "make pull:aya",
}
_FORCED: Final = "FORCE_CPU"


@dataclass(frozen=True, slots=True)
class Row:
    """What becomes of a variable, for the report."""

    name: str
    origin: str
    fate: Fate
    text: str


@dataclass(slots=True)
class Plan:
    """The new system."""

    profile: Profile = "main"
    models: tuple[Model, ...] = ()
    keys: list[str] = field(default_factory=list, repr=False)
    """Lines of the keys file."""
    gateway: dict[str, str] = field(default_factory=dict)
    """Its settings."""
    settings: dict[Model, dict[str, str]] = field(default_factory=dict)
    """Those of each model."""
    rows: list[Row] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)


def decide(found: Found) -> Plan:
    """One gateway for all servers that were found, and a backend for each model they had."""
    servers = [identify(each) for each in found.deployments if not each.is_helper]
    plan = Plan()
    used = {model for server in servers for model in server.models}
    plan.models = tuple(model for model in MODELS if model in used)
    plan.settings = {model: {} for model in plan.models}
    profiles = [each for each in PROFILES if any(server.profile == each for server in servers)]
    plan.profile = profiles[0] if profiles else "main"
    _say_other_profiles(plan, profiles)
    for server in servers:
        _take(plan, server)
    _pull_the_rest(plan)
    for server in servers:
        for port in server.deployment.ports:
            old = f"{server.deployment.name} was on port {port}"
            plan.warnings.append(f"{old}: set PORT={port} once it is stopped.")
    return plan


def _say_other_profiles(plan: Plan, profiles: list[Profile]) -> None:
    for other in profiles[1:]:
        plan.warnings.append(
            f"The gateway answers as {plan.profile}; callers of {other} need a second one with "
            f"LINGUA_NEXUS_GATEWAY_PROFILE={other}, or move."
        )


def _take(plan: Plan, server: Server) -> None:
    # Whether it computes on a GPU at all comes before how many layers there do.
    names = sorted(server.deployment.values, key=lambda name: name == _FORCED)
    for name in names:
        value = server.deployment.values[name]
        outcome = RULES.get(name, UNKNOWN)(value.text.strip(), server)
        for model, settings in outcome.settings.items():
            _settle(plan, model, settings, server)
        plan.commands += [each for each in outcome.commands if each not in plan.commands]
        row = Row(name, value.origin, outcome.fate, outcome.text)
        if row not in plan.rows:
            plan.rows.append(row)
    _take_key(plan, server)


def _settle(plan: Plan, model: Model | None, settings: dict[str, str], server: Server) -> None:
    if model is not None and model not in server.models:
        return  # its file is shared, and another server reads it
    ours = plan.gateway if model is None else plan.settings[model]
    for name, text in settings.items():
        if ours.get(name, text) != text:
            plan.warnings.append(f"{name}: {ours[name]} of one server gives way to {text}.")
        ours[name] = text


def _take_key(plan: Plan, server: Server) -> None:
    """The key in force there: without a variable its default, which everybody knows."""
    where, is_set = server.deployment.name, "API_KEY" in server.deployment.values
    key = server.value("API_KEY") if is_set else _DEFAULT_KEY
    if server.profile == "aya":
        plan.warnings.append(f"{where}: that server let everybody in; here the key is needed.")
        if not is_set:
            return
    if not key:
        return
    if not is_set:
        plan.warnings.append(f"{where}: API_KEY is not set; its default was in force.")
    if key in _UNSAFE:
        plan.warnings.append(f"{where}: API_KEY is a default that everybody knows: replace it.")
    elif len(key) < _SHORTEST:
        plan.warnings.append(f"{where}: API_KEY is short enough to be guessed: replace it.")
    if not key.isascii() or not key.isprintable() or " " in key or _UNUSABLE & set(key):
        plan.warnings.append(f"{where}: API_KEY has characters that none of ours may have.")
        return
    scopes = ":translate+manage" if server.profile == "multimodel" else ""
    line = f"{key}{scopes}"
    if line not in plan.keys:
        plan.keys.append(line)


def _pull_the_rest(plan: Plan) -> None:
    for model in plan.models:
        is_pulled = any(f"pull:{model}" in each or f" {model}-" in each for each in plan.commands)
        if not is_pulled:
            plan.commands.append(_PULLS[model])
    if "make pull:aya" in plan.commands and any("QUANT=" in each for each in plan.commands):
        plan.commands.remove("make pull:aya")
