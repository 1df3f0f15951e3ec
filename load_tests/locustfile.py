"""The users of a load test, for locust; what they ask is in scenarios.py.

`make load:nllb` runs it; `locust -f load_tests/locustfile.py --host http://…` opens locust's page.
"""

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path
from random import Random

from locust import FastHttpUser, between, events, task
from locust.env import Environment
from typing_extensions import override

from load_tests import thresholds
from load_tests.scenarios import SCENARIOS, fault_of
from load_tests.thresholds import Measured


class Caller(FastHttpUser):
    """Someone who asks now this, now that; most texts are short."""

    wait_time = between(0, 0.05)

    @override
    def on_start(self) -> None:
        self.random = Random()
        key = options_of(self.environment).api_key
        self.headers = {"content-type": "application/json"} | ({"x-api-key": key} if key else {})

    @task(6)
    def short(self) -> None:
        self.ask("short")

    @task(1)
    def long(self) -> None:
        self.ask("long")

    @task(1)
    def batch(self) -> None:
        self.ask("batch")

    @task(3)
    def mixed(self) -> None:
        self.ask("mixed")

    @task(2)
    def wrong(self) -> None:
        self.ask("wrong")

    def ask(self, scenario: str) -> None:
        call = SCENARIOS[scenario](self.random)
        with self.client.request(
            call.method,
            call.path,
            data=call.body or None,
            headers=self.headers,
            name=scenario,
            catch_response=True,
        ) as answer:
            fault = fault_of(call, answer.status_code, answer.content or b"")
            if fault is None:
                answer.success()
            else:
                answer.failure(fault)


def add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--api-key", default="", help="sent as X-API-Key")
    parser.add_argument(
        "--p95-ms",
        action="append",
        default=[],
        metavar="SCENARIO=MS",
        help="the 95th percentile a scenario may have; may be given again",
    )
    parser.add_argument("--max-failures", type=float, help="share that may fail, 0 to 1")
    parser.add_argument("--summary", default="", metavar="FILE", help="write the summary as JSON")


def judge(environment: Environment, **_: object) -> None:
    """Prints the summary; the exit status is 1 when a limit was exceeded."""
    options = options_of(environment)
    limits = thresholds.parse(options.p95_ms, options.max_failures)
    measured = measure(environment)
    print(thresholds.table(measured, limits))
    if options.summary:
        report = thresholds.report(measured, limits)
        Path(options.summary).write_text(json.dumps(report, indent=2) + "\n")
    missed = thresholds.misses(measured, limits)
    for miss in missed:
        print(f"MISSED {miss}")
    environment.process_exit_code = 1 if missed else 0


def options_of(environment: Environment) -> Namespace:
    options = environment.parsed_options
    if not isinstance(options, Namespace):
        raise TypeError("This file is for locust's command line.")
    return options


def measure(environment: Environment) -> dict[str, Measured]:
    """By scenario; locust counts each HTTP method of one apart."""
    entries = environment.stats.entries.values()
    return {
        scenario: Measured(
            requests=sum(entry.num_requests for entry in of_it),
            failures=sum(entry.num_failures for entry in of_it),
            p50_ms=max(entry.get_response_time_percentile(0.5) for entry in of_it),
            p95_ms=max(entry.get_response_time_percentile(0.95) for entry in of_it),
            requests_per_s=sum(entry.total_rps for entry in of_it),
        )
        for scenario in SCENARIOS
        if (of_it := [entry for entry in entries if entry.name == scenario])
    }


events.init_command_line_parser.add_listener(add_options)  # type: ignore[no-untyped-call]  # locust's
events.quitting.add_listener(judge)  # type: ignore[no-untyped-call]  # locust's
