import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from bentos.contract import Status
from bentos.gateway.backend import Backend, Reply
from bentos.gateway.errors import BackendError, BackendUnavailableError, error_of
from bentos.gateway.transport import BackendLimits
from models.base.exceptions import (
    DeadlineExceededError,
    EmptyTextError,
    OverloadedError,
)
from tests.bentos.gateway.services import (
    Answer,
    Exchange,
    Service,
    echo,
    fail,
    garbage,
    half,
    hang,
    reset,
    services,
    unused_url,
)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Gate:
    """Answers when it is opened, and says who has come and who has left."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.left = asyncio.Event()

    async def __call__(self, exchange: Exchange) -> None:
        leaving = asyncio.create_task(exchange.gone())
        opening = asyncio.create_task(self.opened.wait())
        await asyncio.wait([leaving, opening], return_when=asyncio.FIRST_COMPLETED)
        opening.cancel()
        if leaving.done():
            self.left.set()
            return
        leaving.cancel()
        await asyncio.wait([leaving])
        await exchange.reply(200, exchange.request.body)


@contextlib.asynccontextmanager
async def backend_of(
    *urls: str, clock: Clock | None = None, limits: BackendLimits | None = None
) -> AsyncIterator[Backend]:
    backend = Backend("demo", urls, limits, clock=clock or Clock())
    await backend.start()
    try:
        yield backend
    finally:
        await backend.stop()


async def ask(backend: Backend, body: bytes = b"{}", timeout_s: float = 5.0) -> Reply:
    return await backend.send("POST", "/translate", body, timeout_s=timeout_s)


async def cancelled(task: asyncio.Task[Reply]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_call_is_answered() -> None:
    async with Service() as service, backend_of(service.url) as backend:
        headers = {"X-Request-Id": "abc", "Host": "evil.example"}
        reply = await backend.send("POST", "/translate", b"hello", headers, timeout_s=5)
        assert (reply.status, reply.body) == (200, b"hello")
        [request] = service.requests
        assert request.headers["x-request-id"] == "abc"
        assert request.headers["host"] == f"127.0.0.1:{service.port}"


async def test_its_state_is_that_of_its_services() -> None:
    async with Service(name="nllb") as service, backend_of(service.url) as backend:
        state = backend.state()
        assert (state.name, state.status, state.message) == ("demo", Status.READY, None)
        assert (state.languages, state.details) == (("eng_Latn",), {"name": "nllb"})
        [one] = backend.endpoints()
        assert (one.url, one.status, one.message) == (service.url, Status.READY, None)
        assert (one.outstanding, one.breaker) == (0, "closed")


async def test_a_backends_error_is_an_answer() -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.reply(400, b'{"error": {"code": "empty_text", "message": "Blank."}}')

    async with Service(refuse) as service, backend_of(service.url) as backend:
        reply = await ask(backend)
        assert isinstance(error_of(reply.status, reply.body), EmptyTextError)


async def test_nothing_up_is_a_clear_503() -> None:
    async with backend_of(unused_url()) as backend:
        state = backend.state()
        assert (state.status, state.message) == (Status.DOWN, "It refuses connections.")
        assert "127.0.0.1" not in str(state)
        with pytest.raises(BackendUnavailableError) as caught:
            await ask(backend)
        assert caught.value.retry_after_s == 1
        with pytest.raises(BackendUnavailableError):
            await backend.stream("POST", "/x", timeout_s=5).__aenter__()


async def test_one_that_loads_is_starting_and_waited_for() -> None:
    async with Service() as service:
        service.ready = False
        async with backend_of(service.url) as backend:
            assert backend.state().status is Status.STARTING
            waited = await backend.wait_ready(timeout_s=0.01)
            assert (waited.status, waited.message) == (Status.STARTING, "It is loading.")
            waiting = asyncio.create_task(backend.wait_ready(timeout_s=5))
            service.ready = True
            assert (await waiting).status is Status.READY


@pytest.mark.parametrize(
    "answer", [garbage, half, reset], ids=lambda answer: getattr(answer, "__name__", "")
)
async def test_a_broken_answer_is_an_error_and_not_asked_for_twice(answer: Answer) -> None:
    async with services(answer, answer) as (one, two), backend_of(one.url, two.url) as backend:
        with pytest.raises(BackendError):
            await ask(backend)
        assert len(one.requests) + len(two.requests) == 1


async def test_one_that_hangs_is_given_up_at_the_deadline() -> None:
    async with Service(hang) as service, backend_of(service.url) as backend:
        with pytest.raises(DeadlineExceededError):
            await ask(backend, timeout_s=0.05)
        assert len(service.requests) == 1


async def test_a_call_has_no_more_time_than_its_backend() -> None:
    limits = BackendLimits(timeout_s=0.05)
    async with services(hang) as [service], backend_of(service.url, limits=limits) as backend:
        with pytest.raises(DeadlineExceededError):
            await ask(backend)
        with pytest.raises(DeadlineExceededError):
            await backend.stream("POST", "/x", timeout_s=5).__aenter__()


async def test_one_slow_call_harms_no_other() -> None:
    gate = Gate()

    async def slow_for_one(exchange: Exchange) -> None:
        await (gate if exchange.request.body == b"slow" else echo)(exchange)

    async with Service(slow_for_one) as service, backend_of(service.url) as backend:
        slow = asyncio.create_task(ask(backend, b"slow"))
        await service.until(lambda: len(service.requests) == 1)
        replies = await asyncio.gather(*(ask(backend, b"%d" % i) for i in range(20)))
        assert [reply.body for reply in replies] == [b"%d" % i for i in range(20)]
        assert not slow.done()
        gate.opened.set()
        assert (await slow).body == b"slow"


async def test_calls_go_in_turn_and_then_to_the_least_busy() -> None:
    gate = Gate()
    async with services(echo, echo) as (one, two), backend_of(one.url, two.url) as backend:
        for _ in range(6):
            await ask(backend)
        assert (len(one.requests), len(two.requests)) == (3, 3)
        one.answer = gate
        slow = [asyncio.create_task(ask(backend)) for _ in range(2)]  # one for each
        await one.until(lambda: len(one.requests) == 4)
        for _ in range(4):
            await ask(backend)
        assert (len(one.requests), len(two.requests)) == (4, 8)
        gate.opened.set()
        await asyncio.gather(*slow)


async def test_one_that_dies_under_calls_loses_none_that_it_refused() -> None:
    async with services(echo, echo) as (one, two), backend_of(one.url, two.url) as backend:
        await asyncio.gather(*(ask(backend) for _ in range(4)))
        await one.stop()
        ends = await asyncio.gather(*(ask(backend) for _ in range(20)), return_exceptions=True)
        # On a connection kept from before, whether the request left cannot be known.
        assert all(
            isinstance(end, BackendError) or (isinstance(end, Reply) and end.status == 200)
            for end in ends
        )
        replies = await asyncio.gather(*(ask(backend) for _ in range(20)))
        assert [reply.status for reply in replies] == [200] * 20
        assert [state.status for state in backend.endpoints()] == [Status.DOWN, Status.READY]
        assert backend.state().status is Status.READY
        await one.start()


async def test_a_refused_call_is_made_elsewhere() -> None:
    slow_to_know = BackendLimits(poll_every_s=60)
    async with (
        services(echo, echo) as (one, two),
        backend_of(one.url, two.url, limits=slow_to_know) as backend,
    ):
        await one.stop()
        # What was kept from the poll is closed by now: a new connection is needed, and refused.
        replies = [await ask(backend) for _ in range(6)]
        assert [reply.status for reply in replies] == [200] * 6
        assert len(two.requests) == 6
        await two.stop()
        with pytest.raises(BackendUnavailableError):
            await ask(backend)
        await asyncio.gather(one.start(), two.start())


async def test_a_stream_is_opened_elsewhere_too() -> None:
    slow_to_know = BackendLimits(poll_every_s=60)
    async with (
        services(echo, echo) as (one, two),
        backend_of(one.url, two.url, limits=slow_to_know) as backend,
    ):
        await one.stop()
        for _ in range(3):
            async with backend.stream("POST", "/x", b"hello", timeout_s=5) as reply:
                assert b"".join([chunk async for chunk in reply.chunks]) == b"hello"
        await two.stop()
        with pytest.raises(BackendUnavailableError):
            await backend.stream("POST", "/x", timeout_s=5).__aenter__()
        await asyncio.gather(one.start(), two.start())


async def test_a_full_queue_says_when_to_come_back() -> None:
    gate = Gate()
    limits = BackendLimits(max_concurrent=1, max_waiting=1)
    async with Service(gate) as service, backend_of(service.url, limits=limits) as backend:
        first = asyncio.create_task(ask(backend, b"1"))
        await service.until(lambda: len(service.requests) == 1)
        second = asyncio.create_task(ask(backend, b"2"))
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError) as caught:
            await ask(backend, b"3")
        assert caught.value.retry_after_s == 1
        gate.opened.set()
        assert [(await first).body, (await second).body] == [b"1", b"2"]
        assert (await ask(backend, b"4")).body == b"4"


async def test_those_who_wait_are_served_in_turn_and_may_leave() -> None:
    gate = Gate()
    limits = BackendLimits(max_concurrent=1, max_waiting=3)
    async with Service(gate) as service, backend_of(service.url, limits=limits) as backend:
        calls = []
        for number in (b"1", b"2", b"3", b"4"):
            calls.append(asyncio.create_task(ask(backend, number)))
            await asyncio.sleep(0)
        await service.until(lambda: len(service.requests) == 1)
        await cancelled(calls[1])
        fifth = asyncio.create_task(ask(backend, b"5"))  # the place of the one who has left
        await asyncio.sleep(0)
        gate.opened.set()
        await asyncio.gather(calls[0], calls[2], calls[3], fifth)
        assert [request.body for request in service.requests] == [b"1", b"3", b"4", b"5"]


async def test_waiting_counts_towards_the_deadline() -> None:
    gate = Gate()
    limits = BackendLimits(max_concurrent=1)
    async with Service(gate) as service, backend_of(service.url, limits=limits) as backend:
        first = asyncio.create_task(ask(backend))
        await service.until(lambda: len(service.requests) == 1)
        with pytest.raises(DeadlineExceededError, match="in time"):
            await ask(backend, timeout_s=0.02)
        gate.opened.set()
        await first
        assert len(service.requests) == 1
        assert backend.endpoints()[0].breaker == "closed"


async def test_a_cancelled_caller_closes_his_request_and_frees_his_place() -> None:
    gate = Gate()
    limits = BackendLimits(max_concurrent=1)
    async with Service(gate) as service, backend_of(service.url, limits=limits) as backend:
        call = asyncio.create_task(ask(backend))
        await service.until(lambda: len(service.requests) == 1)
        await cancelled(call)
        await asyncio.wait_for(gate.left.wait(), 5)
        gate.opened.set()
        assert (await ask(backend)).status == 200


async def test_a_cancelled_reader_closes_his_stream_and_frees_his_place() -> None:
    began, left = asyncio.Event(), asyncio.Event()

    async def stream(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.chunk(b"one")
        await exchange.gone()
        left.set()

    async def read(backend: Backend) -> Reply:
        async with backend.stream("POST", "/x", timeout_s=5) as reply:
            async for _ in reply.chunks:
                began.set()
        raise AssertionError

    limits = BackendLimits(max_concurrent=1)
    async with Service(stream) as service, backend_of(service.url, limits=limits) as backend:
        reading = asyncio.create_task(read(backend))
        await asyncio.wait_for(began.wait(), 5)
        await cancelled(reading)
        await asyncio.wait_for(left.wait(), 5)
        service.answer = echo
        assert (await ask(backend)).status == 200


async def test_the_breaker_opens_and_lets_one_try() -> None:
    clock, gate = Clock(), Gate()
    limits = BackendLimits(breaker_failures=3, breaker_open_s=4.5)
    async with Service(fail) as service, backend_of(service.url, clock=clock, limits=limits) as one:
        for _ in range(3):
            assert (await ask(one)).status == 500
        with pytest.raises(BackendUnavailableError) as caught:
            await ask(one)
        assert (caught.value.retry_after_s, len(service.requests)) == (5, 3)
        state = one.state()
        assert (state.status, state.message) == (
            Status.DOWN,
            "It keeps failing and is left alone for a moment.",
        )
        clock.now += 4.5
        service.answer = gate
        probe = asyncio.create_task(ask(one))
        await service.until(lambda: len(service.requests) == 4)
        with pytest.raises(BackendUnavailableError):
            await ask(one)
        gate.opened.set()
        assert (await probe).status == 200
        assert (one.endpoints()[0].breaker, (await ask(one)).status) == ("closed", 200)


async def test_one_that_keeps_failing_is_routed_around() -> None:
    limits = BackendLimits(breaker_failures=2)
    async with (
        services(fail, echo) as (bad, good),
        backend_of(bad.url, good.url, limits=limits) as backend,
    ):
        replies = [await ask(backend) for _ in range(10)]
        assert sum(reply.status == 500 for reply in replies) == len(bad.requests) == 2
        assert len(good.requests) == 8


async def test_many_callers_with_one_dead_service_are_all_served() -> None:
    async with Service() as service, backend_of(unused_url(), service.url) as backend:
        replies = await asyncio.gather(*(ask(backend, b"%d" % i) for i in range(100)))
        assert [reply.body for reply in replies] == [b"%d" % i for i in range(100)]


def test_a_backend_is_somewhere() -> None:
    with pytest.raises(ValueError, match="at least one URL"):
        Backend("demo", [])
