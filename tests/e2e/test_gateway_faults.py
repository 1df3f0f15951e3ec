"""The served gateway before models' services that fail, each in its way: what callers get."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.bentos.gateway.services import Answer, Exchange, Service, garbage, hang, reset
from tests.e2e.gateways import ASKED, Client, Gateway, Places, client_of
from tests.e2e.light import translate, translation

CALLERS = 20
STREAM = "/api/v1/translate/stream"
places = Places("absent", "good", "hanging", "impatient", "breaking", "garbling", "slow", "leaving")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("gateway")
    content = 'default = "leaving"\n' + "".join(
        places.toml(name, timeout_s=0.5) if name == "impatient" else places.toml(name)
        for name in places.ports
    )
    with Gateway(folder, content, {"LINGUA_NEXUS_TIMEOUT_S": "2"}) as server:
        yield server


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[Client]:
    async with client_of(gateway) as client:
        yield client


def event(kind: str, number: int) -> bytes:
    return f'event: {kind}\ndata: {{"index": {number}}}\n\n'.encode()


async def test_a_service_that_refuses_is_a_503_that_says_when_to_come_back(client: Client) -> None:
    said = await client.translate("absent")
    assert (said.status, said.code) == (503, "model_not_ready")
    assert 0 < int(said.headers["Retry-After"]) <= 5
    assert await client.status_of("absent") == "down"


async def test_a_service_that_hangs_is_a_504_and_harms_no_other(client: Client) -> None:
    async with (
        places.service(client, "hanging", hang),
        places.service(client, "good"),
        asyncio.TaskGroup() as group,
    ):
        hanging = [group.create_task(client.translate("hanging")) for _ in range(CALLERS)]
        began, others = time.monotonic(), 0
        while not all(task.done() for task in hanging):
            good = await client.translate("good")
            assert (good.status, good.body["translated_text"]) == (200, "GOOD")
            others += 1
        assert 1.5 < time.monotonic() - began < 6
        assert others > CALLERS
    assert {(one.result().status, one.result().code) for one in hanging} == {
        (504, "deadline_exceeded")
    }


async def test_a_service_has_no_longer_than_its_own_deadline(client: Client) -> None:
    async with places.service(client, "impatient", hang):
        began = time.monotonic()
        said = await client.translate("impatient")
        assert (said.status, said.code) == (504, "deadline_exceeded")
        assert time.monotonic() - began < 1.5


@pytest.mark.parametrize("answer", [garbage, reset])
async def test_what_is_no_answer_is_a_502(client: Client, answer: Answer) -> None:
    async with places.service(client, "garbling", answer):
        said = await client.translate("garbling")
        assert (said.status, said.code) == (502, "backend")


async def test_a_stream_that_is_reset_ends_with_an_error_after_whole_events(
    client: Client,
) -> None:
    async def break_off(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.chunk(event("segment", 0) + event("segment", 1)[:-9])
        # Else what was sent could be lost with the connection.
        await reached.wait()
        exchange.reset()

    reached = asyncio.Event()
    async with (
        places.service(client, "breaking", break_off),
        client.session.post(f"{client.url}{STREAM}", json={**ASKED, "model": "breaking"}) as said,
    ):
        assert said.status == 200
        assert (said.headers["X-Model"], said.headers["X-Reason"]) == ("breaking", "asked")
        assert await said.content.readuntil(b"\n\n") == event("segment", 0)
        reached.set()
        kind, data = (await said.content.read()).decode().strip().split("\n")
    assert kind == "event: error"
    assert json.loads(data.removeprefix("data: "))["error"]["code"] == "backend"


async def test_the_first_event_arrives_before_the_last_is_made(client: Client) -> None:
    async def wait_in_between(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.chunk(event("segment", 0))
        await read.wait()
        await exchange.chunk(event("done", 1))
        await exchange.chunk(b"")

    read = asyncio.Event()
    async with (
        places.service(client, "good", wait_in_between),
        client.session.post(f"{client.url}{STREAM}", json={**ASKED, "model": "good"}) as said,
    ):
        assert await said.content.readuntil(b"\n\n") == event("segment", 0)
        read.set()
        assert await said.content.read() == event("done", 1)


async def test_a_service_may_be_slow_for_one_caller_only(client: Client) -> None:
    async def slow_for_one(exchange: Exchange) -> None:
        if json.loads(exchange.request.body)["text"] == "slow":
            await others_are_served.wait()
        await translate(exchange)

    others_are_served = asyncio.Event()
    async with (
        places.service(client, "slow", slow_for_one),
        asyncio.TaskGroup() as group,
    ):
        slow = group.create_task(client.translate("slow", text="slow"))
        others = [group.create_task(client.translate("slow")) for _ in range(CALLERS)]
        assert {(await other).status for other in others} == {200}
        assert not slow.done()
        others_are_served.set()
        assert (await slow).body["translated_text"] == "SLOW"


@pytest.mark.parametrize("path", ["/api/v1/translate", STREAM, "/translate"])
async def test_a_caller_who_leaves_is_felt_by_the_service(client: Client, path: str) -> None:
    async def wait_for_the_end(exchange: Exchange) -> None:
        asked.set()
        await exchange.gone()
        left.set()

    asked, left = asyncio.Event(), asyncio.Event()
    # The predecessor's API refuses a translation into the same language.
    body = {**ASKED, "source_lang": "auto" if path == "/translate" else "en"}
    async with places.service(client, "leaving", wait_for_the_end), asyncio.timeout(10):
        asking = asyncio.create_task(client.ask(path, body))
        await asked.wait()
        asking.cancel()
        began = time.monotonic()
        await left.wait()
        assert time.monotonic() - began < 1


async def test_only_what_is_said_to_the_gateway_stays_there(client: Client) -> None:
    async def answer(exchange: Exchange) -> None:
        inner = ("X-Inner: 1", "Connection: x-inner", "Keep-Alive: timeout=9", "Server: inner")
        kind = "Content-Type: application/json"
        await exchange.reply(200, translation(exchange), kind, *inner)

    hops = {"Connection": "keep-alive, X-Hop", "X-Hop": "1", "TE": "trailers", "Upgrade": "h2c"}
    private = {"Cookie": "a=b", "Proxy-Authorization": "Basic YTpi", "X-Api-Key": "a-key-of-theirs"}
    async with places.service(client, "good", answer) as service:
        said = await client.ask("/api/v1/translate", {**ASKED, "model": "good"}, **hops, **private)
        [request] = service.requests
    assert said.status == 200
    assert not {"x-inner", "keep-alive", "server"} & {name.lower() for name in said.headers}
    assert not {name.lower() for name in (*hops, *private)} & (
        set(request.headers) - {"connection"}
    )
    assert "x-hop" not in request.headers.get("connection", "").lower()


async def test_no_address_that_a_caller_gives_is_asked(client: Client) -> None:
    async with Service() as trap:
        host = f"127.0.0.1:{trap.port}"
        told = {"Host": host, "X-Forwarded-Host": host, "Forwarded": f"host={host}"}
        told |= {"Referer": trap.url, "X-Original-Url": trap.url, "Origin": trap.url}
        for path in ("/api/v1/translate", STREAM, "/translate", "/adaptive/translate"):
            for named in ("model", "url", "webhook", "api_url"):
                body = {**ASKED, named: trap.url}
                async with client.session.post(f"{client.url}{path}", json=body, headers=told):
                    pass
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(f"GET {trap.url}/health HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1")
        writer.close()
        assert trap.connections == 0
