import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from bentos.contract import Status
from bentos.gateway.endpoint import Endpoint
from bentos.gateway.errors import BackendError
from bentos.gateway.transport import BackendLimits, NotSentError, RefusedError
from models.base.exceptions import DeadlineExceededError
from tests.bentos.gateway.services import Answer, Exchange, Service, fail, full_socket, hang, reset

LIMITS = BackendLimits(breaker_failures=2)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with Service() as service:
        yield service


@pytest.fixture
async def endpoint(service: Service) -> AsyncIterator[Endpoint]:
    endpoint = Endpoint(service.url, LIMITS)
    endpoint.open()
    endpoint.set(Status.READY)
    yield endpoint
    await endpoint.close()


async def ask(endpoint: Endpoint, timeout_s: float = 5.0) -> bytes:
    deadline = asyncio.get_running_loop().time() + timeout_s
    reply = await endpoint.send("POST", "/translate", b"{}", {}, deadline=deadline)
    return reply.body


async def test_a_call_counts_while_it_runs(endpoint: Endpoint, service: Service) -> None:
    seen: list[int] = []

    async def count(exchange: Exchange) -> None:
        seen.append(endpoint.outstanding)
        await exchange.reply(200, b"")

    service.answer = count
    await ask(endpoint)
    assert (seen, endpoint.outstanding, endpoint.answers) == ([1], 0, 1)


@pytest.mark.parametrize("answer", [fail, reset], ids=lambda answer: answer.__name__)
async def test_failures_open_the_breaker(
    endpoint: Endpoint, service: Service, answer: Answer
) -> None:
    service.answer = answer
    for _ in range(2):
        assert endpoint.available
        try:
            assert b"internal" in await ask(endpoint)
        except BackendError:
            assert answer is reset
    assert (endpoint.breaker.state, endpoint.available, endpoint.outstanding) == ("open", False, 0)
    assert endpoint.status is Status.READY


async def test_hanging_opens_it_too(endpoint: Endpoint, service: Service) -> None:
    service.answer = hang
    for _ in range(2):
        with pytest.raises(DeadlineExceededError):
            await ask(endpoint, timeout_s=0.02)
    assert endpoint.breaker.state == "open"


@pytest.mark.parametrize("code", ["overloaded", "translation"])
async def test_a_full_service_and_a_bad_text_do_not(
    endpoint: Endpoint, service: Service, code: str
) -> None:
    async def refuse(exchange: Exchange) -> None:
        body = b'{"error": {"code": "%s", "message": "m"}}' % code.encode()
        await exchange.reply(503, body)

    service.answer = refuse
    for _ in range(3):
        await ask(endpoint)
        async with endpoint.stream("POST", "/x", b"{}", {}, timeout_s=5) as reply:
            assert reply.status == 503
            assert code.encode() in b"".join([chunk async for chunk in reply.chunks])
    assert endpoint.breaker.state == "closed"


async def test_a_cancelled_call_tells_nothing(endpoint: Endpoint, service: Service) -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def wait(exchange: Exchange) -> None:
        asked.set()
        await exchange.gone()
        left.set()

    service.answer = wait
    for _ in range(3):
        call = asyncio.create_task(ask(endpoint))
        await asyncio.wait_for(asked.wait(), 5)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.wait_for(left.wait(), 5)
        asked.clear()
        left.clear()
    assert (endpoint.breaker.state, endpoint.outstanding) == ("closed", 0)


async def test_a_refused_connection_marks_it_down_at_once(
    endpoint: Endpoint, service: Service
) -> None:
    await service.stop()
    with pytest.raises(RefusedError):
        await ask(endpoint)
    assert (endpoint.status, endpoint.message) == (Status.DOWN, "It refuses connections.")
    assert not endpoint.available
    await service.start()


@pytest.mark.parametrize(("others", "state"), [(0, "open"), (1, "closed")])
async def test_no_connection_in_time_is_a_failure_unless_others_are_answered(
    others: int, state: str
) -> None:
    with full_socket() as url:
        endpoint = Endpoint(url, BackendLimits(breaker_failures=1, connect_timeout_s=0.05))
        endpoint.open()
        endpoint.set(Status.READY)
        asking = asyncio.create_task(ask(endpoint))
        await asyncio.sleep(0)
        endpoint.answers += others
        with pytest.raises(NotSentError):
            await asking
        assert (endpoint.breaker.state, endpoint.status) == (state, Status.READY)
        await endpoint.close()


