"""What BentoML is told agrees with our own limits."""

from typing import Any

import bentoml

from bentos.config import CONFIG
from common.settings import MAX_TIMEOUT_S


def test_our_own_deadline_comes_first() -> None:
    assert CONFIG["traffic"]["timeout"] > MAX_TIMEOUT_S


def test_bentoml_takes_it() -> None:
    class Configured:
        pass

    service: Any = bentoml.service(name="configured", **CONFIG)(Configured)
    assert service.config["workers"] == 1
