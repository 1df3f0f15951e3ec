import asyncio
from collections.abc import AsyncIterator

import pytest

from bentos.gateway.errors import BackendError
from bentos.gateway.transport import (
    BackendLimits,
    NotSentError,
    RefusedError,
    Transport,
    translated,
)
from models.base.exceptions import DeadlineExceededError
from tests.bentos.gateway.services import (
    Answer,
    Exchange,
    Service,
    full_socket,
    garbage,
    half,
    hang,
    reset,
    unused_url,
)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with Service() as service:
        yield service


@pytest.fixture
async def transport(service: Service) -> AsyncIterator[Transport]:
    transport = Transport(service.url, BackendLimits(max_reply_bytes=10_000, api_key="key-1"))
    transport.open()
    yield transport
    await transport.close()


async def test_a_request_gets_there_and_its_answer_back(
    transport: Transport, service: Service
) -> None:
    headers = {"Content-Type": "application/json", "X-Request-Id": "abc"}
    reply = await transport.exchange("POST", "/translate?a=b%20c", b'{"a": 1}', headers)
    assert (reply.status, reply.body) == (200, b'{"a": 1}')
    assert reply.headers == {"content-type": "application/json"}
    [request] = service.requests
    assert (request.method, request.path) == ("POST", "/translate?a=b%20c")
    assert request.headers == {
        "host": f"127.0.0.1:{service.port}",
        "content-type": "application/json",
        "x-request-id": "abc",
        "x-api-key": "key-1",
        "accept-encoding": "identity",
        "content-length": "8",
    }


async def test_neither_the_callers_key_nor_his_connection_is_passed_on(
    transport: Transport, service: Service
) -> None:
    headers = {"X-API-Key": "his", "Authorization": "Bearer his", "Cookie": "his=1"}
    await transport.exchange("GET", "/x", b"", headers | {"Connection": "x-hop", "X-Hop": "his"})
    assert "his" not in str(service.requests[0].headers)
    assert service.requests[0].headers["x-api-key"] == "key-1"


async def test_a_connection_is_used_again(transport: Transport, service: Service) -> None:
    for _ in range(3):
        await transport.exchange("POST", "/translate", b"{}", {})
    assert service.connections == 1


async def test_a_cookie_is_not_kept(transport: Transport, service: Service) -> None:
    async def with_cookie(exchange: Exchange) -> None:
        await exchange.reply(200, b"", "Set-Cookie: a=b")

    service.answer = with_cookie
    replies = [await transport.exchange("GET", "/x", b"", {}) for _ in range(2)]
    assert "cookie" not in service.requests[1].headers
    assert replies[0].headers == {}


async def test_a_redirect_is_not_followed(transport: Transport, service: Service) -> None:
    async def elsewhere(exchange: Exchange) -> None:
        await exchange.reply(302, b"", f"Location: {service.url}/elsewhere")

    service.answer = elsewhere
    reply = await transport.exchange("GET", "/x", b"", {})
    assert (reply.status, len(service.requests)) == (302, 1)


async def test_a_large_body_gets_there_whole(service: Service) -> None:
    transport = Transport(service.url, BackendLimits())
    transport.open()
    body = b"x" * (3 * 2**20)
    reply = await transport.exchange("POST", "/x", body, {})
    assert reply.body == body
    assert "content-type" not in service.requests[0].headers
    assert "x-api-key" not in service.requests[0].headers
    await transport.close()


async def test_an_answer_is_bounded(transport: Transport) -> None:
    assert len((await transport.exchange("POST", "/x", b"x" * 10_000, {})).body) == 10_000
    with pytest.raises(BackendError, match="too large"):
        await transport.exchange("POST", "/x", b"x" * 10_001, {})


@pytest.mark.parametrize("answer", [garbage, half, reset], ids=lambda answer: answer.__name__)
async def test_what_is_no_answer_is_the_backends_fault(
    transport: Transport, service: Service, answer: Answer
) -> None:
    service.answer = answer
    with pytest.raises(BackendError), translated():
        await transport.exchange("POST", "/x", b"{}", {})
    assert len(service.requests) == 1


async def test_one_that_does_not_answer_is_given_up(transport: Transport, service: Service) -> None:
    service.answer = hang
    with pytest.raises(DeadlineExceededError), translated():
        async with asyncio.timeout(0.05):
            await transport.exchange("POST", "/x", b"{}", {})


async def test_where_nobody_listens_nothing_was_sent() -> None:
    transport = Transport(unused_url(), BackendLimits())
    transport.open()
    with pytest.raises(RefusedError), translated():
        await transport.exchange("POST", "/x", b"{}", {})
    await transport.close()


async def test_no_connection_in_time_is_nothing_sent_either() -> None:
    with full_socket() as url:
        transport = Transport(url, BackendLimits(connect_timeout_s=0.05))
        transport.open()
        with pytest.raises(NotSentError) as caught, translated():
            await transport.exchange("POST", "/x", b"{}", {})
        assert not isinstance(caught.value, RefusedError)
        await transport.close()


@pytest.mark.parametrize("path", ["translate", "", "/a b", "/a\r\nX: y", "@evil/", "/ä"])
async def test_a_path_is_a_path(transport: Transport, path: str) -> None:
    with pytest.raises(ValueError, match="slash"):
        await transport.exchange("GET", path, b"", {})


async def test_a_path_never_names_another_host(transport: Transport, service: Service) -> None:
    await transport.exchange("GET", "//evil.example/@x", b"", {})
    assert service.requests[0].path == "//evil.example/@x"


async def test_it_is_opened_first() -> None:
    transport = Transport(unused_url(), BackendLimits())
    with pytest.raises(RuntimeError, match="not open"):
        await transport.exchange("GET", "/", b"", {})
    await transport.close()


@pytest.mark.parametrize(
    "url",
    ["127.0.0.1:3000", "ftp://host", "http://", "http://u:p@host", "http://host?a=b", "http://h#f"],
)
def test_a_url_is_that_of_a_service(url: str) -> None:
    with pytest.raises(ValueError, match="A backend's URL"):
        Transport(url, BackendLimits())


def test_a_url_may_have_a_path() -> None:
    assert Transport("https://host/nllb/", BackendLimits()).url == "https://host/nllb"


def test_limits_do_not_show_the_key() -> None:
    assert "secret" not in repr(BackendLimits(api_key="secret"))
