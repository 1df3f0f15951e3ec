"""What BentoML is told agrees with our own limits."""

import re
from typing import Any

import bentoml
import pytest

from bentos.config import CONFIG, tracing_of
from bentos.settings import TracingSettings
from common.settings import MAX_TIMEOUT_S

ON = TracingSettings(exporter_otlp_endpoint="http://127.0.0.1:4318", traces_sampler_arg=0.5)


def test_our_own_deadline_comes_first() -> None:
    assert CONFIG["traffic"]["timeout"] > MAX_TIMEOUT_S


@pytest.mark.parametrize("settings", [TracingSettings(), ON])
def test_bentoml_takes_it(settings: TracingSettings) -> None:
    class Configured:
        pass

    told = {**CONFIG, "tracing": tracing_of(settings)}
    service: Any = bentoml.service(name="configured", **told)(Configured)
    assert service.config["workers"] == 1
    assert service.config["tracing"] == tracing_of(settings)


def test_without_a_collector_no_request_costs_a_span() -> None:
    assert re.search(tracing_of(TracingSettings())["excluded_urls"], "http://nllb:3000/translate")


def test_probes_are_not_traced_and_requests_are() -> None:
    tracing = tracing_of(ON)
    assert tracing["sample_rate"] == 0.5
    for path in ("livez", "readyz", "healthz", "metrics"):
        assert re.search(tracing["excluded_urls"], f"http://nllb:3000/{path}")
    for path in ("translate", "translate/stream", "metrics/of"):
        assert not re.search(tracing["excluded_urls"], f"http://nllb:3000/{path}")
