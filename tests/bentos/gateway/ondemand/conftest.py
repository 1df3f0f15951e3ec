"""Nothing that a test here starts outlives it, however the test ends."""

import contextlib
from collections.abc import Iterator

import psutil
import pytest

from tests.bentos.gateway.ondemand.trees import below


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    before = set(below())
    yield
    left = [process for process in below() if process not in before]
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    assert left == []
