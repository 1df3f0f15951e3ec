"""Debian's Prometheus and Alertmanager with what is shipped, before services that really run."""

import contextlib
import math
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from load_tests.server import ServerProcess
from tests.e2e.calls import ASKED, ask
from tests.e2e.found import Demo
from tests.e2e.gateways import Gateway
from tests.monitoring.shipped import dashboard_queries, installed, rules
from tests.monitoring.stack import Alertmanager, Prometheus, Receiver

pytestmark = installed

CONFIGURATION = """
[backends.nllb]
urls = ["{url}"]

[[splits]]
name = "trial"
arms = {{ nllb = 1 }}
"""
LOOPING = {**ASKED, "text": "x" * 300}
OLD = {**ASKED, "text": "Hello.", "source_lang": "eng_Latn", "target_lang": "fra_Latn"}


@dataclass(frozen=True)
class Stack:
    model: Demo
    gateway: Gateway
    prometheus: Prometheus
    receiver: Receiver

    def use(self) -> None:
        """Once of everything that is counted."""
        ask(self.model, "/translate", LOOPING)  # gets a warning
        ask(self.model, "/translate", {**ASKED, "target_lang": "nowhere"})
        ask(self.gateway, "/api/v1/translate", ASKED)
        ask(self.gateway, "/models")  # will go
        ask(self.gateway, "/translate", OLD)

    def without_series(self, queries: list[str]) -> set[str]:
        """Those that return none, or none with a number."""
        return {
            query
            for query in queries
            if not any(math.isfinite(value) for value in self.prometheus.query(query))
        }


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folders = {name: tmp_path_factory.mktemp(name) for name in ("model", "gateway", "prometheus")}
    with contextlib.ExitStack() as running:
        receiver = running.enter_context(Receiver())
        model = Demo("nllb", folders["model"])
        old = {
            "LINGUA_NEXUS_GATEWAY_OLD_URL": model.url,
            "LINGUA_NEXUS_GATEWAY_SHADOW": "true",
            "LINGUA_NEXUS_GATEWAY_WEIGHT_NEW": "50",
        }
        gateway = Gateway(folders["gateway"], CONFIGURATION.format(url=model.url), old)
        alertmanager = Alertmanager(folders["prometheus"], receiver)
        targets = [f"127.0.0.1:{server.port}" for server in (model, gateway)]
        prometheus = Prometheus(folders["prometheus"], targets, alertmanager)
        servers: list[ServerProcess] = [model, gateway, alertmanager]
        with ThreadPoolExecutor() as pool:
            list(pool.map(running.enter_context, servers))
        running.enter_context(prometheus)  # it would tell of what is not up yet
        yield Stack(model, gateway, prometheus, receiver)


def test_every_query_of_the_dashboard_and_every_recorded_rule_has_series(stack: Stack) -> None:
    recorded = [rule["record"] for rule in rules() if "record" in rule]
    queries = dashboard_queries() + recorded
    assert len(queries) > 40
    deadline = time.monotonic() + 30
    while missing := stack.without_series(queries):
        assert time.monotonic() < deadline, missing
        stack.use()


def test_no_alert_fires_while_all_is_well_but_the_one_for_deprecated_use(stack: Stack) -> None:
    firing = "count by (alertname) (ALERTS{alertstate='firing'})"
    expected = "count by (alertname) (ALERTS{alertname='LinguaNexusDeprecatedUse'})"
    assert stack.prometheus.query(firing) == stack.prometheus.query(expected) != []


def test_alerts_are_delivered_when_a_model_ends(stack: Stack) -> None:
    stack.model.stop()
    alerts = stack.receiver.wait_for({"LinguaNexusUnreachable", "LinguaNexusGatewayBackendDown"})
    instance = f"127.0.0.1:{stack.model.port}"
    unreachable = alerts["LinguaNexusUnreachable"]
    assert unreachable["receiver"] == "on-call"
    assert unreachable["labels"]["instance"] == instance
    assert unreachable["annotations"] == {
        "summary": f"{instance} does not answer.",
        "runbook": "docs/operations.md#linguanexusunreachable",
    }
    down = alerts["LinguaNexusGatewayBackendDown"]
    assert down["labels"]["backend"] == "nllb"
    assert down["labels"]["instance"] == f"127.0.0.1:{stack.gateway.port}"
