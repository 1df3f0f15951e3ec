import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator

import pytest
from typing_extensions import override

from bentos.contract import Status
from bentos.gateway.endpoint import Endpoint
from bentos.gateway.health import Health
from bentos.gateway.transport import BackendLimits
from common.logs import request_id
from tests.bentos.gateway.services import Exchange, Service


class Changes:
    """Waits for what an endpoint says of itself."""

    def __init__(self) -> None:
        self.endpoint: Endpoint | None = None
        self._changed = asyncio.Event()

    def announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, status: Status) -> None:
        assert self.endpoint is not None
        async with asyncio.timeout(5):
            while self.endpoint.status is not status:
                await self._changed.wait()


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with Service(name="nllb") as service:
        yield service


@pytest.fixture
def changes() -> Changes:
    return Changes()


@pytest.fixture
async def endpoint(service: Service, changes: Changes) -> AsyncIterator[Endpoint]:
    endpoint = Endpoint(service.url, BackendLimits(), on_change=changes.announce)
    changes.endpoint = endpoint
    endpoint.open()
    yield endpoint
    await endpoint.close()


@pytest.fixture
async def health(endpoint: Endpoint) -> AsyncIterator[Health]:
    health = Health(endpoint, every_s=0.01, timeout_s=0.3)
    yield health
    await health.stop()


def polls(service: Service, path: str) -> int:
    return sum(poll.path == path for poll in service.polls)


async def several_polls(service: Service) -> None:
    seen = len(service.polls)
    await service.until(lambda: len(service.polls) >= seen + 5)


async def test_what_is_ready_says_what_it_is(
    health: Health, endpoint: Endpoint, service: Service
) -> None:
    await health.start()
    assert endpoint.status is Status.READY
    assert (health.languages, health.details) == (("eng_Latn",), {"name": "nllb"})
    await several_polls(service)
    assert (polls(service, "/model"), polls(service, "/languages")) == (1, 1)


async def test_one_that_loads_is_starting_and_then_ready(
    health: Health, endpoint: Endpoint, service: Service, changes: Changes
) -> None:
    service.ready = False
    await health.start()
    assert (endpoint.status, endpoint.message) == (Status.STARTING, "It is loading.")
    service.ready = True
    await changes.until(Status.READY)
    assert (endpoint.message, health.details) == (None, {"name": "nllb"})


@pytest.mark.parametrize(
    ("answered", "message"),
    [
        ({"status": "failed", "message": "No weights."}, "No weights."),
        ({"status": "stopping"}, "It is not ready: stopping."),
        ({"status": "another"}, "It is not ready."),
        ("garbage", "It is not ready."),
    ],
)
async def test_one_that_is_not_ready_says_why(
    health: Health, endpoint: Endpoint, service: Service, answered: object, message: str
) -> None:
    service.ready, service.health = False, json.dumps(answered).encode()
    await health.check()
    assert (endpoint.status, endpoint.message) == (Status.DOWN, message)


async def test_a_dead_service_is_known_within_a_second(
    endpoint: Endpoint, service: Service, changes: Changes
) -> None:
    health = Health(endpoint)  # as it is by default
    await health.start()
    began = time.monotonic()
    await service.stop()
    await changes.until(Status.DOWN)
    assert time.monotonic() - began < 1
    assert endpoint.message == "It refuses connections."
    assert health.details == {"name": "nllb"}
    await health.stop()
    await service.start()


async def test_one_that_does_not_answer_is_down(
    health: Health, endpoint: Endpoint, service: Service, changes: Changes
) -> None:
    await health.start()
    service.ready = None
    await changes.until(Status.DOWN)
    assert endpoint.message == "The model's service took too long to answer."
    service.ready = True
    await changes.until(Status.READY)


async def test_one_that_answers_calls_is_not_down_for_a_late_poll(
    endpoint: Endpoint, service: Service
) -> None:
    health = Health(endpoint, timeout_s=0.3)
    states: list[Status] = []
    await health.check()
    service.ready = None
    deadline = asyncio.get_running_loop().time() + 5
    checking = asyncio.create_task(health.check())
    await endpoint.send("POST", "/translate", b"{}", {}, deadline=deadline)
    await checking
    states.append(endpoint.status)
    await health.check()
    states.append(endpoint.status)
    assert states == [Status.READY, Status.DOWN]


