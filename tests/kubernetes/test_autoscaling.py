"""Autoscaling by metrics that we have, through rules that make them what they are called."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from bentos.gateway import metrics as gateway_metrics
from common import metrics
from tests.kubernetes.rendering import DEPLOY, Object, cases, name_of, named, needs_kubectl, render

PROMTOOL = shutil.which("promtool")
BY_LABEL = {"<<.GroupBy>>": "pod", "<<.LabelMatchers>>": 'namespace="lingua-nexus",pod=~"a|b|c"'}
"""What the adapter fills in when it is asked for some pods."""


def rules() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(
        (DEPLOY / "prometheus-adapter" / "values.yaml").read_text()
    )["rules"]["custom"]
    return found


def rule_of(metric: str) -> dict[str, Any]:
    [rule] = [each for each in rules() if each["name"]["as"] == metric]
    return rule


def expression_of(metric: str) -> str:
    expression = str(rule_of(metric)["metricsQuery"])
    for template, text in BY_LABEL.items():
        expression = expression.replace(template, text)
    assert "<<" not in expression
    return expression


def histograms() -> set[str]:
    every = [*vars(metrics).values(), *vars(gateway_metrics).values()]
    described = [
        family
        for each in every
        if isinstance(each, MetricWrapperBase)
        for family in each.describe()
    ]
    return {family.name for family in described if family.type == "histogram"}


@needs_kubectl
@pytest.mark.parametrize(("target", "autoscaler"), cases("HorizontalPodAutoscaler"))
def test_autoscaler_asks_for_a_metric_that_the_adapter_makes(
    target: str, autoscaler: Object
) -> None:
    [metric] = autoscaler["spec"]["metrics"]
    assert metric["type"] == "Pods"
    assert rule_of(metric["pods"]["metric"]["name"]), target


@needs_kubectl
@pytest.mark.parametrize(("target", "autoscaler"), cases("HorizontalPodAutoscaler"))
def test_autoscaler_scales_its_own_deployment(target: str, autoscaler: Object) -> None:
    reference = autoscaler["spec"]["scaleTargetRef"]
    assert reference["name"] == name_of(autoscaler)
    assert named(render(target), reference["kind"], reference["name"])
    assert autoscaler["spec"]["minReplicas"] <= autoscaler["spec"]["maxReplicas"]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["name"]["as"]))
def test_rule_is_made_of_a_histogram_of_ours(rule: dict[str, Any]) -> None:
    series = str(rule["seriesQuery"]).partition("{")[0]
    assert series.removesuffix("_sum") in histograms()
    assert f"{series}{{" in rule["metricsQuery"]
    assert rule["resources"]["overrides"].keys() == {"namespace", "pod"}


def series_of(name: str, pod: str, values: str) -> dict[str, str]:
    return {"series": f'{name}{{namespace="lingua-nexus",pod="{pod}"}}', "values": values}


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
def test_rules_compute_what_they_are_called(tmp_path: Path) -> None:
    wait = "translation_queue_wait_seconds"
    tests = [
        {
            "interval": "30s",
            "input_series": [
                # 30 segments in 30 s that waited 2 s each, and a pod where nothing comes.
                series_of(f"{wait}_sum", "a", "0+60x20"),
                series_of(f"{wait}_count", "a", "0+30x20"),
                series_of(f"{wait}_sum", "b", "7+0x20"),
                series_of(f"{wait}_count", "b", "9+0x20"),
                # In 30 s, 90 s were spent asking: three at a time.
                series_of("gateway_request_seconds_sum", "c", "0+90x20"),
            ],
            "promql_expr_test": [
                expected("translation_queue_wait_seconds_mean", a=2, b=0),
                expected("gateway_requests_in_flight", c=3),
            ],
        }
    ]
    file = tmp_path / "adapter.yaml"
    file.write_text(yaml.safe_dump({"rule_files": [], "tests": tests}))
    assert PROMTOOL is not None
    done = subprocess.run(  # noqa: S603 - a program of this machine
        [PROMTOOL, "test", "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def expected(metric: str, **values: float) -> dict[str, Any]:
    samples = [{"labels": f'{{pod="{pod}"}}', "value": value} for pod, value in values.items()]
    return {"expr": expression_of(metric), "eval_time": "9m", "exp_samples": samples}
