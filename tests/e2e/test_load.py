"""The load test against the served demos: they pass, and it can fail."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from load_tests.scenarios import SCENARIOS
from load_tests.server import ROOT
from tests.e2e.found import Demo, any_demo


def attack(url: str, summary: Path, *options: str) -> tuple[int, str, dict[str, Any]]:
    load = [sys.executable, "-m", "load_tests", "--url", url, "--users", "4"]
    ran = subprocess.run(  # noqa: S603  # our own command
        [*load, "--summary", str(summary), *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr, json.loads(summary.read_text())


def test_the_served_demo_stands_the_load(demo: Demo, tmp_path: Path) -> None:
    # Far above the defaults: this machine may run other tests at the same time.
    patient = [f"--p95-ms={name}=30000" for name in SCENARIOS]
    status, output, summary = attack(demo.url, tmp_path / "summary.json", "--time", "8s", *patient)
    assert summary["misses"] == [], output
    assert status == 0, output
    assert set(summary["measured"]) == set(SCENARIOS)
    assert all(found["failures"] == 0 for found in summary["measured"].values())


@any_demo
def test_a_missed_threshold_fails_the_run(demo: Demo, tmp_path: Path) -> None:
    impossible = ["--time", "4s", "--p95-ms", "short=0.001"]
    status, output, summary = attack(demo.url, tmp_path / "summary.json", *impossible)
    assert status == 1
    assert any(miss.startswith("short: 95th percentile") for miss in summary["misses"])
    assert "MISSED short: 95th percentile" in output


@any_demo
def test_unexpected_answers_fail_the_run(demo: Demo, tmp_path: Path) -> None:
    nowhere = f"{demo.url}/nowhere"
    status, _, summary = attack(nowhere, tmp_path / "summary.json", "--time", "3s")
    assert status == 1
    for name in ("short", "wrong"):
        found = summary["measured"][name]
        assert found["failures"] > 0
        assert any(miss.startswith(f"{name}: ") and "failed" in miss for miss in summary["misses"])


@pytest.mark.parametrize("options", [[], ["--users", "3"]])
def test_a_service_or_an_url_is_needed(options: list[str]) -> None:
    ran = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "load_tests", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert "give a service to start, or --url" in ran.stderr
