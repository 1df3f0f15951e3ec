"""What a child is given of this process's environment; not what the gateway is configured to."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_OWN: Final = os.environ  # noqa: TID251 - this is the place to

# With these a child would share this process's own metrics, results or runners.
_NOT_INHERITED: Final = frozenset(
    {
        "PROMETHEUS_MULTIPROC_DIR",
        "BENTOML_CONFIG_OPTIONS",
        "BENTOML_RESULT_STORE",
        "BENTOML_RUNNER_MAP",
    }
)


def environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    """What is inherited, changed; None: not inherited."""
    kept = {name: value for name, value in _OWN.items() if name not in _NOT_INHERITED}
    merged: dict[str, str | None] = {**kept, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def bentoml_home() -> Path:
    """Where BentoML keeps the models and Bentos that children share."""
    return Path(_OWN.get("BENTOML_HOME", "~/bentoml")).expanduser()
