"""The configuration that is shipped: taken by Prometheus, tested alert by alert, documented."""

import re
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from bentos import errors
from models.base.exceptions import LinguaNexusError
from tests.monitoring.shipped import (
    MONITORING,
    ROOT,
    RULES,
    alerts,
    installed,
    read,
    rules,
)
from tests.test_docs import anchors_of, leaves, name_of

CASES = sorted((ROOT / "tests" / "monitoring" / "rules").glob("*.yml"))
OUTCOMES = re.compile(r'outcome=~"([^"]*)"')
NO_ANSWER = {"pull_failed", "store", "files_unavailable", "glossaries_unavailable"}
"""Codes of managing models, of files and of what is kept: no text that a model is asked ends so."""


def run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert done.returncode == 0, done.stdout + done.stderr


@installed
@pytest.mark.parametrize("cases", CASES, ids=name_of)
def test_each_alert_fires_when_it_should_and_only_then(cases: Path) -> None:
    run("promtool", "test", "rules", cases)


def test_each_alert_is_tested_both_ways() -> None:
    tested = defaultdict[str, set[str]](set)
    for cases in CASES:
        for case in read(cases)["tests"]:
            for check in case["alert_rule_test"]:
                severities = [alert["exp_labels"]["severity"] for alert in check["exp_alerts"]]
                tested[check["alertname"]] |= set(severities or ["none"])
    wanted = defaultdict[str, set[str]](lambda: {"none"})
    for alert in alerts():
        wanted[alert["alert"]].add(alert["labels"]["severity"])
    assert tested == wanted


@installed
def test_prometheus_and_alertmanager_take_what_is_shipped() -> None:
    run("promtool", "check", "config", MONITORING / "prometheus.yml")
    run("amtool", "check-config", MONITORING / "alertmanager.yml")


@installed
def test_prometheus_takes_the_variant_for_kubernetes(tmp_path: Path) -> None:
    """But for discovery itself, which Debian's is built without."""
    content = read(MONITORING / "prometheus.kubernetes.yml")
    [job] = content["scrape_configs"]
    assert job.pop("kubernetes_sd_configs") == [{"role": "pod"}]
    content["rule_files"] = [str(rule) for rule in RULES]
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(content))
    run("promtool", "check", "config", tmp_path / "prometheus.yml")


def test_both_variants_keep_the_same_series_under_the_same_job() -> None:
    def kept(variant: str) -> Any:
        [job] = read(MONITORING / variant)["scrape_configs"]
        return job["job_name"], job["metric_relabel_configs"]

    assert kept("prometheus.yml") == kept("prometheus.kubernetes.yml")


@pytest.mark.parametrize(
    ("series", "is_kept"),
    [
        ("translation_requests_total;", True),
        ("gateway_backend_up;", True),
        ("bentoml_service_request_total;/translate", True),
        ("bentoml_service_request_total;/api/v1/translate/batch", True),
        ("bentoml_service_request_total;/bento/translate_batch", True),
        ("bentoml_service_last_request_timestamp_seconds;", True),
        ("bentoml_service_request_total;/deepl/v2/translate", True),
        ("bentoml_service_request_total;/v1/chat/completions", True),
        ("bentoml_service_request_total;/google/language/translate/v2", True),
        ("bentoml_service_request_total;/api/v1/files", True),
        ("bentoml_service_request_total;/v2/document/7/result", False),
        ("bentoml_service_request_total;/readyz", False),
        ("bentoml_service_request_total;/wp-login.php", False),
        ("bentoml_service_request_total;/translate/7", False),
    ],
)
def test_series_of_paths_that_are_not_served_are_dropped(series: str, is_kept: bool) -> None:
    [job] = read(MONITORING / "prometheus.yml")["scrape_configs"]
    [rule] = job["metric_relabel_configs"]
    assert bool(re.fullmatch(rule["regex"], series)) is is_kept


def test_what_counts_as_a_failure_is_every_error_that_is_not_the_callers() -> None:
    failures = {
        kind.code
        for kind in leaves(LinguaNexusError)
        for listed in [next(parent for parent in kind.__mro__ if parent in errors.STATUSES)]
        if errors.STATUSES[listed] >= 500
    }
    named = {found for rule in rules() for found in OUTCOMES.findall(rule["expr"])}
    assert {frozenset(codes.split("|")) for codes in named} == {frozenset(failures - NO_ANSWER)}


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_each_alert_has_its_entry_in_the_runbook(alert: dict[str, Any]) -> None:
    page, _, anchor = alert["annotations"]["runbook"].partition("#")
    assert anchor == alert["alert"].lower()
    assert anchor in anchors_of(ROOT / page)


def test_the_runbook_has_no_entry_of_an_alert_that_is_gone() -> None:
    page = ROOT / "docs" / "operations.md"
    entries = {anchor for anchor in anchors_of(page) if anchor.startswith("linguanexus")}
    assert entries == {alert["alert"].lower() for alert in alerts()}


@installed
def test_alertmanager_sends_what_is_critical_to_another_receiver() -> None:
    """As `amtool` routes it."""
    for severity, receiver in (("critical", "on-call"), ("warning", "team"), ("info", "team")):
        command = ["amtool", "config", "routes", "test", f"severity={severity}"]
        config = ["--config.file", str(MONITORING / "alertmanager.yml")]
        done = subprocess.run([*command, *config], capture_output=True, text=True, check=True)  # noqa: S603 - ours
        assert done.stdout.strip() == receiver