async def test_one_that_is_back_begins_anew(endpoint: Endpoint, service: Service) -> None:
    service.answer = reset
    for _ in range(2):
        with pytest.raises(BackendError):
            await ask(endpoint)
    endpoint.set(Status.DOWN, "gone")
    endpoint.set(Status.READY)
    assert endpoint.available


async def test_a_stream_is_handed_on_chunk_by_chunk(endpoint: Endpoint, service: Service) -> None:
    more = asyncio.Event()

    async def stream(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.chunk(b"one")
        await asyncio.wait_for(more.wait(), 5)  # not before the first was read
        await exchange.chunk(b"two")
        await exchange.chunk(b"")

    service.answer = stream
    read: list[bytes] = []
    async with endpoint.stream("POST", "/x", b"{}", {}, timeout_s=5) as reply:
        assert (reply.status, reply.headers) == (200, {"content-type": "text/event-stream"})
        async for chunk in reply.chunks:
            read.append(chunk)
            more.set()
    assert read == [b"one", b"two"]
    await ask_echo(endpoint, service)
    assert service.connections == 1


async def ask_echo(endpoint: Endpoint, service: Service) -> None:
    async def answer(exchange: Exchange) -> None:
        await exchange.reply(200, b"")

    service.answer = answer
    await ask(endpoint)


async def begin_and_wait(exchange: Exchange) -> None:
    await exchange.begin()
    await exchange.chunk(b"one")
    await exchange.gone()


async def test_a_stream_that_stops_is_given_up(endpoint: Endpoint, service: Service) -> None:
    service.answer = begin_and_wait
    async with endpoint.stream("POST", "/x", b"{}", {}, timeout_s=0.05) as reply:
        assert await anext(reply.chunks) == b"one"
        with pytest.raises(DeadlineExceededError):
            await anext(reply.chunks)
    assert endpoint.outstanding == 0


async def test_a_stream_that_is_reset_says_so(endpoint: Endpoint, service: Service) -> None:
    async def broken(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.chunk(b"one")
        exchange.close()

    service.answer = broken
    for _ in range(2):
        with pytest.raises(BackendError, match="in the middle"):
            async with endpoint.stream("POST", "/x", b"{}", {}, timeout_s=5) as reply:
                assert [chunk async for chunk in reply.chunks]
    assert endpoint.outstanding == 0
    assert endpoint.breaker.state == "open"


async def test_a_stream_that_never_begins_is_given_up(endpoint: Endpoint, service: Service) -> None:
    service.answer = hang
    with pytest.raises(DeadlineExceededError):
        async with endpoint.stream("POST", "/x", b"{}", {}, timeout_s=0.05):
            raise AssertionError
    assert endpoint.outstanding == 0


async def test_leaving_a_stream_closes_its_connection(endpoint: Endpoint, service: Service) -> None:
    left = asyncio.Event()

    async def stream(exchange: Exchange) -> None:
        await begin_and_wait(exchange)
        left.set()

    service.answer = stream
    async with endpoint.stream("POST", "/x", b"{}", {}, timeout_s=5) as reply:
        assert await anext(reply.chunks) == b"one"
    await asyncio.wait_for(left.wait(), 5)
    assert (endpoint.outstanding, endpoint.breaker.state) == (0, "closed")


async def test_the_readers_own_error_is_not_the_endpoints(
    endpoint: Endpoint, service: Service
) -> None:
    service.answer = begin_and_wait
    for _ in range(3):
        with pytest.raises(TimeoutError):
            async with endpoint.stream("POST", "/x", b"{}", {}, timeout_s=5):
                raise TimeoutError
    assert endpoint.breaker.state == "closed"


async def test_asking_how_it_fares_does_not_count(endpoint: Endpoint, service: Service) -> None:
    assert (await endpoint.get("/readyz", timeout_s=5)).status == 200
    await service.stop()
    for _ in range(3):
        with pytest.raises(RefusedError):
            await endpoint.get("/readyz", timeout_s=5)
    assert (endpoint.status, endpoint.breaker.state) == (Status.READY, "closed")
    await service.start()


async def test_it_may_be_closed_unopened(service: Service) -> None:
    endpoint = Endpoint(service.url, LIMITS)
    await endpoint.close()
    assert (endpoint.status, endpoint.available) == (Status.DOWN, False)


async def test_only_bad_news_is_a_warning(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bentos")
    for status in (Status.DOWN, Status.STARTING, Status.READY, Status.READY):
        endpoint.set(status)
    assert [line.levelname for line in caplog.records] == ["WARNING", "WARNING", "INFO"]
    assert "starting" in caplog.messages[1]
    assert "ready" in caplog.messages[2]
