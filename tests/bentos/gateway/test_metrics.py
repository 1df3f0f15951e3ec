import asyncio
import math

import pytest
from prometheus_client import REGISTRY

from bentos.contract import ModelState, Status
from bentos.gateway import metrics
from bentos.gateway.metrics import show_states


def up(backend: str) -> float | None:
    return REGISTRY.get_sample_value("gateway_backend_up", {"backend": backend})


class Seen:
    """States that a test changes; it knows when they were looked at."""

    def __init__(self, **statuses: Status) -> None:
        self.statuses = statuses
        self._looked = asyncio.Event()

    def __call__(self) -> list[ModelState]:
        self._looked.set()
        return [ModelState(name=name, status=status) for name, status in self.statuses.items()]

    async def looked_at(self) -> None:
        """Once more from now on, and shown."""
        for _ in range(2):
            self._looked.clear()
            await self._looked.wait()


@pytest.mark.parametrize(
    ("status", "shown"),
    [(Status.READY, 1), (Status.COLD, 1), (Status.STARTING, 1), (Status.DOWN, 0)],
)
async def test_only_what_is_down_is_not_up(status: Status, shown: int) -> None:
    seen = Seen(one=status)
    showing = asyncio.create_task(show_states(seen, 0))
    await seen.looked_at()
    assert up("one") == shown
    showing.cancel()


async def test_it_is_shown_again_and_what_is_not_configured_is_no_number() -> None:
    seen = Seen(kept=Status.READY, dropped=Status.DOWN)
    showing = asyncio.create_task(show_states(seen, 0))
    await seen.looked_at()
    seen.statuses = {"kept": Status.DOWN}
    await seen.looked_at()
    assert up("kept") == 0
    assert math.isnan(up("dropped") or 0.0)
    showing.cancel()


def test_labels_are_of_closed_sets_alone() -> None:
    """A name that a caller may choose would make a series of each."""
    counted = (metrics.REQUESTS, metrics.REQUEST_SECONDS, metrics.ANSWERS, metrics.BACKEND_UP)
    assert {metric._name: metric._labelnames for metric in counted} == {
        "gateway_requests": ("model", "outcome"),
        "gateway_request_seconds": ("model",),
        "gateway_answers": ("model", "reason"),
        "gateway_backend_up": ("backend",),
    }


def test_times_reach_from_a_kept_answer_to_a_model_that_starts() -> None:
    bounds = metrics.REQUEST_SECONDS._kwargs["buckets"]
    assert bounds[0] <= 0.01
    assert bounds[-1] >= 120
    assert list(bounds) == sorted(bounds)
