"""The load test, for locust: who comes in a scenario, and whether it was withstood.

`make load:nllb` runs it; `locust -f load_tests/locustfile.py --host http://…` opens locust's page.
"""

import json
import re
from argparse import Namespace
from collections import Counter
from pathlib import Path

from locust import events
from locust.env import Environment
from locust.runners import WorkerRunner

from load_tests import bursts, gateway, thresholds
from load_tests.options import add_options, headers_of, options_of
from load_tests.scenarios import SCENARIOS, Scenario, limits_of
from load_tests.thresholds import Limits, Measured
from load_tests.users import BrokenClient, Caller, CalmCaller, ModelCaller, SlowClient

_MISBEHAVING = (SlowClient, BrokenClient)
_USERS = (Caller, CalmCaller, ModelCaller, *_MISBEHAVING)
_WRONG_STATUS = re.compile(r"\bstatus (\d{3}) instead of")


def prepare(environment: Environment, **_: object) -> None:
    """Chooses the users of the scenario; a worker is sent the ones that its master chose."""
    if isinstance(environment.runner, WorkerRunner):
        return
    options = options_of(environment)
    scenario = SCENARIOS[options.scenario]
    find(options)
    _limits_of(options)  # a mistake in them shows before the load, not after it
    environment.user_classes[:] = [user for user in _USERS if user.__name__ in scenario.users]
    add_misbehaving(options, scenario)
    if scenario.peak > 1:
        environment.shape_class = bursts.Bursts(environment)
        environment.shape_class.runner = environment.runner


def find(options: Namespace) -> None:
    """Finds out whether it is a gateway, and has its models started that will be asked."""
    headers = headers_of(options)
    unknown = options.prefix is None and options.host  # on locust's page it may be given later
    models = gateway.models_of(options.host, headers) if unknown else ()
    if options.prefix is None:
        options.prefix = gateway.API if models else ""
    if options.scenario != "models":
        gateway.warm(options.host, models[:1], headers)
        return
    options.models = options.models or ",".join(models)
    if not options.models:
        raise ValueError("The scenario models is for a gateway, and this is none; or --models.")
    gateway.warm(options.host, options.models.split(","), headers)


def add_misbehaving(options: Namespace, scenario: Scenario) -> None:
    given = options.misbehaving
    count = scenario.misbehaving if given is None else given
    for user in _MISBEHAVING:
        user.fixed_count = count
    if scenario.misbehaving and options.num_users:
        options.num_users += count


def judge(environment: Environment, **_: object) -> None:
    """Prints the summary; the exit status is 1 when a limit was exceeded."""
    if isinstance(environment.runner, WorkerRunner):
        return
    options = options_of(environment)
    limits = _limits_of(options)
    measured = measure(environment, limits)
    print(thresholds.table(measured, limits))
    if options.summary:
        report = thresholds.report(measured, limits)
        Path(options.summary).write_text(json.dumps(report, indent=2) + "\n")
    missed = thresholds.misses(measured, limits)
    for miss in missed:
        print(f"MISSED {miss}")
    environment.process_exit_code = 1 if missed else 0


def _limits_of(options: Namespace) -> dict[str, Limits]:
    models = tuple(options.models.split(",")) if options.models else ()
    limits = limits_of(options.scenario, models)
    return thresholds.parse(options.p95_ms, options.max_failures, limits)


def measure(environment: Environment, kinds: dict[str, Limits]) -> dict[str, Measured]:
    """By kind of call; locust counts each HTTP method of one apart."""
    entries = environment.stats.entries.values()
    return {
        kind: Measured(
            requests=sum(entry.num_requests for entry in of_it),
            failures=sum(entry.num_failures for entry in of_it),
            p50_ms=max(entry.get_response_time_percentile(0.5) for entry in of_it),
            p95_ms=max(entry.get_response_time_percentile(0.95) for entry in of_it),
            requests_per_s=sum(entry.total_rps for entry in of_it),
            unexpected=unexpected(environment, kind),
        )
        for kind in kinds
        if (of_it := [entry for entry in entries if entry.name == kind])
    }


def unexpected(environment: Environment, kind: str) -> dict[int, int]:
    """Statuses that came where another one had to, read off what `fault_of` says."""
    found: Counter[int] = Counter()
    for error in environment.stats.errors.values():
        if error.name == kind and (said := _WRONG_STATUS.search(str(error.error))):
            found[int(said[1])] += error.occurrences
    return dict(found)


for _event, _listener in (
    (events.init_command_line_parser, add_options),
    (events.init, prepare),
    (events.quitting, judge),
):
    _event.add_listener(_listener)  # type: ignore[no-untyped-call]  # locust's
