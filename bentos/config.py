"""What BentoML is told of every service of ours; nothing of what it does."""

from typing import Any, Final

from bentos.settings import TracingSettings
from common.settings import MAX_TIMEOUT_S

_NO_TRACES: Final = {"excluded_urls": ".*"}
"""Spans cost half of a small request's time, even those that are sent nowhere."""

_PROBES: Final = "/(livez|readyz|healthz|metrics)$"


def tracing_of(settings: TracingSettings) -> dict[str, Any]:
    """BentoML's configuration of traces; where to is left to the exporter's own variables."""
    if not settings.on:
        return _NO_TRACES
    return {
        "exporter_type": "otlp",
        "sample_rate": settings.traces_sampler_arg,
        "excluded_urls": _PROBES,
        "otlp": {"protocol": "http"},
    }


CONFIG: Final[dict[str, Any]] = {
    "workers": 1,
    # BentoML keeps a timer for this long after every request: above our own deadline, no larger.
    "traffic": {"timeout": MAX_TIMEOUT_S + 10},
    "tracing": tracing_of(TracingSettings()),
}
"""For `@bentoml.service`: one model, one process."""
