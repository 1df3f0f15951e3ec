"""The load test against the served demos: they pass, and it can fail."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from load_tests.calls import KINDS
from load_tests.clients import BROKEN, SLOW
from load_tests.server import ROOT, Server, free_port
from tests.e2e.found import ONE, Demo, any_demo, service_of

# Far above the defaults: this machine may run other tests at the same time.
PATIENT = [f"--p95-ms={kind}=30000" for kind in KINDS]


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
    options = ["--time", "8s", *PATIENT]
    status, output, summary = attack(demo.url, tmp_path / "summary.json", *options)
    assert summary["misses"] == [], output
    assert status == 0, output
    assert set(summary["measured"]) == set(KINDS)
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
    # Whatever share may fail: it was not refused, it was answered wrongly.
    found = summary["measured"]["short"]["failures"]
    assert f"short: status 404 came {found} times, it never may" in summary["misses"]


@any_demo
@pytest.mark.parametrize(("scenario", "ways"), [("slow", SLOW), ("broken", BROKEN)])
def test_who_misbehaves_harms_nobody(
    scenario: str, ways: dict[str, object], demo: Demo, tmp_path: Path
) -> None:
    options = ["--scenario", scenario, "--time", "5s", *PATIENT]
    status, output, summary = attack(demo.url, tmp_path / "summary.json", *options)
    assert (status, summary["misses"]) == (0, []), output
    assert set(summary["measured"]) == set(KINDS) | set(ways)
    assert all(found["failures"] == 0 for found in summary["measured"].values())


@any_demo
def test_users_come_in_bursts_and_the_report_shows_them(demo: Demo, tmp_path: Path) -> None:
    page, numbers = tmp_path / "report.html", tmp_path / "numbers"
    reports = ["--html", str(page), "--csv", str(numbers), "--csv-full-history"]
    options = ["--scenario", "burst", "--time", "8s", *PATIENT, *reports]
    status, output, _ = attack(demo.url, tmp_path / "summary.json", *options)
    assert status == 0, output
    with (tmp_path / "numbers_stats_history.csv").open() as history:
        users = {int(line["User Count"]) for line in csv.DictReader(history)}
    assert {4, 32} <= users
    assert "</html>" in page.read_text()


@any_demo
def test_two_workers_are_one_load(demo: Demo, tmp_path: Path) -> None:
    port = str(free_port())
    locust = [sys.executable, "-m", "locust", "-f", str(ROOT / "load_tests/locustfile.py")]
    worker = [*locust, "--worker", "--master-host", "127.0.0.1", "--master-port", port]
    workers = [
        subprocess.Popen(worker, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # noqa: S603  # our own command
        for _ in range(2)
    ]
    bound = ["--master-bind-host", "127.0.0.1", "--master-bind-port", port]
    distributed = ["--master", "--expect-workers", "2", "--expect-workers-max-wait", "40", *bound]
    # Only users of both workers together are as many kinds of broken requests.
    options = ["--scenario", "broken", "--time", "4s", *PATIENT, *distributed]
    try:
        status, output, summary = attack(demo.url, tmp_path / "summary.json", *options)
        said = [started.communicate(timeout=20)[0].decode() for started in workers]
    finally:
        for started in workers:
            started.kill()
            started.communicate()
    assert (status, summary["misses"]) == (0, []), output
    assert all(found["requests"] > 0 for found in summary["measured"].values())
    assert [started.returncode for started in workers] == [0, 0], said
    assert "p95 ms" not in "".join(said)


@any_demo
def test_a_service_without_models_to_name_is_not_asked_for_them(demo: Demo) -> None:
    load = [sys.executable, "-m", "load_tests", "--url", demo.url, "--scenario", "models"]
    ran = subprocess.run(load, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  # our own command
    assert ran.returncode == 1
    assert "The scenario models is for a gateway, and this is none" in ran.stdout + ran.stderr


@any_demo
def test_a_gateways_models_are_asked_by_name(demo: Demo, tmp_path: Path) -> None:
    backends = {"LINGUA_NEXUS_GATEWAY_BACKENDS": f"one={demo.url},two={demo.url}"}
    service, folder = service_of("gateway"), tmp_path / "home"
    with Server(service, log=tmp_path / "log", env=backends, home=folder) as gateway:
        models = ["--scenario", "models", "--p95-ms=model:one=30000", "--p95-ms=model:two=30000"]
        status, output, summary = attack(
            gateway.url, tmp_path / "summary.json", "--time", "3s", *models
        )
        assert (status, summary["misses"]) == (0, []), output
        assert set(summary["measured"]) == {"model:one", "model:two"}
        # All else is asked below /api/v1, where a gateway has the same.
        status, output, summary = attack(
            gateway.url, tmp_path / "summary.json", "--time", "3s", *PATIENT
        )
        assert (status, summary["misses"]) == (0, []), output


def test_a_soak_samples_what_the_service_holds(tmp_path: Path) -> None:
    samples, summary = tmp_path / "samples.json", tmp_path / "summary.json"
    soak = [sys.executable, "-m", "load_tests.soak", service_of(ONE), "--minutes", "0.15"]
    written = ["--every", "0.3", "--samples", str(samples), "--summary", str(summary)]
    ran = subprocess.run(  # noqa: S603  # our own command
        [*soak, *written, "--users", "2", *PATIENT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert json.loads(summary.read_text())["misses"] == [], ran.stdout + ran.stderr
    held = json.loads(samples.read_text())
    assert len(held) > 15
    assert all(found["rss"] > 2**26 and found["descriptors"] > 10 for found in held)
    # So short a time says nothing of growth, but it must have been looked at.
    assert "memory, MiB" in ran.stdout
    assert ran.returncode == int("MISSED" in ran.stdout)


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
