"""What the official client does not send."""

import httpx
import pytest

from bentos.dialects.openai.api import OpenAI
from tests.bentos.dialects.chatting import Parrot
from tests.bentos.dialects.places import at, in_both_places

SAID = {"model": "echo", "messages": [{"role": "user", "content": "one"}]}


@in_both_places
@pytest.mark.parametrize("base", OpenAI.bases)
async def test_it_answers_below_each_of_its_bases(place: str, base: str) -> None:
    async with at(place, Parrot()) as served, served.client(base) as client:
        answer = await client.post("/chat/completions", json=SAID)
    assert answer.json()["choices"][0]["message"]["content"] == "one"


async def asked(method: str, path: str, **sent: object) -> httpx.Response:
    async with at(max_body_bytes=2000) as served, served.client("/v1") as client:
        return await client.request(method, path, **sent)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code"),
    [
        ("GET", "/weather", {}, 404, "unknown_url"),
        ("GET", "/chat/completions", {}, 405, "method_not_allowed"),
        ("POST", "/chat/completions", {"content": b"{"}, 400, "invalid_request"),
        ("POST", "/chat/completions", {"content": b"x" * 3000}, 413, "body_too_large"),
        ("POST", "/chat/completions", {"json": SAID | {"messages": []}}, 400, "invalid_request"),
        ("POST", "/completions", {"json": {"model": "echo"}}, 400, "invalid_request"),
        (
            "POST",
            "/completions",
            {"json": {"model": "echo", "prompt": ["a"] * 129}},
            413,
            "text_too_long",
        ),
    ],
)
async def test_every_error_is_of_their_shape(
    method: str, path: str, sent: dict[str, object], status: int, code: str
) -> None:
    answer = await asked(method, path, **sent)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


async def test_a_stream_is_made_of_events() -> None:
    async with at(echo=Parrot()) as served, served.client("/v1") as client:
        answer = await client.post("/chat/completions", json={**SAID, "stream": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.endswith("data: [DONE]\n\n")


async def test_who_develops_speaks_as_the_system() -> None:
    model = Parrot()
    async with at(echo=model) as served, served.client("/v1") as client:
        talk = [{"role": "developer", "content": "Be brief."}, *SAID["messages"]]
        await client.post("/chat/completions", json={**SAID, "messages": talk})
    assert [one.role.value for one in model.chats[0].messages] == ["system", "user"]
