"""The users of a load test, for locust: how often each asks what; not what is right."""

import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from random import Random

from locust import FastHttpUser, User, between, task
from locust.exception import CatchResponseError
from typing_extensions import override

from load_tests.calls import KINDS, Call, by, fault_of
from load_tests.clients import BROKEN, SLOW, Misbehaviour
from load_tests.clients import fault_of as fault_of_client
from load_tests.options import headers_of, options_of

# In order and not drawn, so that even a short run has some of each.
_MIX = (
    *("long", "batch", "wrong", "mixed", "short", "short", "short"),
    *("mixed", "short", "short", "wrong", "mixed", "short"),
)


class Asker(FastHttpUser):
    """Someone who asks what is right to ask, and knows what must come."""

    abstract = True
    wait_time = between(0, 0.05)

    @override
    def on_start(self) -> None:
        options = options_of(self.environment)
        self.random = Random()
        self.headers = headers_of(options)
        self.prefix = options.prefix or ""

    def ask(self, kind: str, call: Call, *, model: str | None = None) -> None:
        with self.client.request(
            call.method,
            f"{self.prefix}{call.path}",
            data=call.body or None,
            headers=self.headers,
            name=kind,
            catch_response=True,
        ) as answer:
            fault = fault_of(call, answer.status_code, answer.content or b"", model=model)
            if fault is None:
                answer.success()
            else:
                answer.failure(fault)


class Caller(Asker):
    """Someone who asks now this, now that; most texts are short."""

    @override
    def on_start(self) -> None:
        super().on_start()
        self.kinds = _from_anywhere(_MIX)

    @task
    def ask_next(self) -> None:
        kind = next(self.kinds)
        self.ask(kind, KINDS[kind](self.random))


class CalmCaller(Caller):
    """The same with pauses: a load that can go on for hours."""

    wait_time = between(0.05, 0.25)


class ModelCaller(Asker):
    """Someone who asks a gateway's models by name, one after the other."""

    @override
    def on_start(self) -> None:
        super().on_start()
        self.models = _from_anywhere(options_of(self.environment).models.split(","))

    @task
    def by_name(self) -> None:
        model = next(self.models)
        self.ask(f"model:{model}", by(model, self.random), model=model)


class Misbehaving(User):
    """A client that does one wrong thing after the other, each on a connection of its own."""

    abstract = True
    ways: Mapping[str, Misbehaviour]

    @override
    def on_start(self) -> None:
        options = options_of(self.environment)
        self.url = f"{self.host}{options.prefix or ''}"
        self.headers = headers_of(options)
        self.next_ways = _from_anywhere(tuple(self.ways))

    @task
    def misbehave(self) -> None:
        kind = next(self.next_ways)
        began = time.perf_counter()
        fault = fault_of_client(self.ways[kind], self.url, self.headers)
        self.environment.events.request.fire(
            request_type="RAW",
            name=kind,
            response_time=(time.perf_counter() - began) * 1000,
            response_length=0,
            exception=None if fault is None else CatchResponseError(fault),
            context={},
        )


class SlowClient(Misbehaving):
    """Holds a connection for seconds with next to nothing on it."""

    wait_time = between(0, 0.05)
    ways = SLOW


class BrokenClient(Misbehaving):
    """Sends what no service may be harmed by."""

    wait_time = between(0.1, 0.4)
    ways = BROKEN


_begun = itertools.count()


def _from_anywhere(names: Sequence[str]) -> Iterator[str]:
    """All of them again and again; the next user begins with the next one."""
    return itertools.islice(itertools.cycle(names), next(_begun) % len(names), None)
