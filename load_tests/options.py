"""What a load test is told beside locust's own options; nothing of what it does with it."""

from argparse import ArgumentParser, Namespace

from locust.env import Environment

from load_tests.scenarios import SCENARIOS


def add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--scenario", choices=SCENARIOS, default="steady", help="who comes")
    parser.add_argument("--api-key", default="", help="sent as X-API-Key")
    parser.add_argument(
        "--models",
        default="",
        metavar="NAME,NAME",
        help="for the scenario models: which; by default all that the gateway names",
    )
    parser.add_argument(
        "--prefix", help="before each path; by default /api/v1 of a gateway and nothing of others"
    )
    parser.add_argument(
        "--misbehaving",
        type=int,
        metavar="N",
        help="slow or broken clients beside the users; by default as many as the scenario has",
    )
    parser.add_argument(
        "--p95-ms",
        action="append",
        default=[],
        metavar="KIND=MS",
        help="the 95th percentile a kind of call may have; may be given again",
    )
    parser.add_argument("--max-failures", type=float, help="share that may fail, 0 to 1")
    parser.add_argument("--summary", default="", metavar="FILE", help="write the summary as JSON")


def options_of(environment: Environment) -> Namespace:
    options = environment.parsed_options
    if not isinstance(options, Namespace):
        raise TypeError("This file is for locust's command line.")
    return options


def headers_of(options: Namespace) -> dict[str, str]:
    key = {"x-api-key": options.api_key} if options.api_key else {}
    return {"content-type": "application/json", **key}
