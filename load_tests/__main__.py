"""Runs the load test once, without a page: `python -m load_tests SERVICE` or `--url URL`."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from load_tests.scenarios import SCENARIOS
from load_tests.server import ROOT, Server

_LOCUSTFILE = Path(__file__).with_name("locustfile.py")


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Our options, and the rest, which is for locust."""
    parser = argparse.ArgumentParser(
        prog="python -m load_tests",
        usage="%(prog)s [SERVICE, as bentos.nllb:NLLBService] [options]",
        description="Others go to locust: --html, --p95-ms, --max-failures, --summary, --api-key …",
        epilog="; ".join(f"{name}: {scenario.about}" for name, scenario in SCENARIOS.items()),
    )
    parser.add_argument("--url", help="a running service to test; none is started then")
    parser.add_argument("--scenario", choices=SCENARIOS, default="steady")
    parser.add_argument("--users", type=int, default=8, help="well-behaved ones")
    parser.add_argument("--time", help="how long, as 10s or 5m; by default as the scenario has it")
    # Not left to argparse: it would take the value of an option that is locust's for the service.
    service = arguments[0] if arguments and not arguments[0].startswith("-") else None
    options, rest = parser.parse_known_args(arguments[1:] if service else arguments)
    options.service = service
    if options.url is None and service is None:
        parser.error("give a service to start, or --url")
    return options, rest


def command(url: str, options: argparse.Namespace, rest: list[str]) -> list[str]:
    """A headless locust, whose exit status is 1 when a threshold is missed."""
    users, time = str(options.users), options.time or SCENARIOS[options.scenario].time
    locust = [sys.executable, "-m", "locust", "-f", str(_LOCUSTFILE), "--host", url]
    headless = ["--headless", "--only-summary", "--users", users, "--spawn-rate", "100"]
    ending = ["--run-time", time, "--stop-timeout", "30s", "--loglevel", "WARNING"]
    return [*locust, *headless, *ending, "--scenario", options.scenario, *rest]


def attack(url: str, options: argparse.Namespace, rest: list[str]) -> int:
    return subprocess.run(command(url, options, rest), cwd=ROOT, check=False).returncode  # noqa: S603  # our own


def main(arguments: list[str]) -> int:
    options, rest = parse(arguments)
    if options.url is not None:
        return attack(options.url, options, rest)
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(options.service, log=Path(folder) / "log") as server,
    ):
        return attack(server.url, options, rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
