import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from prometheus_client import REGISTRY
from yarl import URL

from bentos.gateway.comparison import Side
from bentos.gateway.switch import Limits, Switch, repeatable
from tests.bentos.gateway.switched import (
    BODY,
    KEY,
    New,
    Old,
    drop,
    hang,
    refusing,
    served,
    until,
)

QUICK = Limits(body_bytes=2000, body_s=0.2, silence_s=0.2, shadows=2, shadow_s=0.2)


@dataclass
class Setting:
    old: Old
    new: New
    switch: Switch
    url: str
    session: aiohttp.ClientSession

    async def translate(self, **more: Any) -> tuple[int, str | None, Any]:
        """Status, who answered, and the body."""
        asked = {"json": BODY, "headers": {"X-API-Key": KEY}} | more
        async with self.session.post(f"{self.url}/translate", **asked) as response:
            who = response.headers.get("x-served-by")
            return response.status, who, await response.json()

    async def shadowed(self, count: int) -> dict[str, int]:
        """What came of so many comparisons, as soon as they are done."""
        await until(lambda: sum(self.switch.report().shadowed.values()) >= count)
        return self.switch.report().shadowed


def owns(path: str) -> bool:
    return not path.startswith("/api/")


Start = Callable[..., Awaitable[Setting]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    entered: list[Any] = []

    async def start(limits: Limits | None = None, **options: Any) -> Setting:
        context = _setting(limits, **options)
        entered.append(context)
        return await context.__aenter__()

    yield start
    for context in entered:
        await context.__aexit__(None, None, None)


@asynccontextmanager
async def _setting(limits: Limits | None, **options: Any) -> AsyncIterator[Setting]:
    old, new = Old(), New()
    await old.start()
    given: dict[str, Any] = {"old_url": old.url, "owns": owns, "limits": limits} | options
    switch = Switch(new.app, **given)
    async with served(switch) as url, aiohttp.ClientSession() as session:
        yield Setting(old, new, switch, url, session)
        await old.stop()
    await switch.close()


def alternating() -> Callable[[], float]:
    draws = cycle([0.0, 0.99])
    return lambda: next(draws)


async def test_weight_decides_who_answers(start: Start) -> None:
    here = await start(draw=alternating())
    assert (await here.translate())[1] == "old"
    here.switch.weight_new = 50
    assert [(await here.translate())[1] for _ in range(4)] == ["old", "new", "old", "new"]
    here.switch.weight_new = 100
    assert [(await here.translate())[1] for _ in range(2)] == ["new", "new"]
    assert here.switch.report().served == {"old": 3, "new": 4}
    assert REGISTRY.get_sample_value("gateway_switch_weight_percent", {"pid": "0"}) in {None, 100}


@pytest.mark.parametrize("percent", [-1, 100.5, float("nan")])
async def test_weight_beyond_its_bounds_is_refused(start: Start, percent: float) -> None:
    here = await start(weight_new=10)
    with pytest.raises(ValueError, match="from 0 to 100"):
        here.switch.weight_new = percent
    assert here.switch.weight_new == 10


async def test_paths_of_others_never_reach_the_old_server(start: Start) -> None:
    here = await start()
    async with here.session.post(f"{here.url}/api/v1/translate", json=BODY) as response:
        assert (response.status, "x-served-by" in response.headers) == (200, False)
    assert here.old.seen == []


async def test_old_server_gets_the_request_as_it_was(start: Start) -> None:
    here = await start()
    headers = {"X-API-Key": KEY, "Connection": "keep-alive, X-Hop", "X-Hop": "1", "X-End": "2"}
    headers["X-Forwarded-For"] = "10.0.0.1"
    target = URL(f"{here.url}/languages?a=%2Fb&c=d", encoded=True)
    async with here.session.get(target, headers=headers) as response:
        assert await response.json() == {"languages": [], "total_count": 0}
    [seen] = here.old.seen
    assert seen.raw_path == "/languages?a=%2Fb&c=d"
    assert seen.headers["X-API-Key"] == KEY
    assert seen.headers["X-End"] == "2"
    assert "X-Hop" not in seen.headers
    assert seen.headers["X-Forwarded-For"] == "127.0.0.1"
    assert seen.headers["Host"] == here.url.removeprefix("http://")


async def test_old_servers_own_refusal_is_the_callers(start: Start) -> None:
    here = await start()
    status, who, body = await here.translate(headers={"X-API-Key": "wrong"})
    assert (status, who, body) == (403, "old", {"detail": "Invalid API Key"})
    assert here.new.seen == []


async def test_old_server_that_is_not_there_is_stood_in_for(start: Start) -> None:
    here = await start(old_url=refusing())
    status, who, body = await here.translate()
    assert (status, who, body["translated_text"]) == (200, "new", "Bonjour.")
    assert here.switch.report().fallbacks == {"old refused": 1}


async def test_new_system_that_is_not_ready_is_stood_in_for(start: Start) -> None:
    here = await start(weight_new=100)
    here.new.status = 503
    assert (await here.translate())[:2] == (200, "old")
    assert here.switch.report().fallbacks == {"new not_ready": 1}
    await here.old.stop()
    status, who, body = await here.translate()
    assert (status, who, body) == (503, "new", {"detail": "Model not loaded yet"})


async def test_answer_that_never_began_is_given_by_the_new_system(start: Start) -> None:
    here = await start()
    here.old.behave = drop
    assert (await here.translate())[:2] == (200, "new")
    assert here.switch.report().fallbacks == {"old lost": 1}


async def test_what_changes_something_is_not_asked_twice(start: Start) -> None:
    here = await start(shadow=True)
    here.old.behave = drop
    async with here.session.delete(f"{here.url}/models/nllb") as response:
        assert (response.status, await response.json()) == (
            502,
            {"detail": "The server gave no answer"},
        )
    await here.switch.drain()
    assert here.new.seen == []


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/models", True),
        ("POST", "/translate", True),
        ("POST", "/adaptive/translate", True),
        ("POST", "/models/nllb/load", False),
        ("POST", "/adaptive/cache/invalidate", False),
        ("DELETE", "/models/nllb", False),
    ],
)
def test_reading_and_translating_may_be_asked_twice(method: str, path: str, expected: bool) -> None:
    assert repeatable(method, path) is expected