async def test_another_process_is_asked_what_it_is(
    health: Health, service: Service, changes: Changes
) -> None:
    await health.start()
    await service.stop()
    await changes.until(Status.DOWN)
    service.model = b'{"name": "another"}'
    await service.start()
    await changes.until(Status.READY)
    assert health.details == {"name": "another"}


async def test_one_that_does_not_say_what_it_is_is_asked_again(
    health: Health, endpoint: Endpoint, service: Service
) -> None:
    service.model = b"garbage"
    await health.check()
    assert (endpoint.status, health.details, health.languages) == (Status.READY, {}, ())
    service.model = b'{"name": "nllb"}'
    await health.check()
    assert (health.details, health.languages) == ({"name": "nllb"}, ("eng_Latn",))


async def test_a_change_is_logged_once(
    health: Health, service: Service, changes: Changes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="bentos.gateway"):
        service.ready = False
        await health.start()
        await several_polls(service)
        service.ready = True
        await changes.until(Status.READY)
        await several_polls(service)
    logged = [record.getMessage().split(": ")[1] for record in caplog.records]
    assert logged == ["starting, It is loading.", "ready, it answers"]


class Logged(logging.Handler):
    """Waits for a message."""

    def __init__(self) -> None:
        super().__init__()
        self.written = asyncio.Event()

    @override
    def emit(self, record: logging.LogRecord) -> None:
        if "cannot be asked" in record.getMessage():
            self.written.set()


async def test_the_poller_outlives_what_nobody_foresaw(
    health: Health, endpoint: Endpoint, changes: Changes
) -> None:
    await health.start()
    logged = Logged()
    logger = logging.getLogger("bentos.gateway.health")
    logger.addHandler(logged)
    await endpoint.close()  # from now on aiohttp raises RuntimeError
    await asyncio.wait_for(logged.written.wait(), 5)
    logger.removeHandler(logged)
    endpoint.set(Status.DOWN, "closed")
    endpoint.open()
    await changes.until(Status.READY)


async def test_stopping_leaves_no_task_behind(health: Health, service: Service) -> None:
    before = asyncio.all_tasks()
    await health.start()
    service.ready = None
    seen = len(service.polls)
    await service.until(lambda: len(service.polls) > seen)
    await health.stop()
    await health.stop()
    ours = [task for task in asyncio.all_tasks() - before if "Health" in repr(task.get_coro())]
    assert ours == []


async def test_the_polls_are_of_nobodys_request(service: Service) -> None:
    ids: list[str | None] = []
    polled = asyncio.Event()

    class Noted(Endpoint):
        @override
        def set(self, status: Status, message: str | None = None) -> None:
            ids.append(request_id.get())
            if len(ids) > 1:
                polled.set()

    endpoint = Noted(service.url, BackendLimits())
    endpoint.open()
    health = Health(endpoint, every_s=0.01, timeout_s=0.3)
    token = request_id.set("of-a-request")
    await health.start()
    await asyncio.wait_for(polled.wait(), 5)
    request_id.reset(token)
    await health.stop()
    await endpoint.close()
    assert ids[:2] == ["of-a-request", None]


async def test_one_that_changes_without_being_down_is_noticed(
    endpoint: Endpoint, service: Service
) -> None:
    health = Health(endpoint, every_s=0.01, timeout_s=0.3, learn_every_s=0.02)
    await health.start()
    service.model = b'{"name": "nllb", "version": "2"}'
    seen = polls(service, "/languages")
    await service.until(lambda: polls(service, "/languages") > seen + 2)
    await health.stop()
    assert health.details == {"name": "nllb", "version": "2"}
    assert endpoint.status is Status.READY


async def test_one_that_has_calls_is_down_only_after_several_late_polls(
    endpoint: Endpoint, service: Service
) -> None:
    health = Health(endpoint, timeout_s=0.1)
    await health.check()
    service.ready = None
    service.answer = Exchange.gone
    deadline = asyncio.get_running_loop().time() + 30
    call = asyncio.create_task(endpoint.send("POST", "/translate", b"{}", {}, deadline=deadline))
    await service.until(lambda: bool(service.requests))
    states: list[Status] = []
    while endpoint.status is Status.READY and len(states) < 20:
        await health.check()
        states.append(endpoint.status)
    call.cancel()
    assert states[:3] == [Status.READY] * 3
    assert states[-1] is Status.DOWN
