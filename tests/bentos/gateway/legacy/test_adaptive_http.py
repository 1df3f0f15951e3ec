import asyncio
import json
from typing import Any

import pytest
from fastapi import FastAPI

from bentos.auth import Keyring
from bentos.gateway.legacy.adaptive import adaptive_routes
from tests.bentos.gateway.legacy.adaptive_client import ASKED, PATHS, client_of
from tests.bentos.gateway.legacy.adaptive_models import (
    LONG,
    Book,
)


@pytest.fixture
def models() -> Book:
    return Book()


async def leave(models: Book, path: str, *, after_first_event: bool) -> int:
    """Leaves while the models are at work; how many messages were sent to the caller."""
    app = FastAPI()
    app.router.routes.extend(adaptive_routes(models, keyring=Keyring("")))
    body = json.dumps(ASKED | {"text": LONG}).encode()
    models.hold_from = 1 if after_first_event else 0
    requested, sent = False, 0

    async def receive() -> dict[str, Any]:
        nonlocal requested
        if not requested:
            requested = True
            return {"type": "http.request", "body": body, "more_body": False}
        await models.held.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal sent
        sent += bool(message.get("body"))

    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
        "client": None,
        "server": ("gateway", 80),
        "scheme": "http",
        "http_version": "1.1",
    }
    await asyncio.wait_for(asyncio.gather(app(scope, receive, send), return_exceptions=True), 5)
    await asyncio.wait_for(models.cancelled.wait(), 5)
    return sent


@pytest.mark.parametrize("path", PATHS)
async def test_a_caller_who_leaves_cancels_the_work(models: Book, path: str) -> None:
    assert await leave(models, path, after_first_event=False) == 0


async def test_a_caller_who_leaves_a_stream_cancels_the_work(models: Book) -> None:
    assert await leave(models, PATHS[1], after_first_event=True) == 1


@pytest.mark.parametrize("path", PATHS)
async def test_other_scripts_are_not_escaped(path: str) -> None:
    async with client_of(Book(lambda _: "Сегодня очень хорошо. 🌞")) as client:
        response = await client.post(path, json=ASKED | {"target_lang": "rus_Cyrl"})
    assert "Сегодня очень хорошо. 🌞" in response.text
    assert "\\u" not in response.text


async def test_no_secret_of_the_headers_goes_on(models: Book) -> None:
    secrets = {"Authorization": "Bearer x", "X-API-Key": "x", "Cookie": "x=y"}
    async with client_of(models) as client:
        await client.post(PATHS[0], json=ASKED, headers={**secrets, "X-Arm": "b"})
    (_, call), *_ = models.asked
    assert call.headers["x-arm"] == "b"
    assert not {name.lower() for name in secrets} & call.headers.keys()
