"""What becomes of each variable of the predecessor; not of what file it is written to."""

import math
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bentos.migration.servers import Model, Server


class Fate(StrEnum):
    """What becomes of a variable."""

    MAPPED = "mapped"
    """It is in the new files."""
    COMMAND = "command"
    """A command to be run does what it did."""
    NONE = "none"
    """Nothing here is like it, and why."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one variable; never what a secret was set to."""

    fate: Fate
    text: str
    """What it becomes, or why nothing."""
    settings: dict[Model | None, dict[str, str]] = field(default_factory=dict)
    """Ours, by the model they are for; None: the gateway's."""
    commands: tuple[str, ...] = ()


Rule = Callable[[str, Server], Outcome]

_ON: Final = frozenset({"1", "true", "yes", "on"})
_QUANTIZATION: Final = re.compile(r"aya-expanse-8b-(\w+)\.gguf", re.IGNORECASE)
_NLLB: Final = re.compile(r"facebook/(nllb-200-(?:distilled-600M|distilled-1\.3B|1\.3B|3\.3B))")
_AYA: Final = "bartowski/aya-expanse-8b-GGUF"


def nothing(why: str) -> Rule:
    """Of what has no equivalent, whatever its value."""

    def rule(value: str, server: Server) -> Outcome:
        del value, server
        return Outcome(Fate.NONE, why)

    return rule


def _unread(hint: str = "") -> Rule:
    return nothing("set, but the old system never read it" + (f"; {hint}" if hint else ""))


def _set(model: Model | None, name: str, value: str, note: str = "") -> Outcome:
    return Outcome(Fate.MAPPED, f"{name}={value}{note}", {model: {name: value}})


def _number(
    model: Model, name: str, low: float, high: float, kind: type[int] | type[float] = int
) -> Rule:
    """Within our bounds."""

    def rule(value: str, server: Server) -> Outcome:
        del server
        try:
            number: float = kind(value)
        except ValueError:
            number = math.nan
        if math.isnan(number):
            return Outcome(Fate.NONE, f"it is no number; {name} stays as it is by default")
        bound = min(max(number, low), high)
        note = "" if bound == number else f", the nearest to {number} there is"
        return _set(model, name, str(bound), note)

    return rule


def _pull_nllb(value: str, server: Server) -> Outcome:
    del server
    known = _NLLB.fullmatch(value)
    if known:
        command = f"lingua-nexus models pull {known[1].lower()}"
    elif _is_path(value):
        command = f"make pull:nllb ARGS={shlex.quote('--from ' + shlex.quote(value))}"
    else:
        command = f"make pull:nllb MODEL={shlex.quote(value)}"
    return Outcome(Fate.COMMAND, command, commands=(command,))


def _pull_aya(value: str, server: Server) -> Outcome:
    del server
    if _is_path(value):
        command = f"make pull:aya ARGS={shlex.quote('--from ' + shlex.quote(value))}"
        return Outcome(Fate.COMMAND, command, commands=(command,))
    if value == _AYA:
        return Outcome(Fate.COMMAND, "make pull:aya", commands=("make pull:aya",))
    return Outcome(Fate.NONE, f"only {_AYA} is served as Aya")


def _is_path(value: str) -> bool:
    return value.startswith(("/", "./", "../", "~"))


def _quantization(value: str, server: Server) -> Outcome:
    del server
    found = _QUANTIZATION.fullmatch(value.rsplit("/", 1)[-1])
    if found is None:
        return Outcome(Fate.NONE, f"it is none of the files of {_AYA}")
    command = f"make pull:aya QUANT={found[1]}"
    return Outcome(Fate.COMMAND, command, commands=(command,))


def _device(value: str, server: Server) -> Outcome:
    """Of the models that the server has; Aya computes on a GPU what its layers say."""
    kind = value.lower().partition(":")[0]
    if kind not in {"auto", "cpu", "cuda"}:
        return Outcome(Fate.NONE, "it is none of auto, cpu, cuda")
    settings: dict[Model | None, dict[str, str]] = {}
    if "nllb" in server.models:
        settings["nllb"] = {"NLLB_DEVICE": kind}
    if "aya" in server.models and kind == "cpu":
        settings["aya"] = {"AYA_GPU_LAYERS": "0"}
    named = [f"{name}={text}" for each in settings.values() for name, text in each.items()]
    text = ", ".join(named) or "AYA_GPU_LAYERS: all that fit, by default"
    return Outcome(Fate.MAPPED, text, settings)


def _force_cpu(value: str, server: Server) -> Outcome:
    if value.lower() in _ON:
        return _device("cpu", server)
    return Outcome(Fate.MAPPED, "as by default")


def _beams(value: str, server: Server) -> Outcome:
    if server.value("LINGUA_NEXUS_NLLB_USE_PIPELINE").lower() in {"", *_ON}:
        return Outcome(Fate.NONE, "had no effect in the pipeline; NLLB_BEAM_SIZE is like it")
    return _number("nllb", "NLLB_BEAM_SIZE", 1, 4)(value, server)


def _key(value: str, server: Server) -> Outcome:
    del server
    if not value:
        return Outcome(Fate.NONE, "empty: no key is asked for")
    return Outcome(Fate.MAPPED, "an entry of LINGUA_NEXUS_API_KEYS_FILE")