async def test_silent_old_server_ends_in_504(start: Start) -> None:
    here = await start(QUICK)
    here.old.behave = hang
    status, who, body = await here.translate()
    assert (status, who, body) == (504, "old", {"detail": "The server gave no answer in time"})


async def test_answer_that_breaks_off_is_not_passed_for_a_whole_one(start: Start) -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'{"translated_text": "Bon')
        assert request.transport is not None
        request.transport.abort()
        return response

    here = await start(shadow=True)
    here.old.behave = broken
    with pytest.raises(aiohttp.ClientPayloadError):
        await here.translate()
    assert here.switch.report().served == {}


async def test_answer_is_passed_on_as_it_comes(start: Start) -> None:
    rest = asyncio.Event()

    async def streaming(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"data: 1\n\n")
        await rest.wait()
        await response.write(b"data: 2\n\n")
        return response

    here = await start()
    here.old.behave = streaming
    async with here.session.post(f"{here.url}/adaptive/translate/progressive") as response:
        assert await response.content.readuntil(b"\n\n") == b"data: 1\n\n"
        rest.set()
        assert await response.read() == b"data: 2\n\n"


async def test_caller_who_leaves_is_not_worked_for(start: Start) -> None:
    here = await start()
    here.old.behave = hang
    asking = asyncio.create_task(here.translate())
    await here.old.asked.wait()
    asking.cancel()
    async with asyncio.timeout(10):
        await here.old.left.wait()
    assert here.switch.report().fallbacks == {}


async def test_body_beyond_the_bounds_is_refused(start: Start) -> None:
    here = await start(QUICK)
    status, _, body = await here.translate(json=BODY | {"text": "x" * 2000})
    assert (status, body) == (413, {"detail": "The request body is too large"})

    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    async with here.session.post(f"{here.url}/translate", data=slow()) as response:
        assert response.status == 408
    assert here.old.seen == []


