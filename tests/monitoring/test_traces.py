"""One trace through gateway and model, sent to a collector as OpenTelemetry's exporter does."""

import contextlib
import json
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.e2e.calls import ASKED, ask, until
from tests.e2e.found import Demo
from tests.e2e.gateways import Gateway
from tests.monitoring.collector import Collector

CALLER = "b7ad6b7169203331"
SPOKEN = {"nllb": "POST /translate", "gateway": "POST /api/v1/translate"}


@dataclass(frozen=True)
class Traced:
    collector: Collector
    model: Demo
    gateway: Gateway

    def ask(self, path: str = "", *, sampled: bool = True) -> str:
        """The id of the caller's trace."""
        trace = secrets.token_hex(16)
        parent = f"00-{trace}-{CALLER}-0{int(sampled)}"
        status, _, _ = ask(self.gateway, f"/api/v1/translate{path}", ASKED, traceparent=parent)
        assert status == 200
        return trace


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traced]:
    with Collector() as collector, contextlib.ExitStack() as running:
        env = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        model = Demo("nllb", tmp_path_factory.mktemp("model"), env)
        backend = f'[backends.nllb]\nurls = ["{model.url}"]\n'
        gateway = Gateway(tmp_path_factory.mktemp("gateway"), backend, env)
        with ThreadPoolExecutor() as pool:
            list(pool.map(running.enter_context, (model, gateway)))
        until(lambda: ask(gateway, "/api/v1/translate", ASKED)[0] == 200)
        yield Traced(collector, model, gateway)


@pytest.mark.parametrize("path", ["", "/stream"])
def test_one_trace_goes_from_the_caller_through_gateway_and_model(
    traced: Traced, path: str
) -> None:
    trace = traced.ask(path)
    until(lambda: len(traced.collector.of_trace(trace)) == 2)
    spans = traced.collector.of_trace(trace)
    assert {name: span.name for name, span in spans.items()} == {
        name: f"{spoken}{path}" for name, spoken in SPOKEN.items()
    }
    assert spans["gateway"].parent == CALLER
    assert spans["nllb"].parent == spans["gateway"].span


def test_a_caller_without_a_trace_gets_one_that_begins_at_the_gateway(traced: Traced) -> None:
    def roots() -> set[str]:
        return {
            seen.trace
            for seen in traced.collector.spans
            if (seen.name, seen.parent) == (SPOKEN["gateway"], "")
        }

    before = roots()
    ask(traced.gateway, "/api/v1/translate", ASKED)
    until(lambda: bool(roots() - before))
    [trace] = roots() - before
    until(lambda: len(traced.collector.of_trace(trace)) == 2)
    spans = traced.collector.of_trace(trace)
    assert spans["nllb"].parent == spans["gateway"].span


def test_a_caller_who_does_not_sample_is_not_traced_and_neither_are_probes(traced: Traced) -> None:
    not_sampled = traced.ask(sampled=False)
    ask(traced.gateway, "/readyz")
    ask(traced.gateway, "/metrics")
    after = traced.ask()
    until(lambda: len(traced.collector.of_trace(after)) == 2)
    assert traced.collector.of_trace(not_sampled) == {}
    assert not [seen for seen in traced.collector.spans if seen.name.endswith(("z", "metrics"))]


def test_a_collector_that_is_gone_fails_no_request(traced: Traced) -> None:
    traced.collector.close()
    traced.ask()
    answer = json.loads(ask(traced.model, "/translate", ASKED)[1])
    assert answer["translated_text"]