def _profile(value: str, server: Server) -> Outcome:
    del value
    return Outcome(Fate.MAPPED, f"LINGUA_NEXUS_GATEWAY_PROFILE={server.profile}")


def _models(value: str, server: Server) -> Outcome:
    del value
    return Outcome(Fate.MAPPED, f"backends of gateway.toml: {', '.join(server.models)}")


def _port(value: str, server: Server) -> Outcome:
    del server
    text = "PORT of compose.yaml, once the old server is stopped"
    return Outcome(Fate.MAPPED, f"{text}: {value}" if value.isdigit() else text)


def _host(value: str, server: Server) -> Outcome:
    del server
    return Outcome(Fate.MAPPED, f"HOST of compose.yaml (127.0.0.1 by default): {value}")


def _debug(value: str, server: Server) -> Outcome:
    del server
    if value.lower() in _ON:
        return _set(None, "LINGUA_NEXUS_LOG_LEVEL", "DEBUG")
    return Outcome(Fate.MAPPED, "as by default")


_CACHE: Final = "LINGUA_NEXUS_GATEWAY_CACHE takes its URL; the old cache never answered anything"
_WINDOW: Final = (
    "the old limits hold on the old paths, another is LINGUA_NEXUS_RATE_LIMIT, as 120/minute"
)
_STORE: Final = "weights lie in the BentoML store, which BENTOML_HOME names"
_CONTEXT: Final = "long texts are split; AYA_CONTEXT_TOKENS is each slot's, and takes memory"

RULES: Final[dict[str, Rule]] = {
    "API_KEY": _key,
    "MODEL_NAME": _pull_nllb,
    "REDIS_URL": nothing(_CACHE),
    "TESTING": nothing("it did nothing"),
    "MODELS_TO_LOAD": _models,
    "LINGUA_NEXUS_MODEL": _models,
    "LINGUA_NEXUS_SERVER_TYPE": _profile,
    "LINGUA_NEXUS_DEVICE": _device,
    "LINGUA_NEXUS_NLLB_MODEL_PATH": _pull_nllb,
    "LINGUA_NEXUS_NLLB_MAX_LENGTH": _number("nllb", "NLLB_MAX_OUTPUT_TOKENS", 1, 1022),
    "LINGUA_NEXUS_NLLB_NUM_BEAMS": _beams,
    "LINGUA_NEXUS_NLLB_USE_PIPELINE": nothing("there is one way to compute"),
    "LINGUA_NEXUS_AYA_MODEL_PATH": _pull_aya,
    "LINGUA_NEXUS_AYA_MAX_LENGTH": _number("aya", "AYA_MAX_OUTPUT_TOKENS", 1, 4096),
    "LINGUA_NEXUS_AYA_TEMPERATURE": _number("aya", "AYA_TEMPERATURE", 0.0, 2.0, float),
    "LINGUA_NEXUS_AYA_GGUF_FILENAME": _quantization,
    "LINGUA_NEXUS_AYA_GPU_LAYERS": _number("aya", "AYA_GPU_LAYERS", -1, 1024),
    "MODEL_PATH": _pull_aya,
    "GGUF_FILENAME": _quantization,
    "DEVICE": _device,
    "FORCE_CPU": _force_cpu,
    "N_CTX": nothing(_CONTEXT),
    "N_GPU_LAYERS": _number("aya", "AYA_GPU_LAYERS", -1, 1024),
    "TEMPERATURE": _number("aya", "AYA_TEMPERATURE", 0.0, 2.0, float),
    "TOP_P": _number("aya", "AYA_TOP_P", 0.01, 1.0, float),
    "MAX_LENGTH": _number("aya", "AYA_MAX_OUTPUT_TOKENS", 1, 4096),
    "GGUF_DEBUG_MODE": _debug,
    "HF_HOME": nothing(_STORE),
    "HOST": _host,
    "PORT": _port,
    "WORKERS": nothing("one process a model computes for all; several URLs of a backend share"),
    "RELOAD": nothing("the gateway's configuration is read again by itself"),
    "APP_MODULE": _profile,
    "MODEL_TYPE": _unread(),
    "ENABLE_MULTIMODEL": _unread("LINGUA_NEXUS_GATEWAY_PROFILE says it"),
    "USE_GGUF": _unread("Aya is always GGUF"),
    "RATE_LIMIT_ENABLED": _unread(_WINDOW),
    "RATE_LIMIT_REQUESTS": _unread(_WINDOW),
    "RATE_LIMIT_WINDOW": _unread(_WINDOW),
    "MODEL_CACHE_DIR": _unread(_STORE),
    "NLLB_MODEL": _unread("make pull:nllb MODEL= chooses"),
    "AYA_MODEL": _unread(f"only {_AYA} is served as Aya"),
    "HF_TOKEN": _unread("whoever pulls has it in the environment; no server needs it"),
    "CACHE_TTL": _unread("LINGUA_NEXUS_GATEWAY_CACHE_TTL_S is like it"),
    "LOG_LEVEL": _unread("LINGUA_NEXUS_LOG_LEVEL is like it"),
    "CACHE_DIR": _unread(_STORE),
    "OMP_NUM_THREADS": nothing("NLLB_THREADS and AYA_THREADS say it"),
    "TOKENIZERS_PARALLELISM": nothing("nothing here reads it"),
}
"""By name: every variable that the predecessor's files set."""

UNKNOWN: Final = nothing("none of the old system's variables")
