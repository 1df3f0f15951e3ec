"""Runs the load test once, without a page: `python -m load_tests SERVICE` or `--url URL`."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from load_tests.server import ROOT, Server

_LOCUSTFILE = Path(__file__).with_name("locustfile.py")


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Our options, and the rest, which is for locust."""
    parser = argparse.ArgumentParser(
        prog="python -m load_tests",
        usage="%(prog)s [SERVICE, as bentos.nllb:NLLBService] [options]",
        description="Others go to locust: --p95-ms, --max-failures, --summary, --api-key …",
    )
    parser.add_argument("--url", help="a running service to test; none is started then")
    parser.add_argument("--users", type=int, default=8)
    parser.add_argument("--time", default="30s", help="how long, as 10s or 5m")
    # Not left to argparse: it would take the value of an option that is locust's for the service.
    service = arguments[0] if arguments and not arguments[0].startswith("-") else None
    options, rest = parser.parse_known_args(arguments[1:] if service else arguments)
    options.service = service
    if options.url is None and service is None:
        parser.error("give a service to start, or --url")
    return options, rest


def attack(url: str, users: int, time: str, rest: list[str]) -> int:
    """The exit status of a headless locust: 1 when a threshold is missed."""
    locust = [sys.executable, "-m", "locust", "-f", str(_LOCUSTFILE), "--host", url]
    headless = ["--headless", "--only-summary", "--users", str(users), "--spawn-rate", str(users)]
    ending = ["--run-time", time, "--stop-timeout", "30s", "--loglevel", "WARNING"]
    return subprocess.run([*locust, *headless, *ending, *rest], cwd=ROOT, check=False).returncode  # noqa: S603  # our own


def main(arguments: list[str]) -> int:
    options, rest = parse(arguments)
    if options.url is not None:
        return attack(options.url, options.users, options.time, rest)
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(options.service, log=Path(folder) / "log") as server,
    ):
        return attack(server.url, options.users, options.time, rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
