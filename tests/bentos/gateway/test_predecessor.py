import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bentos.gateway.predecessor import (
    Predecessor,
    Request,
    SilentError,
    UnreachableError,
    end_to_end,
)
from tests.bentos.gateway.switched import KEY, Old, hang, refusing

ASKED = Request("GET", "/languages", ((b"x-api-key", KEY.encode()),), None, b"")


@pytest.fixture
async def old() -> AsyncIterator[Old]:
    old = Old()
    await old.start()
    yield old
    await old.stop()


@pytest.mark.parametrize(
    "url",
    [
        "ftp://old",
        "old:8001",
        "http://",
        "http://user:secret@old",
        "http://old?a=b",
        "http://old#a",
    ],
)
def test_address_of_another_kind_is_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(ValueError, match="must be like") as caught:
        Predecessor(url)
    assert "secret" not in str(caught.value)


async def test_answer_is_whatever_it_says(old: Old) -> None:
    async def moved(request: web.Request) -> web.StreamResponse:
        del request
        headers = {"Location": "http://other.example/", "Set-Cookie": "a=b"}
        return web.Response(status=307, headers=headers, body=b"\x1f\x8b")

    old.behave = moved
    predecessor = Predecessor(f"{old.url}/")
    for _ in range(2):
        async with predecessor.ask(ASKED) as response:
            assert (response.status, await response.read()) == (307, b"\x1f\x8b")
    assert [request.path for request in old.seen] == ["/languages"] * 2
    assert "Cookie" not in old.seen[1].headers
    assert "X-Forwarded-For" not in old.seen[1].headers
    await predecessor.close()
    await predecessor.close()


async def test_host_stays_ours_whatever_is_asked_for(old: Old) -> None:
    predecessor = Predecessor(old.url)
    for target in ("//other.example/x", "@other.example", "http://other.example/"):
        async with predecessor.ask(Request("GET", target, (), None, b"")) as response:
            assert response.host == "127.0.0.1"
    assert len(old.seen) == 3
    await predecessor.close()


async def test_no_answer_says_whether_anything_was_sent(old: Old) -> None:
    nobody = Predecessor(refusing())
    with pytest.raises(UnreachableError) as caught:
        async with nobody.ask(ASKED):
            pass
    assert not caught.value.sent
    await nobody.close()

    old.behave = hang
    impatient = Predecessor(old.url, silence_s=0.1)
    with pytest.raises(SilentError):
        async with impatient.ask(ASKED):
            pass
    await impatient.close()


async def test_garbage_is_no_answer() -> None:
    async def garble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"no HTTP at all\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(garble, "127.0.0.1", 0)
    predecessor = Predecessor(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    with pytest.raises(UnreachableError) as caught:
        async with predecessor.ask(ASKED):
            pass
    assert caught.value.sent
    await predecessor.close()
    server.close()
    await server.wait_closed()


def test_headers_of_one_connection_stay_on_it() -> None:
    kept = [(b"x-api-key", b"k"), (b"accept", b"*/*")]
    hops = [(b"connection", b"close, X-Own"), (b"x-own", b"1"), (b"te", b"trailers")]
    assert end_to_end([*kept, *hops, (b"transfer-encoding", b"chunked")]) == kept


def test_target_is_what_was_sent_or_else_encoded() -> None:
    scope = {"method": "GET", "path": "/languages/é", "headers": [], "client": ("10.1.2.3", 5)}
    assert Request.of(scope, b"").target == "/languages/%C3%A9"
    raw = {**scope, "raw_path": b"/languages/%c3%a9", "query_string": b"a=b"}
    assert Request.of(raw, b"").target == "/languages/%c3%a9?a=b"
    assert Request.of(raw, b"").client == "10.1.2.3"
