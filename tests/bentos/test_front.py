import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bentos.errors import response_of
from bentos.front import CancelOnDisconnect, Front, OneErrorBody
from common.settings import ServiceSettings
from models.base.exceptions import EmptyTextError
from tests.fakes import Served

SECONDS = 5
ASKED = {"text": "one. two", "source_lang": "en", "target_lang": "fr"}


class Caller:
    """Sends a request over bare ASGI, and may leave."""

    def __init__(self, app: ASGIApp, path: str, body: bytes) -> None:
        self._app = app
        self._scope: Scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [(b"content-type", b"application/json")],
            "client": ("127.0.0.1", 1),
        }
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._inbox.put_nowait({"type": "http.request", "body": body})
        self.sent: list[Message] = []

    async def call(self) -> None:
        async with asyncio.timeout(SECONDS):
            await self._app(self._scope, self._inbox.get, self._send)

    def leave(self) -> None:
        self._inbox.put_nowait({"type": "http.disconnect"})

    async def _send(self, message: Message) -> None:
        self.sent.append(message)


@pytest.mark.parametrize("path", ["/translate", "/translate/stream"])
async def test_a_caller_who_leaves_ends_the_models_work(path: str) -> None:
    served = await Served().load()
    served.model.gate.clear()
    caller = Caller(served.front, path, json.dumps(ASKED).encode())
    call = asyncio.ensure_future(caller.call())
    await served.model.busy.wait()
    caller.leave()
    await call
    assert served.model.cancelled.is_set()
    assert caller.sent[0]["status"] == 499


async def test_a_caller_who_leaves_midway_in_a_stream_ends_the_models_work() -> None:
    served = await Served().load()
    caller = Caller(served.front, "/translate/stream", json.dumps(ASKED).encode())
    first_sent = asyncio.Event()

    async def send(message: Message) -> None:
        caller.sent.append(message)
        if b"segment" in message.get("body", b""):
            served.model.gate.clear()
            first_sent.set()

    caller._send = send  # type: ignore[method-assign]
    call = asyncio.ensure_future(caller.call())
    async with asyncio.timeout(SECONDS):
        await first_sent.wait()
    caller.leave()
    await call
    assert served.model.cancelled.is_set()


async def test_a_cancelled_server_ends_the_work_and_stays_cancelled() -> None:
    served = await Served().load()
    served.model.gate.clear()
    caller = Caller(CancelOnDisconnect(served.app), "/translate", json.dumps(ASKED).encode())
    call = asyncio.ensure_future(caller.call())
    await served.model.busy.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert served.model.cancelled.is_set()


async def test_the_disconnect_after_an_answer_cancels_nothing() -> None:
    finished: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()
        await PlainTextResponse("done")(scope, receive, send)
        caller.leave()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        finished.append("in peace")

    caller = Caller(CancelOnDisconnect(app), "/", b"")
    await caller.call()
    assert finished == ["in peace"]


async def test_an_app_that_waits_for_the_disconnect_hears_of_it() -> None:
    heard: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()
        try:
            heard.append(await receive())
        finally:
            await PlainTextResponse("bye")(scope, receive, send)

    caller = Caller(CancelOnDisconnect(app), "/", b"")
    caller.leave()
    with pytest.raises(ClientDisconnect):
        await caller.call()
    assert caller.sent


async def test_no_task_is_left_behind() -> None:
    served = await Served().load()
    before = asyncio.all_tasks()
    async with served.client() as client:
        assert (await client.post("/translate", json=ASKED)).status_code == 200
    assert asyncio.all_tasks() == before


def bentoml_saying(answer: Callable[[], Response]) -> httpx.AsyncClient:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer()(scope, receive, send)

    return httpx.AsyncClient(transport=httpx.ASGITransport(OneErrorBody(app)), base_url="http://x")


@pytest.mark.parametrize(
    ("status", "said", "expected", "code"),
    [
        (
            400,
            {
                "error": "1 validation error",
                "detail": [{"type": "missing", "loc": ["text"], "msg": "Field required"}],
            },
            422,
            "invalid_request",
        ),
        (400, [{"error": "BentoML has a list here"}], 422, "invalid_request"),
        (415, [{"error": "pickle"}], 422, "invalid_request"),
        (500, {"error": "An unexpected error"}, 500, "internal"),
    ],
)
async def test_bentomls_own_errors_come_in_our_body(
    status: int, said: Any, expected: int, code: str
) -> None:
    async with bentoml_saying(lambda: JSONResponse(said, status)) as client:
        answer = await client.post("/bento/translate")
    assert (answer.status_code, answer.json()["error"]["code"]) == (expected, code)
    assert int(answer.headers["content-length"]) == len(answer.content)


async def test_our_own_errors_of_the_native_endpoints_pass_as_they_are() -> None:
    async with bentoml_saying(lambda: response_of(EmptyTextError("blank"), "abc")) as client:
        answer = await client.post("/bento/translate")
    assert (answer.status_code, answer.json()["error"]["request_id"]) == (400, "abc")


async def test_a_path_with_a_line_break_is_not_found_in_our_body() -> None:
    async with bentoml_saying(lambda: PlainTextResponse("Not Found", 404)) as client:
        answer = await client.get("/languages/%0A")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


async def test_a_plain_404_of_bentoml_comes_in_our_body_wherever() -> None:
    async with bentoml_saying(lambda: PlainTextResponse("Not Found", 404)) as client:
        answer = await client.get("/languages/a%0Ab")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_no_other_answer_is_read() -> None:
    async with bentoml_saying(lambda: PlainTextResponse("as it is", 503)) as client:
        assert (await client.get("/readyz")).text == "as it is"
    async with bentoml_saying(lambda: PlainTextResponse("as it is")) as client:
        assert (await client.post("/bento/translate")).text == "as it is"


@pytest.mark.parametrize("path", ["/translate", "/bento/translate", "/bento/translate_batch"])
async def test_no_path_goes_around_the_keys(path: str) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("let in")(scope, receive, send)

    settings = ServiceSettings(api_keys="a-key-of-some-length")
    front = Front(app, "echo", settings)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(front), base_url="http://x"
    ) as client:
        assert (await client.post(path)).status_code == 401
        key = {"Authorization": "Bearer a-key-of-some-length"}
        assert (await client.post(path, headers=key)).text == "let in"


async def test_settings_are_read_when_the_front_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("let in")(scope, receive, send)

    monkeypatch.setenv("LINGUA_NEXUS_API_KEYS", "a-key-of-some-length")
    transport = httpx.ASGITransport(Front(app, "echo"))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        assert (await client.post("/translate")).status_code == 401