async def test_caller_who_leaves_while_sending_is_forgotten(start: Start) -> None:
    here = await start()
    host, port = here.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /translate HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await here.translate())[0] == 200
    assert len(here.old.seen) == 1


@pytest.mark.parametrize("first", Side)
async def test_shadow_asks_the_other_and_compares(start: Start, first: Side) -> None:
    here = await start(weight_new=100 * (first is Side.NEW), shadow=True)
    assert (await here.translate())[1] == first
    await here.shadowed(1)
    here.new.text = "Bonjour !"
    assert (await here.translate())[1] == first
    await here.shadowed(2)
    here.new.status = 500
    await here.translate()
    await here.shadowed(3)
    report = here.switch.report()
    assert report.shadowed == {"equal": 1, "text": 1, "status": 1}
    assert report.equal_status == pytest.approx(2 / 3)
    assert report.equal_text == pytest.approx(1 / 2)
    assert report.lowest_similarity is not None
    assert 0.5 < report.lowest_similarity < 1
    assert {shadow for _, shadow in here.new.seen} == {first is Side.OLD}
    assert len(here.old.seen) == 3


async def test_shadow_that_hangs_holds_up_nobody(start: Start) -> None:
    here = await start(QUICK, weight_new=100, shadow=True)
    here.old.behave = hang
    answers = [await here.translate() for _ in range(5)]
    assert {each[:2] for each in answers} == {(200, "new")}
    assert await here.shadowed(5) == {"dropped": 3, "failed": 2}


async def test_shadow_that_fails_fails_nobody(start: Start) -> None:
    here = await start(QUICK, shadow=True)
    here.new.failure = RuntimeError("of the app")
    assert (await here.translate())[:2] == (200, "old")
    await here.shadowed(1)
    here.new.failure, here.new.waits = None, asyncio.Event()
    assert (await here.translate())[:2] == (200, "old")
    assert await here.shadowed(2) == {"failed": 2}


async def test_closing_ends_comparisons(start: Start) -> None:
    here = await start(shadow=True)
    here.new.waits = asyncio.Event()
    await here.translate()
    await until(lambda: len(here.new.seen) == 1)
    await here.switch.close()
    await here.switch.drain()
    assert here.switch.report().shadowed == {}


async def _load(here: Setting, seconds: Iterator[None], failures: list[object]) -> None:
    for _ in seconds:
        status, _, body = await here.translate()
        if status != 200 or body["translated_text"] != "Bonjour.":
            failures.append((status, body))


async def test_no_request_is_lost_while_the_weight_moves(start: Start) -> None:
    here = await start(shadow=True)
    failures: list[object] = []
    going = True

    def while_going() -> Iterator[None]:
        while going:
            yield

    async with asyncio.TaskGroup() as group:
        for _ in range(16):
            group.create_task(_load(here, while_going(), failures))
        for weight in (0, 10, 50, 100, 50, 0):
            here.switch.weight_new = weight
            served = here.switch.report().served
            enough = sum(served.values()) + 60
            await until(lambda: sum(here.switch.report().served.values()) >= enough)  # noqa: B023 - awaited
        going = False
    await here.switch.drain()
    report = here.switch.report()
    assert failures == []
    assert report.fallbacks == {}
    assert min(report.served.values()) > 50
    assert report.shadowed["equal"] > 0


async def test_no_request_is_lost_when_the_old_server_is_killed(start: Start) -> None:
    here = await start(weight_new=50)
    failures: list[object] = []
    async with asyncio.TaskGroup() as group:
        for _ in range(16):
            group.create_task(_load(here, iter([None] * 20), failures))
        await until(lambda: here.switch.report().served.get("old", 0) >= 40)
        await here.old.stop()
    report = here.switch.report()
    assert failures == []
    assert sum(report.served.values()) == 320
    assert report.fallbacks.get("old refused", 0) > 0
