"""Which of the gateway's models the predecessor's names mean, and whether any can answer."""

from collections.abc import Sequence
from typing import Final

from bentos.contract import ModelState, Status
from bentos.management.errors import UnknownModelError

DEFAULT: Final = "nllb"
AYA: Final = "aya"

_ALIASES: Final = {"aya-expanse-8b": AYA}


def alias_of(name: str) -> str | None:
    """The gateway's name of a model that the predecessor called otherwise."""
    return _ALIASES.get(name.lower())


def usable(state: ModelState) -> bool:
    """Whether it answers, or is started when it is asked."""
    return state.status is Status.READY or (state.on_demand and state.status is not Status.DOWN)


def ready(states: Sequence[ModelState]) -> list[ModelState]:
    """Those that answer without being started."""
    return [state for state in states if state.status is Status.READY]


def named(states: Sequence[ModelState], name: str) -> ModelState:
    """The model that a caller's name means.

    Raises:
        UnknownModelError: None of them.
    """
    for wanted in (name, name.lower(), alias_of(name)):
        for state in states:
            if state.name == wanted:
                return state
    raise UnknownModelError(name)


def prefers(states: Sequence[ModelState], name: str) -> ModelState | None:
    """This model if it is there; None: the configuration decides."""
    return next((state for state in states if state.name == name), None)


def device_of(state: ModelState | None) -> str:
    """The predecessor's word for where it computes."""
    device = str(state.details.get("device") or "") if state else ""
    return "cuda" if device.startswith(("cuda", "gpu")) else "cpu"


def memory_of(states: Sequence[ModelState]) -> str:
    """What they hold together, as `1.23GB`; `N/A` while none has said."""
    sizes = [state.details.get("memory_bytes") for state in states]
    total = sum(size for size in sizes if isinstance(size, int))
    return f"{total / 1024**3:.2f}GB" if total else "N/A"
