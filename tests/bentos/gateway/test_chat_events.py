import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bentos.chat import Chunks
from bentos.errors import BackendError
from bentos.gateway.chat_events import read_answer, read_translation
from models.base.chat_model import ChatChunk, ChatEnd
from models.base.exceptions import LinguaNexusError, OverloadedError
from tests.bentos.gateway.speaking import response

TEXT = "data: " + json.dumps({"choices": [{"delta": {"content": "é\n"}}]}) + "\n\n"
ENDED = "data: " + json.dumps({"choices": [{"delta": {}, "finish_reason": "length"}]}) + "\n\n"
USAGE = (
    "data: "
    + json.dumps({"choices": [], "usage": {"prompt_tokens": 2, "completion_tokens": 3}})
    + "\n\n"
)
DONE = "data: [DONE]\n\n"


async def sent(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def read(chunks: Chunks) -> list[ChatChunk]:
    return [chunk async for chunk in chunks]


@given(st.lists(st.integers(0, 300), max_size=8))
async def test_events_are_read_whatever_pieces_they_come_in(cuts: list[int]) -> None:
    whole = (TEXT + TEXT + ENDED + USAGE + DONE).encode()
    places = sorted({0, len(whole), *(cut % len(whole) for cut in cuts)})
    pieces = [whole[start:end] for start, end in itertools.pairwise(places)]
    chunks = await read(read_answer(sent(*pieces)))
    assert chunks == [ChatChunk("é\n"), ChatChunk("é\n"), ChatChunk("", ChatEnd.LENGTH, 2, 3)]


async def test_the_text_of_completions_is_read_too() -> None:
    event = {"choices": [{"text": "a", "finish_reason": None}]}
    chunks = await read(read_answer(sent(f"data: {json.dumps(event)}\n\n{USAGE}{DONE}".encode())))
    assert chunks == [ChatChunk("a"), ChatChunk("", ChatEnd.STOP, 2, 3)]


@pytest.mark.parametrize(
    "events",
    [
        "",
        TEXT,
        "data: {\n\n",
        "data: []\n\n",
        "data: {}\n\n",
        'data: {"choices": 1}\n\n',
        'data: {"choices": [1]}\n\n',
        'data: {"choices": [{"delta": {}, "finish_reason": "weather"}]}\n\n',
        'data: {"error": "text"}\n\n',
        "data: " + "x" * 1_000_001,
    ],
)
async def test_what_is_no_answer_is_the_backends_fault(events: str) -> None:
    with pytest.raises(BackendError):
        await read(read_answer(sent(events.encode())))


async def test_an_error_in_the_stream_is_the_models_own() -> None:
    error = {"error": {"message": "Full.", "type": "server_error", "code": "overloaded"}}
    with pytest.raises(OverloadedError, match="Full"):
        await read(read_answer(sent(f"{TEXT}data: {json.dumps(error)}\n\n".encode())))


def event(name: str, data: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()


SEGMENT = {"index": 0, "total": 1, "before": " ", "text": "a", "after": "b", "warnings": []}


async def test_segments_of_a_translation_are_chunks() -> None:
    done = response("ab").model_copy(update={"metadata": {"tokens_in": 1, "tokens_out": 2}})
    chunks = await read(
        read_translation(
            sent(event("segment", SEGMENT), event("done", done.model_dump(mode="json")))
        )
    )
    assert chunks == [ChatChunk(" ab"), ChatChunk("", ChatEnd.STOP, 1, 2)]


@pytest.mark.parametrize(
    ("sent_event", "kind"),
    [
        (event("segment", {}), BackendError),
        (event("segment", SEGMENT), BackendError),
        (event("weather", {}), BackendError),
        (event("error", {"error": {"code": "overloaded", "message": "Full."}}), OverloadedError),
    ],
)
async def test_a_translation_that_breaks_off_says_why(
    sent_event: bytes, kind: type[LinguaNexusError]
) -> None:
    with pytest.raises(kind):
        await read(read_translation(sent(sent_event)))
