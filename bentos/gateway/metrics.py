"""What the gateway counts of each model it asks; the models count themselves too."""

import asyncio
import math
from collections.abc import Callable, Iterable
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from bentos.contract import ModelState, Status
from bentos.process import show_memory

NAME: Final = "gateway"
"""Of the service, its Bento and what it counts of itself."""

# Models are named in the configuration, outcomes are codes of ours: both are closed sets.
REQUESTS = Counter(
    "gateway_requests_total",
    "Texts that a model behind the gateway was asked for, by outcome (ok, or the error's code).",
    ["model", "outcome"],
)
REQUEST_SECONDS = Histogram(
    "gateway_request_seconds",
    "Time from asking a model behind the gateway to its answer, its start included.",
    ["model"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
)
ANSWERS = Counter(
    "gateway_answers_total",
    "Texts answered, by the model that spoke and why it was this one.",
    ["model", "reason"],
)
BACKEND_UP = Gauge(
    "gateway_backend_up",
    "0 while a model behind the gateway is down, else 1; NaN once it is configured no more.",
    ["backend"],
    multiprocess_mode="livemostrecent",
)


async def show_states(states: Callable[[], Iterable[ModelState]], every_s: float = 1.0) -> None:
    """Shows them, and the process's memory, until it is cancelled. One for a process.

    A model that is cold, or starting, is not down: whoever asks for it gets his answer.
    """
    shown: set[str] = set()
    while True:
        show_memory(NAME)
        now = {state.name: state.status is not Status.DOWN for state in states()}
        for name in shown - now.keys():
            BACKEND_UP.labels(name).set(math.nan)  # no metric of several processes can be removed
        for name, is_up in now.items():
            BACKEND_UP.labels(name).set(is_up)
        shown = set(now)
        await asyncio.sleep(every_s)
