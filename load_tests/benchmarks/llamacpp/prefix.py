"""How long the first token takes where a prompt's beginning is computed already, and where not."""

import json
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass

from load_tests.benchmarks.callers import Translate
from load_tests.benchmarks.workload import Sentence

_ONE_TOKEN = Translate({}, max_tokens=1)
# As short as texts are: what is measured is the prompt before them.
_TEXTS = ("Good morning.", "Thank you.")


@dataclass(frozen=True)
class FirstToken:
    """One language pair's first request, and the next one of it with another text."""

    cold_ms: float
    warm_ms: float

    @property
    def ratio(self) -> float:
        return self.warm_ms / self.cold_ms


def measure(url: str, pairs: Sequence[tuple[str, str]]) -> list[FirstToken]:
    """The pairs must be new to the service; which text comes first changes from pair to pair."""
    found = []
    for number, (source, target) in enumerate(pairs):
        texts = _TEXTS if number % 2 == 0 else tuple(reversed(_TEXTS))
        cold, warm = (_spent_ms(url, Sentence(source, target, text)) for text in texts)
        found.append(FirstToken(cold, warm))
    return found


def _spent_ms(url: str, one: Sentence) -> float:
    request = urllib.request.Request(  # noqa: S310  # http, ours
        url + _ONE_TOKEN.path,
        json.dumps(_ONE_TOKEN.body(one)).encode(),
        {"Content-Type": "application/json"},
    )
    began = time.perf_counter()
    with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310  # ours
        found = json.load(answer)
    spent_ms = 1000 * (time.perf_counter() - began)
    _ONE_TOKEN.read(answer.status, found)
    return spent_ms
